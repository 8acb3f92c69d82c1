package io.pgvigil.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgvigil.aws.announce.AnnounceSettings;
import io.pgvigil.aws.ecs.EcsSettings;
import io.pgvigil.core.store.StoreUri;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The stack, created in moto: what is read back from the services and not what the stack says of
/// itself. moto knows about half of the resources; `deploy.py` names the others.
final class MotoTest {
    private static final Template TEMPLATE = Template.load();
    private static Tree stack = Tree.NOTHING;

    @BeforeAll
    static void deploy() throws IOException {
        var script = Path.of("src/test/resources/template/deploy.py").toAbsolutePath();
        var said = Tool.run("python3", script.toString(), Template.file().toString());
        assertThat(said.status())
                .as(
                        "%s\nHINT: start the tests with ./pgvigil test, which installs moto",
                        said.error())
                .isZero();
        stack = new Tree(new ObjectMapper().readValue(said.out(), Map.class));
    }

    /// Of secrets, which moto does not put into templates.
    private static final Set<String> NOT_ASKED_FOR =
            Set.of("PGVIGIL_WEBHOOK", "PGVIGIL_WEBHOOK_STYLE", "PGVIGIL_PING");

    @Test
    void it_is_created() {
        assertThat(stack.get("status").text()).isEqualTo("CREATE_COMPLETE");
        // The roles of the copy and of the harvest that is always on are not asked for.
        assertThat(stack.get("roles").list()).hasSize(TEMPLATE.roles().size() - 2);
    }

    @Test
    void every_function_gets_every_variable_with_a_value() {
        var common = TEMPLATE.at("Globals/Function/Environment/Variables").map().keySet();

        assertThat(TEMPLATE.functions().keySet())
                .allSatisfy(name -> {
                    var properties = TEMPLATE.properties(name);
                    var wanted = new TreeSet<>(common);
                    wanted.addAll(properties.at("Environment/Variables").map().keySet());
                    wanted.removeAll(NOT_ASKED_FOR);
                    var made =
                            stack.get("functions")
                                    .get(properties.get("Handler").text())
                                    .at("Environment/Variables")
                                    .map();

                    assertThat(made.keySet()).as(name).isEqualTo(wanted);
                    assertThat(made.values())
                            .as(name)
                            .allMatch(value -> !value.text().isBlank())
                            .noneMatch(value -> value.text().contains("${"));
                });
    }

    /// The code itself reads what the template wrote.
    @Test
    void the_code_takes_what_it_is_given() {
        for (var function : stack.get("functions").map().values()) {
            var variables =
                    function.at("Environment/Variables").map().entrySet().stream()
                            .collect(
                                    Collectors.toMap(
                                            Map.Entry::getKey, one -> one.getValue().text()));

            assertThat(EcsSettings.from(variables).cluster())
                    .isEqualTo(stack.at("outputs/ClusterArn").text());
            assertThat(AnnounceSettings.from(variables).topic())
                    .contains(stack.at("outputs/TopicArn").text());
            assertThat(StoreUri.parse(variables.getOrDefault("PGVIGIL_STORE", "")))
                    .isInstanceOf(StoreUri.S3.class);
        }
    }

    @Test
    void functions_are_told_where_tasks_run() {
        var variables =
                stack.get("functions")
                        .get("io.pgvigil.backup.BackupHandler")
                        .at("Environment/Variables");

        assertThat(variables.get("PGVIGIL_STORE").text()).matches("s3://[a-z0-9-]+/pg");
        assertThat(variables.get("PGVIGIL_ECS_CLUSTER").text())
                .isEqualTo(stack.at("outputs/ClusterArn").text());
        assertThat(variables.get("PGVIGIL_ECS_SUBNETS").text())
                .matches("subnet-[0-9a-f]+,subnet-[0-9a-f]+");
        assertThat(variables.get("PGVIGIL_ECS_SECURITY_GROUPS").text())
                .isEqualTo(stack.at("outputs/TaskSecurityGroupId").text())
                .isNotEqualTo(variables.get("PGVIGIL_ECS_DRILL_SECURITY_GROUPS").text());
        for (var kind :
                Map.of("BACKUP", "backup", "VERIFY", "verify", "RESTORE", "restore").entrySet())
            assertThat(variables.get("PGVIGIL_ECS_TASK_" + kind.getKey()).text())
                    .endsWith(":task-definition/pgvigil-" + kind.getValue() + ":1");
    }

    @Test
    void tasks_are_registered_as_they_are_written() {
        assertThat(stack.get("tasks").map().keySet())
                .containsExactlyInAnyOrder("pgvigil-backup", "pgvigil-verify", "pgvigil-restore");
        assertThat(stack.get("tasks").map().values())
                .allSatisfy(task -> {
                    var container = task.at("containerDefinitions/0");
                    assertThat(container.get("image").text())
                            .isEqualTo(stack.at("outputs/RepositoryUri").text() + ":0.1.0");
                    assertThat(container.get("user").text()).isEqualTo("10001");
                    assertThat(container.get("readonlyRootFilesystem").text()).isEqualTo("true");
                    assertThat(container.get("stopTimeout").text()).isEqualTo("120");
                    assertThat(
                                    container.get("environment").list().stream()
                                            .collect(
                                                    Collectors.toMap(
                                                            one -> one.get("name").text(),
                                                            one -> one.get("value").text())))
                            .containsEntry("PGVIGIL_WORK", "/work")
                            .containsEntry("PGVIGIL_STORE", stack.at("outputs/StoreUri").text());
                });
    }

    @Test
    void the_database_lets_the_tasks_in_and_no_drill() {
        assertThat(stack.at("ingress/0/UserIdGroupPairs").list())
                .singleElement()
                .satisfies(pair ->
                        assertThat(pair.get("GroupId").text())
                                .isEqualTo(stack.at("outputs/TaskSecurityGroupId").text()));
    }
}
