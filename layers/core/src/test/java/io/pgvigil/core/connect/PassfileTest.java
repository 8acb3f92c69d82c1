package io.pgvigil.core.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PassfileTest {
    private static final Passfile FILE =
            Passfile.parse(
                    """
                    # comment:*:*:*:no
                    db:5432:orders:me:exact
                    db:5432:*:me:any database

                    not a line
                    db:6000:*:*:with:colons
                    a\\:b:5432:*:me:escaped\\:and\\\\
                    ::1:5432:*:me:seen as other fields
                    \\:\\:1:5432:*:me:six
                    localhost:5432:*:sock:socket
                    *:*:*:fallback:last
                    """);

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "db, 5432, me, orders, exact",
                "db, 5432, me, other, any database",
                "db, 6000, anyone, x, with:colons",
                "a:b, 5432, me, x, escaped:and\\",
                "::1, 5432, me, x, six",
                "/var/run/postgresql, 5432, sock, x, socket",
                "elsewhere, 1, fallback, x, last",
                "elsewhere, 1, me, x, -",
                "comment, 1, me, x, -",
            })
    void the_first_line_that_matches_wins(
            String host, int port, String user, String database, String password) {
        var endpoint = new Endpoint(host, port, user, SslMode.PREFER, Optional.empty());

        assertThat(FILE.find(endpoint, database).map(Secret::reveal))
                .isEqualTo(Optional.ofNullable(password));
    }
}
