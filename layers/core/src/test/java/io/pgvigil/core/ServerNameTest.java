package io.pgvigil.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.Problem;
import org.junit.jupiter.api.Test;

final class ServerNameTest {

    @Test
    void a_url_in_the_place_of_a_name_is_not_repeated() {
        assertThatThrownBy(() -> new ServerName("postgresql://user:s3cret@db/shop"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("PGV-1009")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void a_folder_of_the_store_cannot_be_a_servers_name() {
        assertThatThrownBy(() -> new ServerName("runs")).hasMessageContaining("'runs'");
    }

    @Test
    void a_host_and_a_port_make_a_plain_name() {
        assertThat(ServerName.of("DB.Example.com", 5432)).hasToString("db.example.com-5432");
        assertThat(ServerName.of("::1", 5433)).hasToString("1-5433");
        assertThat(ServerName.of("/var/run/postgresql", 5432))
                .hasToString("var-run-postgresql-5432");
    }
}
