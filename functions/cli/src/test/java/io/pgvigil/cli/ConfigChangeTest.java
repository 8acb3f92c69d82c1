package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.wire.config.ConfigurationReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ConfigChangeTest {
    private static final String BEFORE =
            """
            store: file:///var/backups/pg
            servers:
              orders:
                connect: { host: orders.internal, user: backup, secret: env:P }
                profile: staging
              billing:
                connect: { host: billing.internal, user: backup, secret: env:P }
                profile: staging
            """;

    private final InMemoryObjectStore store = new InMemoryObjectStore();

    @Test
    void servers_that_come_go_and_change_are_named() {
        var after =
                BEFORE.replace("billing", "shop")
                        .replace("{ host: orders.internal", "{ host: orders-2.internal")
                        .replaceFirst("profile: staging", "profile: staging\n    databases: [a]");

        var change = ConfigChange.of(Optional.of(read(BEFORE)), read(after));

        assertThat(change.added()).containsExactly(new ServerName("shop"));
        assertThat(change.removed()).containsExactly(new ServerName("billing"));
        assertThat(change.changed())
                .isEqualTo(Map.of(new ServerName("orders"), List.of("connect", "databases")));
        assertThat(change.words())
                .isEqualTo(
                        """
                           SERVER   WHAT CHANGES
                        +  shop     new
                        ~  orders   connect, databases
                        -  billing  its backups stay; no new ones are made
                        """);
    }

    @Test
    void a_profile_that_changes_changes_every_server_that_takes_it() {
        var after =
                BEFORE
                        + "profiles:\n  staging: { logical: \"daily 05:00 UTC\", keep: { daily: 3 } }\n";

        var change = ConfigChange.of(Optional.of(read(BEFORE)), read(after));

        assertThat(change.changed())
                .containsKeys(new ServerName("orders"), new ServerName("billing"));
        assertThat(change.changed().get(new ServerName("orders"))).contains("logical", "keep");
    }

    @Test
    void the_same_in_other_words_changes_nothing() {
        var change = ConfigChange.of(Optional.of(read(BEFORE)), read("# by hand\n" + BEFORE));

        assertThat(change.nothing()).isTrue();
    }

    @Test
    void the_first_document_is_created_and_never_over_another() {
        var mine = StoredConfig.in(store);
        var theirs = StoredConfig.in(store);

        theirs.put(bytes(BEFORE));

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> mine.put(bytes("mine")))
                .satisfies(
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.CONFIG_CHANGED));
        assertThat(StoredConfig.in(store).content()).isEqualTo(bytes(BEFORE));
    }

    @Test
    void a_document_that_changed_since_it_was_read_is_not_overwritten() {
        StoredConfig.in(store).put(bytes(BEFORE));
        var mine = StoredConfig.in(store);
        StoredConfig.in(store).put(bytes("theirs"));

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> mine.put(bytes("mine")))
                .withMessageContaining("nothing was written");
        assertThat(StoredConfig.in(store).content()).isEqualTo(bytes("theirs"));
    }

    @Test
    void one_that_cannot_be_read_can_be_replaced() {
        store.put(Layout.CONFIG, bytes("store: ["));

        var broken = StoredConfig.in(store);

        assertThat(broken.unreadable()).isTrue();
        assertThat(ConfigChange.of(broken.configuration(), read(BEFORE)).added()).hasSize(2);
        broken.put(bytes(BEFORE));
        assertThat(StoredConfig.in(store).unreadable()).isFalse();
    }

    private static Configuration read(String text) {
        return ConfigurationReader.read(text, "the test");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
