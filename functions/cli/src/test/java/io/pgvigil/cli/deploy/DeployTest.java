package io.pgvigil.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class DeployTest {
    private static final String PASSWORD = "aws ecr get-login-password";
    private static final String LOGIN = "docker login --username";

    @TempDir Path folder;

    // The folder is there only once JUnit has made it.
    @SuppressWarnings("NullAway.Init")
    private FakePrograms account;

    @BeforeEach
    void setUp() {
        account = new FakePrograms(folder);
    }

    @Test
    void a_deployment_goes_from_nothing_to_a_sealed_backup() {
        account.carryOut(plan(Answers.With.AWS, Answers.Engine.DOCKER));

        assertThat(verbs(account.calls()))
                .containsExactly(
                        "aws sts get-caller-identity",
                        "mvn -B -q",
                        "aws s3api head-bucket",
                        "aws s3 mb",
                        "aws cloudformation package",
                        "aws cloudformation wait",
                        "aws cloudformation deploy",
                        "aws cloudformation describe-stacks",
                        "aws ecr describe-images",
                        "docker build --platform",
                        "aws ecr describe-images",
                        PASSWORD,
                        LOGIN,
                        "aws ecr describe-images",
                        "docker push 123456789012.dkr.ecr.eu-west-1.amazonaws.com/prod-repository-1a2b:0.1.0",
                        "aws cloudformation deploy",
                        "pgvigil config accept",
                        "pgvigil show latest",
                        "pgvigil backup --stack");
        assertThat(account.has("backup")).isTrue();
        assertThat(account.parameters())
                .contains("TickState=ENABLED")
                .contains("FirstHost=orders.internal")
                .contains("ImageTag=0.1.0");
    }

    @Test
    void the_timetable_stands_still_until_there_is_an_image() {
        account.fail("build");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> account.carryOut(plan(Answers.With.AWS, Answers.Engine.DOCKER)));

        assertThat(account.parameters()).contains("TickState=DISABLED");
    }

    @Test
    void a_failure_names_the_step_its_cause_and_what_was_done() {
        account.fail("push");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> account.carryOut(plan(Answers.With.AWS, Answers.Engine.DOCKER)))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.DEPLOY_FAILED);
                    assertThat(problem.what())
                            .startsWith("step push failed: docker push ")
                            .endsWith("exit code 9, no luck with push");
                    assertThat(problem.hint())
                            .startsWith(
                                    "Done before it: account, jars, bucket, package, stack,"
                                            + " repository, image, login.")
                            .contains("repeat the same command");
                });
    }

    @Test
    void the_same_command_goes_on_where_it_failed() {
        account.fail("config");
        var plan = plan(Answers.With.AWS, Answers.Engine.DOCKER);
        assertThatExceptionOfType(Problem.class).isThrownBy(() -> account.carryOut(plan));
        account.work();
        account.calls();

        account.carryOut(plan);

        assertThat(verbs(account.calls()))
                .doesNotContain(
                        "aws s3 mb", "docker build --platform", "aws ecr get-login-password")
                .contains("pgvigil config accept", "pgvigil backup --stack");
        assertThat(account.has("backup")).isTrue();
    }

    @Test
    void what_is_there_is_not_made_again() {
        var plan = plan(Answers.With.AWS, Answers.Engine.DOCKER);
        account.carryOut(plan);
        account.calls();

        account.carryOut(plan);

        assertThat(verbs(account.calls()))
                .containsExactly(
                        "aws sts get-caller-identity",
                        "mvn -B -q",
                        "aws s3api head-bucket",
                        "aws cloudformation package",
                        "aws cloudformation wait",
                        "aws cloudformation describe-stacks",
                        "aws ecr describe-images",
                        "aws ecr describe-images",
                        "aws ecr describe-images",
                        "aws cloudformation deploy",
                        "pgvigil config accept",
                        "pgvigil show latest");
    }

    @Test
    void sam_needs_no_bucket_of_ours() {
        account.carryOut(plan(Answers.With.SAM, Answers.Engine.DOCKER));

        assertThat(verbs(account.calls()))
                .contains("sam deploy --template-file")
                .doesNotContain("aws s3 mb", "aws cloudformation deploy");
        assertThat(account.has("backup")).isTrue();
    }

    @Test
    void without_an_engine_codebuild_makes_the_image() {
        account.carryOut(quickly(plan(Answers.With.SAM, Answers.Engine.CODEBUILD)));

        assertThat(verbs(account.calls()))
                .contains(
                        "zip -q -r",
                        "aws s3 cp",
                        "aws codebuild start-build",
                        "aws codebuild batch-get-builds")
                .noneMatch(call -> call.startsWith("docker"));
        assertThat(account.has("backup")).isTrue();
    }

    @Test
    void a_build_that_fails_ends_the_deployment() {
        var plan =
                List.<Step>of(
                        new Step.Await(
                                "built",
                                "The build's end",
                                Command.of("aws", "codebuild", "batch-get-builds"),
                                "SUCCEEDED",
                                Set.of("IN_PROGRESS"),
                                Duration.ofMillis(1),
                                Optional.empty()));

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> account.carryOut(plan))
                .withMessageContaining("it ended as IN_PROGRESS");
    }

    @Test
    void the_registrys_password_goes_from_program_to_program_and_is_seen_nowhere() {
        account.carryOut(plan(Answers.With.AWS, Answers.Engine.DOCKER));

        assertThat(account.has("login")).isTrue();
        assertThat(account.seen())
                .contains("get-login-password")
                .doesNotContain(FakePrograms.PASSWORD);
    }

    @Test
    void a_person_who_types_what_a_dry_run_prints_gets_the_same() {
        var plan = plan(Answers.With.AWS, Answers.Engine.DOCKER);
        account.carryOut(plan);
        var parameters = account.parameters();
        var other = new FakePrograms(folder.resolve("by-hand"));

        assertThat(other.shell(Script.of("eu-west-1", plan))).isZero();

        assertThat(other.has("backup")).isTrue();
        assertThat(other.parameters()).isEqualTo(parameters);
    }

    @Test
    void a_person_can_type_the_way_without_an_engine_too() {
        var plan = quickly(plan(Answers.With.SAM, Answers.Engine.CODEBUILD));

        assertThat(account.shell(Script.of("eu-west-1", plan))).isZero();

        assertThat(account.has("backup")).isTrue();
    }

    @Test
    void a_program_that_is_missing_is_missed_before_anything_is_done() {
        var plan = plan(Answers.With.AWS, Answers.Engine.PODMAN);
        var without = new Programs(folder, Map.of("PATH", folder + "/bin"), System.err);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> Preflight.require(without, plan))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.PROGRAM_MISSING);
                    assertThat(problem.what()).isEqualTo("not installed: podman");
                });
        assertThat(account.calls()).isEmpty();
    }

    @Test
    void wrong_answers_are_listed_at_once_and_what_may_be_secret_is_not_repeated() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() ->
                        new Answers(
                                "prod",
                                "nowhere",
                                Answers.With.AWS,
                                new Answers.Image(
                                        Answers.Engine.DOCKER, Answers.Architecture.ARM64, "0.1.0"),
                                new Answers.Network("vpc", List.of(), false, Optional.empty()),
                                Optional.of(
                                        new Answers.FirstServer(
                                                "main",
                                                "postgresql://me:hush@host/",
                                                5432,
                                                "me",
                                                "hush",
                                                "all",
                                                "production")),
                                Optional.empty(),
                                Map.of(),
                                true))
                .satisfies(problem -> {
                    assertThat(problem.what())
                            .contains("--region", "--vpc", "--subnets", "--host", "--secret");
                    assertThat(problem.getMessage()).doesNotContain("hush");
                });
    }

    @Test
    void questions_are_asked_for_what_is_missing_only() {
        var asked = new ArrayList<String>();
        var questions =
                new Questions(
                        Optional.of((question, otherwise) -> {
                            asked.add(question);
                            return question.equals("VPC") ? "vpc-0a1b2c3d" : "";
                        }));

        assertThat(questions.required("--vpc", "", "VPC")).isEqualTo("vpc-0a1b2c3d");
        assertThat(questions.required("--user", "backup", "Role")).isEqualTo("backup");
        assertThat(questions.optional("", "Profile", "production")).isEqualTo("production");
        assertThat(asked).containsExactly("VPC", "Profile");
    }

    @Test
    void without_a_terminal_all_that_is_missing_is_listed() {
        var questions = new Questions(Optional.empty());
        questions.required("--vpc", "", "VPC");
        questions.required("--subnets", "", "Subnets");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(questions::throwIfAnyIsMissing)
                .withMessageContaining("not given: --vpc, --subnets");
    }

    /// The program and the two words after it.
    private static List<String> verbs(List<String> calls) {
        var verbs =
                new ArrayList<>(
                        calls.stream()
                                .map(call ->
                                        String.join(" ", List.of(call.split(" ")).subList(0, 3)))
                                .toList());
        // The programs of a pipe start together: either may be the first to say so.
        for (var i = 1; i < verbs.size(); i++)
            if (verbs.get(i).equals(PASSWORD) && verbs.get(i - 1).equals(LOGIN))
                Collections.swap(verbs, i - 1, i);
        return verbs;
    }

    private static List<Step> quickly(List<Step> plan) {
        return plan.stream()
                .map(step ->
                        step
                                        instanceof
                                        Step.Await(
                                                var name,
                                                var title,
                                                var command,
                                                var good,
                                                var bad,
                                                _,
                                                var done)
                                ? new Step.Await(
                                        name, title, command, good, bad, Duration.ofMillis(1), done)
                                : step)
                .map(Step.class::cast)
                .toList();
    }

    private static List<Step> plan(Answers.With with, Answers.Engine engine) {
        return DeployPlan.of(answers(with, engine));
    }

    static Answers answers(Answers.With with, Answers.Engine engine) {
        return new Answers(
                "prod",
                "eu-west-1",
                with,
                new Answers.Image(engine, Answers.Architecture.ARM64, "0.1.0"),
                new Answers.Network(
                        "vpc-0a1b2c3d4e5f60718",
                        List.of("subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"),
                        false,
                        Optional.empty()),
                Optional.of(
                        new Answers.FirstServer(
                                "orders-prod",
                                "orders.internal",
                                5432,
                                "backup",
                                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-a1b2c3",
                                "all",
                                "production")),
                Optional.empty(),
                Map.of(),
                true);
    }
}
