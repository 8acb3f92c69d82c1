package io.pgvigil.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the SAM transform makes of the template: nothing that we did not write ourselves.
final class SamTest {
    private static final Template SOURCE = Template.load();
    private static Template translated = new Template(Tree.NOTHING);

    @BeforeAll
    static void translate() throws IOException {
        var script = Path.of("src/test/resources/template/translate.py").toAbsolutePath();
        var said = Tool.run("python3", script.toString(), Template.file().toString());
        assertThat(said.status())
                .as(
                        "%s\nHINT: start the tests with ./pgvigil test, which installs"
                                + " aws-sam-translator",
                        said.error())
                .isZero();
        translated = new Template(new Tree(new ObjectMapper().readValue(said.out(), Map.class)));
    }

    @Test
    void no_role_is_made_for_us() {
        assertThat(translated.roles().keySet()).isEqualTo(SOURCE.roles().keySet());
    }

    @Test
    void every_function_keeps_its_role_its_log_and_its_processor() {
        assertThat(translated.resources("AWS::Lambda::Function"))
                .hasSize(SOURCE.functions().size())
                .allSatisfy((name, one) -> {
                    var properties = one.get("Properties");
                    assertThat(properties.get("Role").target()).isEqualTo(name + "Role");
                    assertThat(properties.at("LoggingConfig/LogGroup").target())
                            .isEqualTo(name + "Logs");
                    assertThat(properties.at("Architectures/0").target()).isEqualTo("Architecture");
                    assertThat(properties.at("Layers/0").target()).startsWith("RuntimeLayer");
                });
    }

    @Test
    void two_stacks_of_one_account_do_not_meet() {
        assertThat(translated.resources("AWS::Scheduler::Schedule").values())
                .hasSize(3)
                .allMatch(schedule -> !schedule.at("Properties/Name").there());
        assertThat(translated.resources("AWS::Events::Rule").values())
                .allMatch(rule -> !rule.at("Properties/Name").there());
        assertThat(translated.resources("AWS::Lambda::LayerVersion").values())
                .allSatisfy(layer ->
                        // A layer's versions are counted; a shared name is no collision.
                        assertThat(layer.at("Properties/LayerName").text())
                                .isEqualTo("RuntimeLayer"));
    }

    /// The queue's policy names the rules by the names that the transform gives them.
    @Test
    void the_rules_may_write_to_their_dead_letters() {
        var allowed =
                translated
                        .properties("EventDeadLettersPolicy")
                        .everything()
                        .flatMap(one -> one.at("ArnEquals/aws:SourceArn").list().stream())
                        .map(Tree::target)
                        .toList();

        assertThat(translated.resources("AWS::Events::Rule").keySet())
                .isEqualTo(Set.copyOf(allowed));
    }

    @Test
    void only_the_rules_may_call_functions() {
        assertThat(translated.resources("AWS::Lambda::Permission").values())
                .extracting(
                        one -> one.at("Properties/FunctionName").target(),
                        one -> one.at("Properties/SourceArn").target())
                .containsExactlyInAnyOrder(
                        tuple("SealFunction", "SealFunctionTaskStopped"),
                        tuple("SealFunction", "SealFunctionBackupRetrieved"),
                        tuple("ReportFunction", "ReportFunctionAnnounced"));
    }

    @Test
    void everything_that_costs_says_whose_it_is() {
        for (var name :
                List.of("BackupBucket", "TaskCluster", "BackupTask", "VerifyTask", "RestoreTask"))
            assertThat(
                            translated.properties(name).get("Tags").list().stream()
                                    .map(tag -> tag.get("Key").text()))
                    .as(name)
                    .contains("pgvigil:stack");
        assertThat(translated.resources("AWS::Lambda::Function").values())
                .allSatisfy(function ->
                        assertThat(
                                        function.at("Properties/Tags").list().stream()
                                                .map(tag -> tag.get("Key").text())
                                                .collect(Collectors.toSet()))
                                .contains("pgvigil:stack"));
    }
}
