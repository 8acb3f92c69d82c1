package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConnectionsTest {
    private static final DatabaseName DATABASE = new DatabaseName("orders");
    private static final String RDS = "orders.abc.eu-west-3.rds.amazonaws.com";

    @ParameterizedTest
    @CsvSource({
        RDS + ",verify-full,/opt/pgvigil/rds-ca.pem",
        RDS + ",verify-ca,/opt/pgvigil/rds-ca.pem",
        // libpq would take it for verify-ca.
        RDS + ",require,",
        "orders.internal,verify-full,",
        "rds.amazonaws.com.example.org,verify-full,"
    })
    void the_authorities_of_rds_are_for_hosts_of_rds_that_are_to_be_recognised(
            String host, String mode, String file) {
        var connections = connections(Map.of("PGVIGIL_RDS_CA", "/opt/pgvigil/rds-ca.pem"));

        var endpoint =
                connections.logins(ref(host, mode, Optional.empty(), "iam"), DATABASE).endpoint();

        assertThat(endpoint.sslRootCert()).isEqualTo(Optional.ofNullable(file));
    }

    @Test
    void authorities_that_are_named_come_first() {
        var connections = connections(Map.of("PGVIGIL_RDS_CA", "/opt/pgvigil/rds-ca.pem"));

        var logins =
                connections.logins(
                        ref(RDS, "verify-full", Optional.of("/mine.pem"), "iam"), DATABASE);

        assertThat(logins.endpoint().sslRootCert()).contains("/mine.pem");
    }

    @Test
    void nobody_is_asked_for_a_secret_before_it_is_needed_and_then_each_time() {
        var asked = new AtomicInteger();
        var connections =
                new Connections(
                        Map.of(), (_, _) -> Optional.of(new Secret("p" + asked.incrementAndGet())));

        var logins = connections.logins(ref(RDS, "verify-full", Optional.empty(), "iam"), DATABASE);
        logins.endpoint();

        assertThat(asked).hasValue(0);
        assertThat(logins.login().password()).contains(new Secret("p1"));
        assertThat(logins.login().password()).contains(new Secret("p2"));
        assertThat(logins.changes()).isTrue();
    }

    @Test
    void a_variable_never_leads_to_the_source_of_secrets() {
        var connections = connections(Map.of("ORDERS_PASSWORD", "x"));

        var logins =
                connections.logins(
                        ref("h", "prefer", Optional.empty(), "env:ORDERS_PASSWORD"), DATABASE);

        assertThat(logins.login().password()).contains(new Secret("x"));
    }

    @Test
    void a_reference_that_nobody_knows_is_refused() {
        var connections = new Connections(Map.of(), (_, _) -> Optional.empty());
        var logins = connections.logins(ref("h", "prefer", Optional.empty(), "vault:x"), DATABASE);

        assertThatThrownBy(logins::login)
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.code()).isEqualTo(ErrorCode.NOT_SUPPORTED_HERE));
    }

    private static Connections connections(Map<String, String> environment) {
        return new Connections(
                environment,
                (reference, _) -> {
                    throw new AssertionError("asked for " + reference);
                });
    }

    private static ConnectionRef ref(
            String host, String mode, Optional<String> authorities, String secret) {
        return new ConnectionRef(host, 5432, "backup", mode, authorities, Optional.of(secret));
    }
}
