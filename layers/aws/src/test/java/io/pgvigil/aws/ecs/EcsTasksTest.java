package io.pgvigil.aws.ecs;

import static io.pgvigil.aws.ecs.EcsSamples.ENVIRONMENT;
import static io.pgvigil.aws.ecs.EcsSamples.RUN;
import static io.pgvigil.aws.ecs.EcsSamples.backup;
import static io.pgvigil.aws.ecs.EcsSamples.drill;
import static io.pgvigil.aws.ecs.EcsSamples.restore;
import static io.pgvigil.aws.ecs.EcsSamples.sized;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskSight.Look;
import io.pgvigil.core.run.TaskStopped;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.ecs.EcsClient;

final class EcsTasksTest {
    private final FakeAws aws = new FakeAws();
    private final EcsTasks tasks = EcsTasks.from(ENVIRONMENT, aws.clients());

    @AfterEach
    void stop() {
        aws.close();
    }

    // Starting

    @Test
    void a_backup_is_started_with_its_run_s_id_everywhere() {
        var name = tasks.launch(backup());

        assertThat(name).startsWith("arn:aws:ecs:").contains(":task/");
        var asked = asked();
        assertThat(asked.path("launchType").asText()).isEqualTo("FARGATE");
        assertThat(asked.path("taskDefinition").asText()).isEqualTo(EcsSamples.task("backup"));
        assertThat(asked.path("cluster").asText()).endsWith(":cluster/acme-backups");
        assertThat(asked.path("count").asInt()).isEqualTo(1);
        assertThat(asked.path("startedBy").asText()).isEqualTo(RUN.value());
        assertThat(asked.path("clientToken").asText()).isEqualTo(RUN.value());
        assertThat(asked.path("group").asText()).isEqualTo("pgvigil:acme-backups");
        assertThat(asked.path("propagateTags").asText()).isEqualTo("TASK_DEFINITION");
        assertThat(asked.path("tags").toString())
                .isEqualTo(
                        "[{\"key\":\"pgvigil:stack\",\"value\":\"acme-backups\"},"
                                + "{\"key\":\"pgvigil:run\",\"value\":\""
                                + RUN
                                + "\"},{\"key\":\"pgvigil:server\",\"value\":\"orders-prod\"}]");
        assertThat(asked.path("networkConfiguration").path("awsvpcConfiguration").toString())
                .isEqualTo(
                        "{\"subnets\":[\"subnet-0a1\",\"subnet-0b2\"],\"securityGroups\":[\"sg-0aa\"],"
                                + "\"assignPublicIp\":\"ENABLED\"}");
        assertThat(asked.path("overrides").toString())
                .isEqualTo(
                        "{\"containerOverrides\":[{\"name\":\"task\",\"command\":[\""
                                + RUN
                                + "\"]}]}");
    }

    @Test
    void a_drill_has_its_own_definition_and_groups_that_do_not_lead_to_the_source() {
        tasks.launch(drill());

        assertThat(asked().path("taskDefinition").asText()).isEqualTo(EcsSamples.task("verify"));
        assertThat(groups()).isEqualTo("[\"sg-0dd\"]");
    }

    @Test
    void a_restore_has_its_own_definition_and_reaches_databases() {
        tasks.launch(restore());

        assertThat(asked().path("taskDefinition").asText()).isEqualTo(EcsSamples.task("restore"));
        assertThat(groups()).isEqualTo("[\"sg-0aa\"]");
    }

    @Test
    void a_size_is_asked_for_and_disk_only_beyond_what_every_task_has() {
        tasks.launch(sized(backup(), 2048, 8192, 20));
        tasks.launch(sized(drill(), 4096, 16384, 21));

        var requests = aws.requests("RunTask");
        var plain = requests.get(0).body().path("overrides");
        assertThat(plain.path("cpu").asText()).isEqualTo("2048");
        assertThat(plain.path("memory").asText()).isEqualTo("8192");
        assertThat(plain.has("ephemeralStorage")).isFalse();
        assertThat(requests.get(1).body().path("overrides").path("ephemeralStorage").toString())
                .isEqualTo("{\"sizeInGiB\":21}");
    }

    @Test
    void a_disk_that_fargate_does_not_have_is_refused_before_asking() {
        var problem = problem(sized(drill(), 1024, 4096, 500));

        assertThat(problem.what()).contains("500 GiB").contains("200");
        assertThat(problem.transientFailure()).isFalse();
        assertThat(aws.requests("RunTask")).isEmpty();
    }

    @Test
    void a_call_whose_answer_was_lost_starts_no_second_task() {
        aws.doAndRefuse("RunTask", 500, "ServerException");

        var name = tasks.launch(backup());

        assertThat(aws.requests("RunTask")).hasSize(2);
        assertThat(aws.tasksStarted()).isEqualTo(1);
        assertThat(tasks.launch(backup())).isEqualTo(name);
    }

    @Test
    void the_same_run_with_another_size_is_the_task_that_was_started_before() {
        var name = tasks.launch(backup());

        assertThat(tasks.launch(sized(backup(), 4096, 16384, 50))).isEqualTo(name);
        assertThat(aws.tasksStarted()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RESOURCE:MEMORY                                  | true  | PGVIGIL_ECS_SUBNETS",
                "RESOURCE:ENI                                     | true  | PGVIGIL_ECS_SUBNETS",
                "Capacity is unavailable at this time. Please try again later or in a different availability zone | true | PGVIGIL_ECS_SUBNETS",
                "AGENT                                            | true  | agent",
                "MISSING                                          | false | acme-backups",
                "INACTIVE                                         | false | acme-backups",
                "ATTRIBUTE                                        | false | API failure reasons"
            })
    void a_failure_inside_an_answer_of_status_200_is_a_failure(
            String reason, boolean again, String hint) {
        aws.answer(
                "RunTask",
                200,
                "{\"tasks\":[],\"failures\":[{\"arn\":\"arn:aws:ecs:x\",\"reason\":\"%s\"}]}"
                        .formatted(reason),
                1);

        var problem = problem(backup());

        assertThat(problem.what()).contains(RUN.value()).contains(reason);
        assertThat(problem.hint()).contains(hint);
        assertThat(problem.transientFailure()).isEqualTo(again);
    }

    @Test
    void neither_a_task_nor_a_failure_is_a_failure_that_may_pass() {
        aws.answer("RunTask", 200, "{\"tasks\":[],\"failures\":[]}", 1);

        assertThat(problem(backup()).transientFailure()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ThrottlingException | Rate exceeded | true | too many",
                "ServerException | Service Unavailable | true | too many",
                "ClientException | Rate exceeded | true | too many",
                "ClientException | Capacity is unavailable at this time. Please try again later | true | PGVIGIL_ECS_SUBNETS",
                "ClientException | You've reached the limit on the number of vCPUs you can run concurrently | true | quota",
                "ClusterNotFoundException | Cluster not found. | false | PGVIGIL_ECS_CLUSTER",
                "AccessDeniedException | User: x is not authorized to perform: iam:PassRole on resource: y | false | iam:PassRole",
                "AccessDeniedException | User: x is not authorized to perform: ecs:TagResource on resource: y | false | ecs:TagResource",
                "AccessDeniedException | User: x is not authorized to perform: ecs:RunTask on resource: y | false | ecs:RunTask",
                "InvalidParameterException | Error retrieving subnet information for [subnet-0a1]: The subnet ID 'subnet-0a1' does not exist | false | PGVIGIL_ECS_SUBNETS",
                "InvalidParameterException | Error retrieving security group information for [sg-0aa]: The security group 'sg-0aa' does not exist | false | PGVIGIL_ECS_SECURITY_GROUPS",
                "InvalidParameterException | TaskDefinition not found. | false | acme-backup:3",
                "ClientException | TaskDefinition is inactive | false | acme-backup:3",
                "ClientException | No Fargate configuration exists for given values. | false | size",
                "InvalidParameterException | Override for container named task is not a container in the TaskDefinition. | false | container named task",
                "PlatformUnknownException | Unknown platform version | false | platform",
                "PlatformTaskDefinitionIncompatibilityException | no | false | platform",
                "BlockedException | Your account is currently blocked | false | AWS Support",
                "UnrecognizedClientException | The security token included in the request is invalid. | false | role"
            })
    void a_refusal_says_what_to_look_at_and_whether_waiting_helps(
            String code, String message, boolean again, String hint) {
        aws.refuse("RunTask", code.equals("ServerException") ? 500 : 400, code, message, 10);

        var problem = problem(backup());

        assertThat(problem.what()).contains(RUN.value()).contains(message);
        assertThat(problem.hint()).containsIgnoringCase(hint);
        assertThat(problem.transientFailure()).isEqualTo(again);
        assertThat(aws.tasksStarted()).isZero();
    }

    @Test
    void a_call_that_is_throttled_once_is_tried_again() {
        aws.refuse("RunTask", 400, "ThrottlingException", "Rate exceeded", 1);

        assertThat(tasks.launch(backup())).startsWith("arn:");
    }

    @Test
    void silence_ends_and_may_pass() {
        assertThat(EcsTasks.CALL_LIMIT).isLessThan(Duration.ofSeconds(20));
        var impatient =
                new EcsTasks(
                        EcsSettings.from(ENVIRONMENT),
                        aws.clients().build(EcsClient.builder(), "ECS", Duration.ofSeconds(3)));
        aws.fallSilent();
        var begun = System.nanoTime();

        var problem = catchThrowableOfType(Problem.class, () -> impatient.launch(backup()));

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        assertThat(problem.code()).isEqualTo(ErrorCode.TASK_NOT_STARTED);
        assertThat(problem.transientFailure()).isTrue();
    }

    @Test
    void nobody_there_may_pass() {
        aws.close();

        assertThat(problem(backup()).transientFailure()).isTrue();
    }

    // Looking

    @Test
    void a_task_that_is_on_its_way_is_alive() {
        var name = tasks.launch(backup());

        assertThat(tasks.look(backup(), name)).isEqualTo(new Look.Alive());
    }

    @Test
    void a_task_that_stopped_says_how_and_when() {
        var name = tasks.launch(backup());
        aws.stop(
                name,
                """
                {"lastStatus": "STOPPED", "stopCode": "EssentialContainerExited",
                 "stoppedReason": "Essential container in task exited", "stoppedAt": 1795314600.5,
                 "containers": [{"name": "task", "exitCode": 137,
                                 "reason": "OutOfMemoryError: Container killed due to memory usage"}]}
                """);

        assertThat(tasks.look(backup(), name))
                .isEqualTo(
                        new Look.Stopped(
                                new TaskStopped(
                                        RUN,
                                        Optional.of(137),
                                        "Essential container in task exited, OutOfMemoryError:"
                                                + " Container killed due to memory usage",
                                        Instant.ofEpochMilli(1795314600500L))));
    }

    @Test
    void a_task_that_never_started_has_no_exit_code_and_its_stop_code_is_told() {
        var name = tasks.launch(backup());
        aws.stop(
                name,
                """
                {"lastStatus": "STOPPED", "stopCode": "TaskFailedToStart", "stoppingAt": 1795314600,
                 "stoppedReason": "CannotPullContainerError: not found", "containers": [{"name": "task"}]}
                """);

        var look = tasks.look(backup(), name);

        assertThat(look).isInstanceOf(Look.Stopped.class);
        var news = ((Look.Stopped) look).news();
        assertThat(news.exitCode()).isEmpty();
        assertThat(news.reason())
                .isEqualTo("TaskFailedToStart: CannotPullContainerError: not found");
    }

    @Test
    void a_task_that_ecs_forgot_is_unknown() {
        var look = tasks.look(backup(), "arn:aws:ecs:eu-west-1:123456789012:task/acme/0");

        assertThat(look).isInstanceOf(Look.Unknown.class);
        assertThat(((Look.Unknown) look).why().orElseThrow()).contains("does not know");
    }

    @Test
    void a_task_of_another_launcher_is_unknown_and_nobody_is_asked() {
        assertThat(tasks.look(backup(), "pid-42@laptop")).isInstanceOf(Look.Unknown.class);
        assertThat(aws.requests("DescribeTasks")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ThrottlingException,true", "AccessDeniedException,false"})
    void a_look_that_fails_says_nothing_about_the_task(String code, boolean again) {
        aws.refuse("DescribeTasks", 400, code, "no", 10);

        assertThatThrownBy(() -> tasks.look(backup(), "arn:aws:ecs:eu-west-1:1:task/acme/0"))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.TASK_UNSEEN);
                            assertThat(problem.transientFailure()).isEqualTo(again);
                        });
    }

    // Settings

    @Test
    void everything_that_is_wrong_with_the_settings_is_told_at_once() {
        var environment =
                Map.of(
                        "PGVIGIL_ECS_CLUSTER", "not a cluster",
                        "PGVIGIL_ECS_SUBNETS", "subnet-1,vpc-2",
                        "PGVIGIL_ECS_SECURITY_GROUPS", "sg-1,sg-2,sg-3,sg-4,sg-5,sg-6",
                        "PGVIGIL_ECS_PUBLIC_IP", "yes",
                        "PGVIGIL_ECS_TASK_BACKUP", "a b");

        assertThatThrownBy(() -> EcsSettings.from(environment))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
                            assertThat(problem.what())
                                    .isEqualTo(
                                            "PGVIGIL_ECS_CLUSTER=not a cluster is not a cluster's ARN"
                                                    + " or name; PGVIGIL_STACK is not set;"
                                                    + " PGVIGIL_ECS_SUBNETS: vpc-2 is not an id;"
                                                    + " PGVIGIL_ECS_SECURITY_GROUPS names 6, and a task"
                                                    + " takes 5; PGVIGIL_ECS_DRILL_SECURITY_GROUPS is"
                                                    + " not set; PGVIGIL_ECS_PUBLIC_IP is neither"
                                                    + " ENABLED nor DISABLED; PGVIGIL_ECS_TASK_BACKUP=a"
                                                    + " b is not a task definition's ARN;"
                                                    + " PGVIGIL_ECS_TASK_VERIFY is not set;"
                                                    + " PGVIGIL_ECS_TASK_RESTORE is not set");
                        });
    }

    private Problem problem(Run run) {
        var problem = catchThrowableOfType(Problem.class, () -> tasks.launch(run));
        assertThat(problem).isNotNull();
        assertThat(problem.code()).isEqualTo(ErrorCode.TASK_NOT_STARTED);
        return problem;
    }

    private JsonNode asked() {
        return aws.requests("RunTask").getLast().body();
    }

    private String groups() {
        return asked().path("networkConfiguration")
                .path("awsvpcConfiguration")
                .path("securityGroups")
                .toString();
    }
}
