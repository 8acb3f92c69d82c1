package io.pgvigil.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.connect.ConnectionUrl;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoginsTest {
    @TempDir Path home;

    @Test
    void the_password_file_in_the_home_folder_is_the_last_place() throws IOException {
        passfile(".pgpass", "rw-------");

        assertThat(passwordOf("postgresql://me@db/x", Map.of("HOME", home.toString())))
                .isEqualTo("from file");
        assertThat(passwordOf("postgresql://me:url@db/x", Map.of("HOME", home.toString())))
                .isEqualTo("url");
        assertThat(
                        passwordOf(
                                "postgresql://me@db/x",
                                Map.of("HOME", home.toString(), "PGPASSWORD", "variable")))
                .isEqualTo("variable");
    }

    @Test
    void a_named_password_file_takes_the_place_of_the_one_at_home() throws IOException {
        var named = passfile("elsewhere", "rw-------");

        assertThat(passwordOf("postgresql://me@db/x", Map.of("PGPASSFILE", named.toString())))
                .isEqualTo("from file");
    }

    @Test
    void a_password_file_that_others_can_read_is_refused_aloud() throws IOException {
        var open = passfile(".pgpass", "rw-r-----");

        assertThatThrownBy(
                        () -> passwordOf("postgresql://me@db/x", Map.of("HOME", home.toString())))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.SECRET_NOT_FOUND);
                            assertThat(problem.what()).contains("can be read by others");
                            assertThat(problem.hint()).contains("chmod 0600 " + open);
                            assertThat(problem).hasMessageNotContaining("from file");
                        });
    }

    @Test
    void a_password_file_about_other_servers_does_not_matter() throws IOException {
        passfile(".pgpass", "rw-r--r--");

        assertThat(passwordOf("postgresql://me@other/x", Map.of("HOME", home.toString())))
                .isEqualTo("none");
    }

    @Test
    void no_password_file_is_fine() {
        assertThat(passwordOf("postgresql://me@db/x", Map.of("HOME", home.toString())))
                .isEqualTo("none");
        assertThat(passwordOf("postgresql://me@db/x", Map.of())).isEqualTo("none");
    }

    private Path passfile(String name, String permissions) throws IOException {
        var file = Files.writeString(home.resolve(name), "db:*:*:me:from file\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static String passwordOf(String url, Map<String, String> environment) {
        return Logins.of(ConnectionUrl.parse(url, environment), environment)
                .password()
                .map(Secret::reveal)
                .orElse("none");
    }
}
