package io.pgvigil.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.RememberingAnnouncer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StoredConfigurationTest {
    private static final String GOOD =
            """
            store: s3://acme-backups/pg
            servers:
              orders-prod:
                connect: { host: orders.internal, user: backup, secret: iam }
                databases: all
                profile: production
            """;
    private static final String BAD =
            GOOD.replace("orders.internal", "'not a host'").replace("all", "7");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final RememberingAnnouncer announcer = new RememberingAnnouncer();
    private final StringBuilder log = new StringBuilder();
    private final Map<String, String> environment = new HashMap<>();

    @Test
    void a_good_configuration_counts_and_is_kept_as_accepted() {
        write(GOOD);

        assertThat(source().refreshed()).isPresent();

        assertThat(read(Layout.ACCEPTED)).isEqualTo(GOOD);
        assertThat(announcer.told()).isEmpty();
    }

    @Test
    void a_broken_one_changes_nothing_and_every_complaint_is_announced_once() {
        write(GOOD);
        source().refreshed();
        write(BAD);

        for (var tick = 0; tick < 3; tick++)
            assertThat(source().refreshed().orElseThrow().servers())
                    .containsKey(new ServerName("orders-prod"));

        assertThat(announcer.told()).hasSize(1);
        var told = announcer.told().getFirst();
        assertThat(told.event()).isEqualTo("config.rejected");
        assertThat(told.text()).contains("host").contains("databases").contains("What to do");
        assertThat(read(Layout.ACCEPTED)).isEqualTo(GOOD);

        write(BAD + "# still\n");
        source().refreshed();
        assertThat(announcer.told()).hasSize(2);
    }

    @Test
    void the_same_mistake_made_again_after_it_was_mended_is_announced_again() {
        write(GOOD);
        source().refreshed();
        for (var time = 0; time < 2; time++) {
            write(BAD);
            source().refreshed();
            write(GOOD);
            source().refreshed();
        }

        assertThat(announcer.told()).hasSize(2);
    }

    @Test
    void a_configuration_that_vanished_goes_on_to_count_and_is_announced_once() {
        write(GOOD);
        source().refreshed();
        store.delete(Layout.CONFIG);

        assertThat(source().refreshed()).isPresent();
        assertThat(source().refreshed()).isPresent();

        assertThat(announcer.heard()).hasSize(1);
    }

    @Test
    void a_broken_one_with_nothing_before_it_is_an_error_that_names_everything() {
        write(BAD);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> source().refreshed())
                .withMessageContaining("host")
                .withMessageContaining("databases");
        assertThat(announcer.told()).hasSize(1);
    }

    @Test
    void an_announcer_out_of_reach_does_not_stop_the_backups() {
        write(GOOD);
        source().refreshed();
        write(BAD);
        announcer.failNext(1);

        assertThat(source().refreshed()).isPresent();
        assertThat(announcer.told()).isEmpty();
        assertThat(source().refreshed()).isPresent();

        assertThat(announcer.told()).hasSize(1);
    }

    @Test
    void a_new_stack_begins_with_the_server_it_was_deployed_with() {
        environment.put("PGVIGIL_FIRST_HOST", "orders.abc.eu-west-1.rds.amazonaws.com");
        environment.put("PGVIGIL_FIRST_USER", "backup");
        environment.put("PGVIGIL_FIRST_SECRET", "iam");
        environment.put("PGVIGIL_FIRST_DATABASES", "orders, billing");

        var configuration = source().refreshed().orElseThrow();

        assertThat(configuration.servers()).containsOnlyKeys(new ServerName("orders"));
        assertThat(read(Layout.CONFIG)).contains("[\"orders\", \"billing\"]");
        assertThat(read(Layout.ACCEPTED)).isEqualTo(read(Layout.CONFIG));
    }

    @Test
    void what_an_operator_wrote_is_never_replaced_by_the_first_server() {
        environment.put("PGVIGIL_FIRST_HOST", "other.internal");
        environment.put("PGVIGIL_FIRST_USER", "backup");
        environment.put("PGVIGIL_FIRST_SECRET", "iam");
        write(GOOD);

        source().refreshed();

        assertThat(read(Layout.CONFIG)).isEqualTo(GOOD);
    }

    @Test
    void everything_wrong_with_the_first_server_is_said_at_once_and_nothing_is_written() {
        environment.put("PGVIGIL_FIRST_HOST", "orders.internal");
        environment.put("PGVIGIL_FIRST_PORT", "70000");
        environment.put("PGVIGIL_FIRST_PROFILE", "none-such");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> source().refreshed())
                .withMessageContaining("PGVIGIL_FIRST_USER is not set")
                .withMessageContaining("PGVIGIL_FIRST_SECRET is not set")
                .withMessageContaining("port")
                .withMessageContaining("none-such");

        assertThat(store.stat(Layout.CONFIG)).isEmpty();
        assertThat(announcer.told()).hasSize(1);
    }

    @Test
    void asking_for_the_current_one_changes_nothing() {
        write(GOOD);

        assertThat(source().current()).isPresent();

        assertThat(store.keys()).containsExactly(Layout.CONFIG.value());
    }

    private StoredConfiguration source() {
        return new StoredConfiguration(
                store,
                Layout.CONFIG,
                store,
                FirstServer.from(StoreUri.parse("s3://acme-backups/pg"), environment),
                new Announcements(
                        store, Optional.of(announcer), () -> Instant.parse("2026-11-22T02:34:42Z")),
                new StateLog("test", log::append),
                () -> Instant.parse("2026-11-22T02:34:42Z"));
    }

    private void write(String yaml) {
        store.put(Layout.CONFIG, yaml.getBytes(StandardCharsets.UTF_8));
    }

    private String read(io.pgvigil.core.store.ObjectKey key) {
        return new String(store.document(key).orElseThrow().content(), StandardCharsets.UTF_8);
    }
}
