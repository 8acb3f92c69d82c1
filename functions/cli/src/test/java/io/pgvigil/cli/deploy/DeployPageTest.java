package io.pgvigil.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.rules.Page;
import io.pgvigil.testkit.EventFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/operations/deploy.md` shows the commands that are run.
final class DeployPageTest {
    private static final String REGION = "eu-west-1";
    private static final Set<String> IMAGE =
            Set.of("project", "store-bucket", "source", "upload", "build", "built");

    private final Page page = new Page("docs/operations/deploy.md");

    @Test
    void the_commands_in_the_docs_are_those_of_the_plan() {
        page.requirePart(
                "commands",
                shell(
                        Script.of(
                                REGION,
                                DeployPlan.of(
                                        DeployTest.answers(
                                                Answers.With.AWS, Answers.Engine.DOCKER)))));
    }

    @Test
    void the_commands_without_an_engine_are_those_of_the_plan() {
        var plan = DeployPlan.of(DeployTest.answers(Answers.With.AWS, Answers.Engine.CODEBUILD));
        var image = plan.stream().filter(step -> IMAGE.contains(step.name())).toList();

        page.requirePart("codebuild", shell(Script.of(REGION, image)));
    }

    @Test
    void the_commands_that_take_a_stack_down_are_those_of_the_plan() {
        page.requirePart(
                "undeploy",
                shell(Script.of(REGION, UndeployPlan.of("prod", REGION, Answers.With.AWS))));
    }

    @Test
    void every_parameter_that_is_set_is_one_of_the_template() throws IOException {
        var names =
                Stream.concat(
                                Parameters.of(
                                        DeployTest.answers(Answers.With.AWS, Answers.Engine.DOCKER),
                                        true)
                                        .keySet()
                                        .stream(),
                                Stream.of("DatabaseSecurityGroupId", "NotificationEmail"))
                        .toList();

        assertThat(template())
                .allSatisfy(text ->
                        assertThat(names)
                                .allSatisfy(
                                        name -> assertThat(text).contains("\n  " + name + ":\n")));
    }

    @Test
    void every_output_that_is_read_is_one_of_the_template() throws IOException {
        var names =
                List.of(
                        "StoreUri",
                        "ConfigUri",
                        "BucketName",
                        "RepositoryUri",
                        "ImageBuildProject",
                        "BackupFunctionName",
                        "SealFunctionName",
                        "VerifyFunctionName",
                        "RestoreFunctionName",
                        "WatchFunctionName",
                        "RetentionFunctionName",
                        "ReportFunctionName");

        assertThat(template())
                .allSatisfy(text ->
                        assertThat(names)
                                .allSatisfy(
                                        name -> assertThat(text).contains("\n  " + name + ":")));
    }

    /// Nothing to hold true as long as there is no template.
    private static Stream<String> template() throws IOException {
        var file = EventFiles.top().resolve("template.yaml");
        return Files.exists(file) ? Stream.of(Files.readString(file)) : Stream.empty();
    }

    private static String shell(String script) {
        return "```sh\n" + script + "```\n";
    }
}
