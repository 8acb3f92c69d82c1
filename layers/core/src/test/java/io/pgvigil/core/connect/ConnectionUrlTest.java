package io.pgvigil.core.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectionUrlTest {
    private static final Map<String, String> NOTHING = Map.of();

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "postgresql://me@db, db, 5432, me, -, -",
                "postgres://me@db, db, 5432, me, -, -",
                "postgresql://me:pw@db:6000/orders, db, 6000, me, orders, pw",
                "postgresql://me:pw@db:6000/orders/eu, db, 6000, me, orders/eu, pw",
                "postgresql://m%40e:p%2Fw%3A%25%40@db/we%20ird%3Ddb%20'x, db, 5432, m@e, we ird=db 'x, p/w:%@",
                "postgresql://me:p%C3%A4ss@db/%E2%82%AC, db, 5432, me, €, päss",
                "postgresql://me:a:b:c@db/x, db, 5432, me, x, a:b:c",
                "postgresql://me:%41%42@db/x, db, 5432, me, x, AB",
                "postgresql://me@[2001:db8::1]:6000/x, 2001:db8::1, 6000, me, x, -",
                "postgresql://me@[::1]/x, ::1, 5432, me, x, -",
                "postgresql://me@%2Fvar%2Frun%2Fpostgresql/x, /var/run/postgresql, 5432, me, x, -",
                "postgresql:///x?host=/tmp&user=me&port=7000, /tmp, 7000, me, x, -",
                "postgresql://me@db/x?dbname=y&connect_timeout=10, db, 5432, me, y, -",
                "postgresql://db/x?user=me&password=p%26w, db, 5432, me, x, p&w",
                "postgresql://me@/x, localhost, 5432, me, x, -",
                "postgresql://me@db/, db, 5432, me, -, -",
                "postgresql://me:@db/x?, db, 5432, me, x, -",
                "postgresql://me+you@db/a+b, db, 5432, me+you, a+b, -",
                "postgresql://me:pa#ss@db/x, db, 5432, me, x, pa#ss",
            })
    void reads_what_libpq_reads(
            String url, String host, int port, String user, String database, String password) {
        var read = ConnectionUrl.parse(url, NOTHING);

        assertThat(read.endpoint())
                .isEqualTo(new Endpoint(host, port, user, SslMode.PREFER, Optional.empty()));
        assertThat(read.database()).isEqualTo(Optional.ofNullable(database));
        assertThat(read.password().map(Secret::reveal)).isEqualTo(Optional.ofNullable(password));
    }

    @Test
    void tls_is_named_in_parameters() {
        var read =
                ConnectionUrl.parse(
                        "postgresql://me@db/x?sslmode=verify-full&sslrootcert=%2Fetc%2Frds.pem",
                        NOTHING);

        assertThat(read.endpoint().sslMode()).isEqualTo(SslMode.VERIFY_FULL);
        assertThat(read.endpoint().sslRootCert()).contains("/etc/rds.pem");
    }

    @Test
    void what_the_url_leaves_open_comes_from_the_environment() {
        var environment =
                Map.of(
                        "PGHOST", "db.internal",
                        "PGPORT", "6432",
                        "PGUSER", "backup",
                        "PGDATABASE", "orders",
                        "PGPASSWORD", "hush",
                        "PGSSLMODE", "require",
                        "PGSSLROOTCERT", "/ca.pem");

        var read = ConnectionUrl.parse("postgresql://", environment);

        assertThat(read)
                .isEqualTo(
                        new ConnectionUrl(
                                new Endpoint(
                                        "db.internal",
                                        6432,
                                        "backup",
                                        SslMode.REQUIRE,
                                        Optional.of("/ca.pem")),
                                Optional.of("orders"),
                                Optional.of(new Secret("hush"))));
    }

    @Test
    void the_url_beats_the_environment_and_empty_variables_count_as_absent() {
        var read =
                ConnectionUrl.parse(
                        "postgresql://me:pw@db:6000/x?sslmode=disable",
                        Map.of(
                                "PGHOST", "other",
                                "PGPORT", "1",
                                "PGUSER", "other",
                                "PGDATABASE", "other",
                                "PGPASSWORD", "other",
                                "PGSSLMODE", "require",
                                "PGSSLROOTCERT", ""));

        assertThat(read)
                .isEqualTo(
                        new ConnectionUrl(
                                new Endpoint("db", 6000, "me", SslMode.DISABLE, Optional.empty()),
                                Optional.of("x"),
                                Optional.of(new Secret("pw"))));
    }

    @Test
    void the_user_may_be_the_one_who_is_logged_in() {
        assertThat(ConnectionUrl.parse("postgresql://db", Map.of("USER", "ann")).endpoint().user())
                .isEqualTo("ann");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql://me:t0psecret@db/x",
                "jdbc:postgresql://me:t0psecret@db/x",
                "me:t0psecret@db",
                "postgresql://:t0psecret@db/x",
                "postgresql://me:t0psecret@host@db/x",
                "postgresql://me:t0psecret/more@db/x",
                "postgresql://me:a/t0psecret@db/x",
                "postgresql://me:t0psecret?more@db/x",
                "postgresql://me:a?t0psecret=b@db/x",
                "postgresql://me:a?t0psecret@db/x",
                "postgresql://me:t0psecret/x",
                "postgresql://me:t0psecret%@db/x",
                "postgresql://me:t0psecret%4@db/x",
                "postgresql://me:t0psecret%zz@db/x",
                "postgresql://me:t0psecret%00@db/x",
                "postgresql://me:t0psecret%ff@db/x",
                "postgresql://me:t0psecret@db:port/x",
                "postgresql://me:t0psecret@db:0/x",
                "postgresql://me:t0psecret@db:65536/x",
                "postgresql://me:t0psecret@db1,db2/x",
                "postgresql://me:t0psecret@db/x?host=db1,db2",
                "postgresql://me:t0psecret@[::1/x",
                "postgresql://me:t0psecret@[]/x",
                "postgresql://me:t0psecret@::1/x",
                "postgresql://me:t0psecret@db/x?sslmode=safe",
                "postgresql://me:t0psecret@db/x?options=-c%20a",
                "postgresql://me:t0psecret@db/x?sslmode",
                "postgresql://me:t0psecret@db/x?=y",
                "postgresql://me:t0psecret@db/x?connect_timeout=soon",
                "postgresql://me@db/x?sslmode=t0psecret",
            })
    void a_url_that_is_wrong_is_refused_without_repeating_it(String url) {
        assertThatThrownBy(() -> ConnectionUrl.parse(url, NOTHING))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.CONNECTION_URL_INVALID);
                            assertThat(problem).hasMessageNotContaining("t0psecret");
                            assertThat(problem.hint()).endsWith(".");
                        });
    }

    @Test
    void an_unknown_parameter_is_named() {
        assertThatThrownBy(() ->
                        ConnectionUrl.parse(
                                "postgresql://me@db/x?channel_binding=require", NOTHING))
                .hasMessageContaining("channel_binding");
    }

    @Test
    void the_password_is_in_no_text_form() {
        var url = ConnectionUrl.parse("postgresql://me:t0psecret@db/x", NOTHING);

        assertThat(url.toString()).doesNotContain("t0psecret").contains("***");
        assertThat(url.login().toString()).doesNotContain("t0psecret");
    }

    @Test
    void every_libpq_name_of_an_sslmode_is_understood() {
        for (var mode : SslMode.values()) assertThat(SslMode.of(mode.libpqName())).contains(mode);
        assertThat(SslMode.VERIFY_CA).hasToString("verify-ca");
    }
}
