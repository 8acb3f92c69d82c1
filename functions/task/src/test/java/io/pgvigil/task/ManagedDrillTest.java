package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.aws.rds.Pace;
import io.pgvigil.aws.rds.RdsSweeper;
import io.pgvigil.aws.rds.TemporaryRestores;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.ClusterProof;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.runtime.Seals;
import io.pgvigil.task.drill.ManagedDrill;
import io.pgvigil.task.drill.RdsHost;
import io.pgvigil.testkit.FakeRds;
import io.pgvigil.testkit.FakeRds.When;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.InstanceRecords;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsClient;

/// Drills of a server that RDS runs, through RDS's own restore: against a fake of the service, behind
/// which a real PostgreSQL is copied into another one.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ManagedDrillTest {
    private static final String STACK = "pgvigil-test";
    private static final String MASTER = "shopkeeper";
    private static final String HOST = "orders.c9akciq32rga.eu-west-1.rds.amazonaws.com";
    private static final String AURORA = "orders.cluster-c9akciq32rga.eu-west-1.rds.amazonaws.com";
    private static final RdsPlacement PLACE =
            new RdsPlacement(
                    "drills",
                    List.of("sg-0123456789abcdef0"),
                    "db.t4g.large",
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofHours(12));

    private static TestServer server;

    @TempDir private Path folder;
    private final List<String> told = new CopyOnWriteArrayList<>();
    private FakeRds fake;
    private RdsClient client;

    @BeforeAll
    static void fill() {
        server = TestServer.start();
        server.sql(
                "postgres",
                "create role " + MASTER + " createdb createrole login password 'of the source'");
        server.sql("postgres", "create role clerk");
        server.sql("postgres", "create database shop owner " + MASTER);
        server.sql(
                "shop",
                """
                create table orders (id int primary key, text text);
                insert into orders select id, md5(id::text) from generate_series(1, 5000) id;
                alter table orders owner to shopkeeper;
                -- What the master user does not own and nobody let it read.
                create table secrets (id int);
                insert into secrets select generate_series(1, 70);
                alter table secrets owner to clerk;
                """);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void begin() {
        fake = FakeRds.withServers();
        fake.source("orders", HOST, MASTER, server);
        fake.sourceCluster("orders-aurora", AURORA, MASTER, server);
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
    void every_row_that_rds_restored_was_read_the_checks_hold_and_nothing_is_left() {
        var recorded = new AtomicBoolean();
        fake.watch(call -> {
            if (call.action().equals("RestoreDBInstanceToPointInTime"))
                recorded.set(!keys(Layout.RUNS, ".instance.json").isEmpty());
        });

        var drill =
                drilled(
                        HOST,
                        new Check(
                                "orders",
                                "select count(*) = 5000 from orders",
                                Optional.of(new DatabaseName("shop"))));

        assertThat(drill.verdict()).as("%s", drill).isEqualTo(DrillVerdict.PROVEN);
        assertThat(drill.checks())
                .singleElement()
                .satisfies(check -> assertThat(check.passed()).isTrue());
        assertThat(tables(drill))
                .containsExactlyInAnyOrder("public.orders 5000", "public.secrets 70");
        assertThat(drill.sandbox())
                .startsWith("a temporary instance that RDS restored as of about 20")
                .endsWith(", db.t4g.large");
        assertThat(drill.seconds()).containsKeys("restore", "read", "checks", "recovery", "total");
        assertThat(keys(Layout.drills(Attempts.SERVER, DatabaseName.CLUSTER), ".json")).hasSize(1);
        assertThat(recorded).as("the record came first").isTrue();
        requireOnlySources();
        assertThat(new InstanceRecords(store()).of(drill.drill()).orElseThrow().deleted())
                .isPresent();
    }

    @Test
    void of_aurora_a_cluster_and_an_instance_in_it_are_made_and_both_are_deleted() {
        var drill = drilled(AURORA);

        assertThat(drill.verdict()).as("%s", drill).isEqualTo(DrillVerdict.PROVEN);
        assertThat(tables(drill)).contains("public.orders 5000");
        assertThat(drill.sandbox()).startsWith("a temporary cluster of Aurora that RDS restored");
        assertThat(fake.calls("DeleteDBCluster")).isNotEmpty();
        requireOnlySources();
    }

    @Test
    void a_check_that_does_not_hold_is_the_verdict() {
        var drill =
                drilled(HOST, new Check("orders of today", "select count(*) > 5000 from orders"));

        assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(drill.reasons()).containsExactly("1 of 1 checks do not hold");
        requireOnlySources();
    }

    /// As where the service lets the master user take no such right.
    @Test
    void rows_that_cannot_be_read_are_not_proven() {
        server.sql("shop", "alter table secrets enable row level security");
        try {
            var drill = drilled(HOST);

            assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
            assertThat(drill.reasons())
                    .singleElement()
                    .asString()
                    .startsWith("database shop cannot be read: ");
        } finally {
            server.sql("shop", "alter table secrets disable row level security");
        }
        requireOnlySources();
    }

    @Test
    void the_copy_gets_a_password_of_its_own_which_is_in_no_document() throws IOException {
        var drill = drilled(HOST);

        assertThat(drill.toString()).doesNotContain(password("ModifyDBInstance"));
        requireSilence(password("ModifyDBInstance"));
    }

    @Test
    void two_drills_have_not_the_same_password() {
        drilled(HOST);
        drilled(HOST);

        assertThat(fake.calls("ModifyDBInstance"))
                .extracting(call -> call.get("MasterUserPassword"))
                .doesNotHaveDuplicates()
                .hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(When.class)
    void what_is_told_of_a_password_that_was_refused_does_not_say_it(When when) throws IOException {
        fake.fail("ModifyDBInstance", when, "InvalidParameterValue", 400);

        var closed = closed(HOST);

        assertThat(closed.toString())
                .contains("InvalidParameterValue")
                .doesNotContain(password("ModifyDBInstance"));
        requireSilence(password("ModifyDBInstance"));
    }

    private String password(String action) {
        var password = fake.calls(action).getFirst().get("MasterUserPassword");
        assertThat(password).hasSize(48);
        return password;
    }

    /// In no document, and in nothing that the task told while it was at work.
    private void requireSilence(String password) throws IOException {
        assertThat(told).isNotEmpty().noneMatch(line -> line.contains(password));
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList())
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .doesNotContain(password);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "orders,        RestoreDBInstanceToPointInTime, BEFORE",
        "orders,        RestoreDBInstanceToPointInTime, AFTER",
        "orders,        ModifyDBInstance,               BEFORE",
        "orders-aurora, RestoreDBClusterToPointInTime,  AFTER",
        "orders-aurora, CreateDBInstance,               BEFORE",
        "orders-aurora, CreateDBInstance,               AFTER",
        "orders-aurora, ModifyDBCluster,                AFTER",
    })
    void an_error_at_any_step_leaves_no_server_and_no_verdict(
            String source, String action, When when) {
        fake.fail(action, when, "AccessDenied", 403);

        var closed = closed(source);

        assertThat(closed.state()).isEqualTo(RunState.FAILED);
        assertThat(closed.why().orElseThrow().code()).isEqualTo(ErrorCode.INSTANCE_FAILED.id());
        assertThat(keys(Layout.drills(Attempts.SERVER, DatabaseName.CLUSTER), "")).isEmpty();
        requireOnlySources();
    }

    @Test
    void a_drill_that_is_told_to_stop_deletes_what_it_made() throws InterruptedException {
        var closed = new CompletableFuture<Seals.Closed>();
        var worker = Thread.ofPlatform().unstarted(() -> closed.complete(closed(HOST)));
        var atWork = new CountDownLatch(1);
        fake.watch(call -> {
            if (call.action().equals("DescribeDBInstances")
                    && call.get("DBInstanceIdentifier").startsWith("pgvigil-")
                    && !fake.calls("RestoreDBInstanceToPointInTime").isEmpty()) atWork.countDown();
        });
        worker.start();
        assertThat(atWork.await(60, TimeUnit.SECONDS)).isTrue();

        worker.interrupt();
        worker.join();

        assertThat(closed.join().why().orElseThrow().code())
                .isEqualTo(ErrorCode.RUN_CANCELLED.id());
        requireOnlySources();
    }

    /// As after kill -9: nobody deletes anything, and RDS alone says what there is.
    @Test
    void what_a_drill_could_not_delete_is_swept_after_its_expiry_from_its_tags_alone() {
        var refused = new AtomicBoolean(true);
        fake.watch(call -> {
            if (call.action().startsWith("Delete") && refused.get())
                throw new IllegalStateException("the connection breaks");
        });
        drilled(AURORA);
        refused.set(false);
        var left = fake.left().stream().filter(id -> id.startsWith("pgvigil-")).toList();
        assertThat(left).hasSize(1);
        assertThat(fake.clustersLeft()).hasSize(2);
        var expires = Instant.parse(fake.tags(left.getFirst()).get("pgvigil:expires"));
        var sweeper = new RdsSweeper(client, STACK, _ -> false);

        assertThat(sweeper.sweep(expires.minusSeconds(1)).done()).isEmpty();
        assertThat(new RdsSweeper(client, "another", _ -> false).sweep(expires).done()).isEmpty();
        assertThat(sweeper.sweep(expires).done())
                .hasSize(2)
                .anyMatch(line -> line.startsWith("deleted instance " + left.getFirst()))
                .anyMatch(line -> line.startsWith("deleted cluster pgvigil-"));
        requireOnlySources();
    }

    private void requireOnlySources() {
        assertThat(fake.left()).containsExactly("orders");
        assertThat(fake.clustersLeft()).containsExactly("orders-aurora");
    }

    private static List<String> tables(Drill drill) {
        return drill.physical().orElseThrow().databases().stream()
                .map(ClusterProof.Content::tables)
                .flatMap(List::stream)
                .map(table -> table.schema() + "." + table.table() + " " + table.rows())
                .toList();
    }

    private Drill drilled(String source, Check... checks) {
        var closed = closed(source, checks);
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.DONE);
        var key = closed.outcomes().getFirst().record().orElseThrow();
        return Json.read(store().document(key).orElseThrow().content(), Drill.class, key.value());
    }

    private Seals.Closed closed(String source, Check... checks) {
        var attempts = new Attempts(store(), server, "shop");
        var run =
                attempts.ordered(
                        new Order.ManagedDrill(Attempts.SERVER, source, List.of(checks), PLACE));
        var pace =
                new Pace(
                        Duration.ofMillis(200),
                        Duration.ofMillis(50),
                        Duration.ofSeconds(90),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(3),
                        Duration.ofMillis(300));
        var drill =
                new ManagedDrill(
                        new TemporaryRestores(client, pace),
                        new InstanceRecords(store()),
                        new RdsHost.Owner(STACK, "file://" + folder, fake.authority()),
                        attempts.healthy().tools(),
                        remembering(),
                        InstantSource.system());
        var done =
                attempts.task(attempts.healthy())
                        .managed(
                                () -> {
                                    throw new AssertionError("nothing is restored here");
                                },
                                () -> drill)
                        .perform(run);
        return attempts.sealed(run, done ? 0 : 1);
    }

    private Progress remembering() {
        return new Progress() {
            @Override
            public void stage(String stage, String detail, long expectedBytes) {
                told.add(stage + " " + detail);
            }

            @Override
            public void moved(long bytes, long rows) {}

            @Override
            public void note(String message) {
                told.add(message);
            }
        };
    }

    private List<String> keys(String prefix, String end) {
        try (var keys = store().list(prefix)) {
            return keys.map(object -> object.key().value())
                    .filter(key -> key.endsWith(end))
                    .toList();
        }
    }

    private ObjectStore store() {
        return new DirectoryStore(new StoreUri.Directory(folder.resolve("store")));
    }
}
