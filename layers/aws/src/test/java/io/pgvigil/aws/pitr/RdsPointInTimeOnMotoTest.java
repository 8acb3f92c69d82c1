package io.pgvigil.aws.pitr;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.aws.rds.RdsBackups;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.testkit.MotoServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The same calls against a double that is not ours. It has no states.
final class RdsPointInTimeOnMotoTest {
    private static final MotoServer MOTO = MotoServer.start();

    @AfterAll
    static void stop() {
        MOTO.close();
    }

    @Test
    void an_instance_is_found_by_its_endpoint_and_restored_beside_itself() {
        try (var client = RdsPointInTimeTest.client(MOTO.endpoint().toString())) {
            client.createDBInstance(request ->
                    request.dbInstanceIdentifier("orders")
                            .engine("postgres")
                            .dbInstanceClass("db.t4g.large")
                            .allocatedStorage(20)
                            .masterUsername("postgres")
                            .masterUserPassword("somebody-elses")
                            .backupRetentionPeriod(7));
            var source = client.describeDBInstances().dbInstances().getFirst().endpoint().address();

            var known = new RdsBackups(client).find(new ManagedHost(source, false)).orElseThrow();
            assertThat(known.id()).isEqualTo("orders");
            assertThat(known.days()).isEqualTo(7);
            assertThat(known.latest()).isPresent();
            var restored =
                    new RdsPointInTime(client, Duration.ofMillis(20), Duration.ofSeconds(20))
                            .restore(
                                    new RdsRestoreWish(
                                            source,
                                            "rescued",
                                            Optional.empty(),
                                            Optional.empty(),
                                            List.of(),
                                            Optional.empty(),
                                            Map.of()),
                                    _ -> {});

            assertThat(restored.host()).startsWith("rescued");
        }
    }
}
