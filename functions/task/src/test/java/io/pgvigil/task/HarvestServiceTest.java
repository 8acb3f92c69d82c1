package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the service is told by its arguments, before it connects to anything.
final class HarvestServiceTest {
    @TempDir Path folder;
    private Map<String, String> environment = Map.of();

    @BeforeEach
    void configure() throws IOException {
        var config = folder.resolve("pgvigil.yaml");
        Files.writeString(
                config,
                """
                store: %s
                servers:
                  orders: { connect: { host: a.internal, user: u, secret: iam }, profile: staging }
                  billing: { connect: { host: b.internal, user: u, secret: iam }, profile: staging }
                """
                        .formatted(folder.resolve("store").toUri()));
        environment = Map.of("PGVIGIL_CONFIG", config + "");
    }

    @Test
    void servers_of_the_configuration_are_taken() {
        assertThatCode(() -> HarvestService.of(List.of("orders", "billing"), environment))
                .doesNotThrowAnyException();
    }

    @Test
    void every_name_that_the_configuration_does_not_know_is_said_at_once() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(
                        () -> HarvestService.of(List.of("oders", "orders", "biling"), environment))
                .withMessageStartingWith("PGV-1002: the configuration has no server oders, biling");
    }

    @Test
    void without_a_configuration_nobody_knows_any_server() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> HarvestService.of(List.of("orders"), Map.of()))
                .withMessageContaining("PGVIGIL_CONFIG");
    }

    /// As the container starts it: nothing runs, and the platform sees why.
    @Test
    void a_service_that_cannot_begin_ends_as_a_wrong_call() {
        assertThat(TaskMain.run(new String[] {"harvest", "Not a name"})).isEqualTo(2);
        // Without a name it is no service, and its word is no run.
        assertThat(TaskMain.run(new String[] {"harvest"})).isEqualTo(2);
    }
}
