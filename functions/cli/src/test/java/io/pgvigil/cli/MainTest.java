package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MainTest {
    private static final String STORE = "s3://acme-backups/pg";

    @Test
    void a_store_in_s3_is_seen_before_the_command_is_read() {
        assertThat(seen(Map.of(), "list", "--store", STORE)).contains(STORE);
        assertThat(seen(Map.of(), "list", "--store=" + STORE)).contains(STORE);
        assertThat(seen(Map.of("PGVIGIL_STORE", STORE), "list")).contains(STORE);
        // The command's own word is looked at first, as the command itself does.
        assertThat(seen(Map.of("PGVIGIL_STORE", "s3://other"), "list", "--store", STORE))
                .contains(STORE);
    }

    @Test
    void nothing_is_prepared_for_a_folder() {
        assertThat(seen(Map.of(), "list", "--store", "./backups")).isEmpty();
        assertThat(seen(Map.of("PGVIGIL_STORE", "file:///var/backups"), "list")).isEmpty();
    }

    private static Optional<String> seen(Map<String, String> environment, String... arguments) {
        return Main.storeInS3(arguments, environment);
    }
}
