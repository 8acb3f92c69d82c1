package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.aws.pitr.RdsPointInTime;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.managed.ManagedRestore;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.runtime.Seals;
import io.pgvigil.task.restore.ServiceRestore;
import io.pgvigil.testkit.FakeRds;
import io.pgvigil.testkit.FakeRds.When;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Json;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsClient;

/// A restore by RDS that a run asks for: what is new stays, and what was there is left alone.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ServiceRestoreTest {
    private static final String HOST = "orders.c9akciq32rga.eu-west-1.rds.amazonaws.com";
    private static TestServer server;

    @TempDir private Path folder;
    private FakeRds fake;
    private RdsClient client;

    @BeforeAll
    static void fill() {
        server = TestServer.start();
        server.sql("postgres", "create role shopkeeper login password 'of the source'");
        server.sql("postgres", "create table t as select generate_series(1, 300)");
        server.sql("postgres", "grant select on t to shopkeeper");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void begin() {
        fake = FakeRds.withServers();
        fake.source("orders", HOST, "shopkeeper", server);
        client =
                RdsClient.builder()
                        .endpointOverride(URI.create(fake.endpoint()))
                        .region(Region.EU_WEST_1)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(
                                        AwsBasicCredentials.create("id", "key")))
                        .httpClientBuilder(Apache5HttpClient.builder())
                        .build();
    }

    @AfterEach
    void end() {
        client.close();
        fake.close();
    }

    @Test
    void the_new_server_is_there_with_its_data_and_says_whose_it_is() {
        var at = Instant.now().minus(Duration.ofMinutes(10));

        var record = record(closed("orders-rescued", Optional.of(at), false));

        assertThat(record.source()).isEqualTo("orders");
        assertThat(record.at()).contains(at);
        assertThat(record.plan()).singleElement().asString().contains("orders-rescued");
        var made = record.made().orElseThrow();
        assertThat(made.instance()).isEqualTo("orders-rescued");
        assertThat(fake.left()).containsExactly("orders", "orders-rescued");
        assertThat(fake.tags("orders-rescued"))
                .containsEntry("pgvigil:stack", "pgvigil-test")
                .containsEntry("pgvigil:run", record.run().value())
                .doesNotContainKey("pgvigil:managed");
        assertThat(fake.calls("RestoreDBInstanceToPointInTime").getFirst().get("RestoreTime"))
                .startsWith(at.toString().substring(0, 19));
        // Under the source's own users and passwords.
        assertThat(fake.rows("orders-rescued", "t")).isEqualTo(300);
    }

    @Test
    void a_dry_run_asks_for_nothing() {
        var record = record(closed("orders-rescued", Optional.empty(), true));

        assertThat(record.made()).isEmpty();
        assertThat(record.plan()).isNotEmpty();
        assertThat(fake.calls("RestoreDBInstanceToPointInTime")).isEmpty();
        assertThat(fake.left()).containsExactly("orders");
    }

    @Test
    void a_name_that_is_taken_and_a_moment_that_is_not_there_yet_are_refused() {
        fake.add("orders-old", Map.of());

        var taken = closed("orders-old", Optional.empty(), false);
        var early = closed("new", Optional.of(Instant.now().plusSeconds(60)), false);

        assertThat(taken.why().orElseThrow().code()).isEqualTo("PGV-5001");
        assertThat(early.why().orElseThrow().code()).isEqualTo("PGV-5020");
        assertThat(fake.calls("RestoreDBInstanceToPointInTime")).isEmpty();
    }

    @Test
    void a_refusal_of_rds_fails_the_run_with_its_words() {
        fake.fail("RestoreDBInstanceToPointInTime", When.BEFORE, "AccessDenied", 403);

        var closed = closed("new", Optional.empty(), false);

        assertThat(closed.state()).isEqualTo(RunState.FAILED);
        assertThat(closed.why().orElseThrow().code()).isEqualTo("PGV-5012");
        assertThat(store().stat(Layout.managedRestore(closed.run()))).isEmpty();
    }

    private ManagedRestore record(Seals.Closed closed) {
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.DONE);
        var key = closed.outcomes().getFirst().record().orElseThrow();
        assertThat(key).isEqualTo(Layout.managedRestore(closed.run()));
        return Json.read(
                store().document(key).orElseThrow().content(), ManagedRestore.class, key.value());
    }

    private Seals.Closed closed(String id, Optional<Instant> at, boolean dryRun) {
        var attempts = new Attempts(store(), server, "postgres");
        var run =
                attempts.ordered(
                        new Order.PointInTime(
                                Attempts.SERVER,
                                HOST,
                                id,
                                at,
                                Optional.of("db.t4g.large"),
                                Optional.empty(),
                                List.of(),
                                dryRun));
        var restore =
                new ServiceRestore(
                        new RdsPointInTime(client, Duration.ofMillis(100), Duration.ofSeconds(60)),
                        Optional.of("pgvigil-test"),
                        Progress.NONE,
                        InstantSource.system());
        var done =
                attempts.task(attempts.healthy())
                        .managed(
                                () -> restore,
                                () -> {
                                    throw new AssertionError("nothing is drilled here");
                                })
                        .perform(run);
        return attempts.sealed(run, done ? 0 : 1);
    }

    private DirectoryStore store() {
        return new DirectoryStore(new StoreUri.Directory(folder.resolve("store")));
    }
}
