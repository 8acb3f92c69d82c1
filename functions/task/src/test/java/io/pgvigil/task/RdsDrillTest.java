package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.aws.rds.Pace;
import io.pgvigil.aws.rds.RdsInstances;
import io.pgvigil.aws.rds.RdsSweeper;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
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
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsClient;

/// Whole drills in an instance of RDS, against a fake of the service with a real PostgreSQL behind it:
/// what is proven there, and that no instance survives, however the drill ends.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RdsDrillTest {
    private static final String STACK = "pgvigil-test";
    private static final RdsPlacement PLACE =
            new RdsPlacement(
                    "drills",
                    List.of("sg-0123456789abcdef0"),
                    "db.t4g.large",
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofHours(12));

    private static TestServer server;
    private static Attempts attempts;
    private static Attempts harder;
    private static Path folder;
    private static Manifest plain;
    private static Manifest demanding;

    @TempDir static Path shared;

    private FakeRds fake;
    private RdsClient client;

    @BeforeAll
    static void backUp() {
        server = TestServer.start();
        server.sql("postgres", "create role clerk login");
        server.sql("postgres", "create role baker");
        server.sql("postgres", "create database shop owner clerk");
        server.sql(
                "shop",
                """
                grant create on schema public to clerk;
                create table customers (id int primary key, name text not null);
                insert into customers select id, md5(id::text) from generate_series(1, 3000) id;
                alter table customers owner to clerk;
                create table orders (id int primary key, customer int references customers);
                insert into orders select id, 1 + id % 3000 from generate_series(1, 5000) id;
                create schema app authorization clerk;
                create table app.notes (note text);
                alter table app.notes owner to clerk;
                grant select on orders to clerk;
                -- May create in the schema by a grant only, which a restore makes last.
                grant create on schema public to baker;
                create table bread (loaf int);
                insert into bread values (1), (2);
                alter table bread owner to baker;
                create extension pgcrypto;
                select lo_from_bytea(0, decode(repeat('c0ffee', 20000), 'hex'));
                """);
        folder = shared.resolve("store");
        attempts = new Attempts(open(), server, "shop");
        plain = attempts.requireNextRunWorks();
        // What needs a superuser, and what RDS does not show.
        server.sql("postgres", "create role boss superuser login password 'a secret of the boss'");
        server.sql("postgres", "create role stranger");
        server.sql("postgres", "create database vault");
        server.sql(
                "vault",
                """
                create table gold (id int);
                insert into gold values (1), (2);
                alter table gold owner to stranger;
                create function watched() returns event_trigger language plpgsql as 'begin end';
                create event trigger guard on ddl_command_end execute function watched();
                """);
        harder = new Attempts(open(), server, "vault");
        demanding = harder.requireNextRunWorks();
        server.sql("postgres", "drop role boss");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void begin() {
        fake = FakeRds.withServers().offering("14.9", "15.1", "15.99", "16.3");
        client = client(fake);
    }

    @AfterEach
    void end() {
        client.close();
        fake.close();
    }

    private static ObjectStore open() {
        return new DirectoryStore(new StoreUri.Directory(folder));
    }

    private static RdsClient client(FakeRds fake) {
        return RdsClient.builder()
                .endpointOverride(URI.create(fake.endpoint()))
                .region(Region.EU_WEST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "key")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .build();
    }

    @Test
    void a_backup_is_proven_in_an_instance_that_was_recorded_first_and_is_deleted_after() {
        var recorded = new AtomicBoolean();
        fake.watch(call -> {
            if (call.action().equals("CreateDBInstance")) recorded.set(!records().isEmpty());
        });

        var drill =
                drilled(
                        plain,
                        List.of(new Check("orders", "select count(*) = 5000 from orders")),
                        List.of());

        assertThat(drill.verdict()).as("%s", drill).isEqualTo(DrillVerdict.PROVEN);
        assertThat(drill.equal()).containsEntry("tables", 4L).containsEntry("rows", 8002L);
        assertThat(drill.sandbox())
                .isEqualTo(
                        "a temporary instance of RDS for PostgreSQL 15.99, db.t4g.large, 20 GiB");
        assertThat(recorded).isTrue();
        assertThat(fake.left()).isEmpty();
        assertThat(fake.calls("DeleteDBInstance")).hasSize(1);
        var record = new InstanceRecords(open()).of(drill.drill()).orElseThrow();
        assertThat(record.instance())
                .isEqualTo(fake.calls("CreateDBInstance").getFirst().get("DBInstanceIdentifier"));
        assertThat(record.deleted()).isPresent();
    }

    @Test
    void what_an_instance_without_a_superuser_cannot_hold_is_named_and_is_not_proven() {
        var drill = drilled(demanding, List.of(), List.of());

        assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(drill.differences())
                .anySatisfy(line ->
                        assertThat(line)
                                .startsWith("EVENT TRIGGER guard: missing")
                                .contains("(not proven on rds: the server says: permission denied"))
                .anySatisfy(line ->
                        assertThat(line)
                                .startsWith("TABLE public.gold: owner")
                                .contains("(not proven on rds: the server says: permission denied"))
                .anySatisfy(line ->
                        assertThat(line)
                                .startsWith("ROLE boss ATTRIBUTES: ")
                                .contains("(not proven on rds: nobody there may give SUPERUSER"))
                .anySatisfy(line ->
                        assertThat(line).startsWith("ROLE boss PASSWORD: could not be compared"));
        assertThat(drill.reasons()).anyMatch(reason -> reason.contains("limits of RDS"));
        assertThat(fake.left()).isEmpty();

        // Known and accepted by name, it is proven except for that, and for nothing more.
        var until = LocalDate.now(ZoneOffset.UTC).plusDays(1);
        var accepted =
                drilled(
                        demanding,
                        List.of(),
                        drill.differences().stream()
                                .map(line -> line.substring(0, line.indexOf(": ")))
                                .distinct()
                                .map(title -> new Acceptance(title, "a limit of RDS", until))
                                .toList());
        assertThat(accepted.verdict()).as("%s", accepted).isEqualTo(DrillVerdict.PROVEN_EXCEPT);
    }

    @Test
    void the_master_password_is_in_no_document_and_no_error() throws IOException {
        var closed = closed(plain, List.of(), List.of());

        var password = fake.calls("CreateDBInstance").getFirst().get("MasterUserPassword");
        assertThat(password).hasSize(48);
        assertThat(closed.state()).isEqualTo(RunState.DONE);
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList())
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .doesNotContain(password);
        }
    }

    /// At each call of the API, an error that is not waited out.
    @ParameterizedTest
    @CsvSource({
        "DescribeDBEngineVersions, BEFORE",
        "CreateDBInstance,         BEFORE",
        "CreateDBInstance,         AFTER",
        "DescribeDBInstances,      BEFORE",
    })
    void an_error_at_any_step_leaves_no_instance_and_no_verdict(String action, When when) {
        fake.fail(action, when, "AccessDenied", 403);

        var closed = closed(plain, List.of(), List.of());

        assertThat(closed.state()).isEqualTo(RunState.FAILED);
        assertThat(closed.why().orElseThrow().code()).isEqualTo(ErrorCode.INSTANCE_FAILED.id());
        assertThat(fake.left()).isEmpty();
    }

    @Test
    void an_instance_that_is_lost_during_the_drill_is_no_verdict_about_the_backup()
            throws InterruptedException {
        var losing = Thread.ofVirtual().start(this::loseItWhileItIsAsked);

        var closed =
                closed(
                        plain,
                        List.of(new Check("slow", "select pg_sleep(60) is not null")),
                        List.of());

        losing.join();
        assertThat(closed.state()).isEqualTo(RunState.FAILED);
        assertThat(closed.why().orElseThrow().what()).contains("is not available any more");
        assertThat(fake.left()).isEmpty();
    }

    private void loseItWhileItIsAsked() {
        var asleep =
                "select count(*) from pg_stat_activity where query like 'select pg_sleep(60)%'";
        while (true) {
            for (var id : fake.left())
                if (fake.ask(id, asleep).equals(Optional.of("1"))) {
                    fake.lose(id);
                    return;
                }
            sleep();
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_drill_that_is_told_to_stop_deletes_its_instance() throws InterruptedException {
        var closed = new CompletableFuture<Seals.Closed>();
        var worker =
                Thread.ofPlatform()
                        .unstarted(() -> closed.complete(closed(plain, List.of(), List.of())));
        var atWork = new CountDownLatch(1);
        fake.watch(call -> {
            if (call.action().equals("DescribeDBInstances")) atWork.countDown();
        });
        worker.start();
        assertThat(atWork.await(60, TimeUnit.SECONDS)).isTrue();

        worker.interrupt();
        worker.join();

        assertThat(fake.left()).isEmpty();
        assertThat(fake.calls("DeleteDBInstance")).isNotEmpty();
        assertThat(closed.join().state()).isEqualTo(RunState.FAILED);
        assertThat(closed.join().why().orElseThrow().code())
                .isEqualTo(ErrorCode.RUN_CANCELLED.id());
    }

    @Test
    void a_deletion_that_never_succeeds_costs_the_verdict_nothing_and_is_left_to_the_sweep() {
        var refused = new AtomicBoolean(true);
        fake.watch(call -> {
            if (call.action().equals("DeleteDBInstance") && refused.get())
                throw new IllegalStateException("the connection breaks");
        });

        var drill = drilled(plain, List.of(), List.of());

        assertThat(drill.verdict()).isEqualTo(DrillVerdict.PROVEN);
        assertThat(new InstanceRecords(open()).of(drill.drill()).orElseThrow().deleted()).isEmpty();
        refused.set(false);
        requireSwept();
    }

    /// The task as a process of its own, told to stop as Fargate does it.
    @Test
    void a_task_that_gets_sigterm_deletes_its_instance_before_it_is_killed() throws Exception {
        var task = taskWithInstance();

        var begun = System.nanoTime();
        task.destroy();
        assertThat(task.waitFor(30, TimeUnit.SECONDS)).isTrue();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(25));
        assertThat(fake.calls("DeleteDBInstance")).isNotEmpty();
        assertThat(fake.left()).isEmpty();
    }

    /// Nobody closes anything, and the store does not help either.
    @Test
    void what_kill_9_leaves_is_swept_after_its_expiry_from_its_tags_alone() throws Exception {
        var task = taskWithInstance();

        task.destroyForcibly();
        assertThat(task.waitFor(30, TimeUnit.SECONDS)).isTrue();

        assertThat(fake.calls("DeleteDBInstance")).isEmpty();
        requireSwept();
    }

    private void requireSwept() {
        assertThat(fake.left()).hasSize(1);
        var sweeper = new RdsSweeper(client, STACK, run -> false);
        var id = fake.left().iterator().next();
        var expires = Instant.parse(fake.tags(id).get("pgvigil:expires"));

        assertThat(sweeper.sweep(expires.minusSeconds(1)).done()).isEmpty();
        assertThat(fake.left()).containsExactly(id);
        assertThat(sweeper.sweep(expires).done())
                .singleElement()
                .asString()
                .startsWith("deleted instance " + id);
        assertThat(fake.left()).isEmpty();
    }

    private Process taskWithInstance() throws Exception {
        var atWork = new CountDownLatch(2);
        fake.watch(call -> {
            if (call.action().equals("CreateDBInstance")) atWork.countDown();
            // It exists, and the task waits for it.
            if (call.action().equals("DescribeDBInstances")) atWork.countDown();
        });
        var run = attempts.ordered(order(plain, List.of(), List.of()));
        var builder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                TaskMain.class.getName(),
                                run.value())
                        .redirectErrorStream(true)
                        .redirectOutput(shared.resolve(run + ".log").toFile());
        builder.environment()
                .putAll(
                        Map.of(
                                "PGVIGIL_STORE",
                                "file://" + folder,
                                "PGVIGIL_STACK",
                                STACK,
                                "PGVIGIL_RDS_CA",
                                fake.authority().toString(),
                                "PGVIGIL_PG_BIN",
                                server.bin().toString(),
                                "AWS_ENDPOINT_URL_RDS",
                                fake.endpoint(),
                                "AWS_REGION",
                                "eu-west-1",
                                "AWS_ACCESS_KEY_ID",
                                "id",
                                "AWS_SECRET_ACCESS_KEY",
                                "key"));
        var task = builder.start();
        assertThat(atWork.await(120, TimeUnit.SECONDS))
                .as("%s", Files.readString(shared.resolve(run + ".log")))
                .isTrue();
        return task;
    }

    private static List<String> records() {
        try (var keys = open().list(Layout.RUNS)) {
            return keys.map(object -> object.key().value())
                    .filter(key -> key.endsWith(".instance.json"))
                    .toList();
        }
    }

    private static Order.Drill order(Manifest backup, List<Check> checks, List<Acceptance> accept) {
        return new Order.Drill(
                Attempts.SERVER,
                backup.database(),
                backup.backup(),
                2,
                checks,
                accept,
                Optional.of(PLACE));
    }

    private Drill drilled(Manifest backup, List<Check> checks, List<Acceptance> accept) {
        var closed = closed(backup, checks, accept);
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.DONE);
        var key = closed.outcomes().getFirst().record().orElseThrow();
        return Json.read(open().document(key).orElseThrow().content(), Drill.class, key.value());
    }

    private Seals.Closed closed(Manifest backup, List<Check> checks, List<Acceptance> accept) {
        var of = backup.database().equals(new DatabaseName("shop")) ? attempts : harder;
        var run = of.ordered(order(backup, checks, accept));
        var pace =
                new Pace(
                        Duration.ofMillis(200),
                        Duration.ofMillis(50),
                        Duration.ofSeconds(90),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(3),
                        Duration.ofMillis(300));
        var exit =
                of.task(
                                        of.healthy(),
                                        () ->
                                                new RdsHost(
                                                        new RdsInstances(client, pace),
                                                        new InstanceRecords(open()),
                                                        new RdsHost.Owner(
                                                                STACK,
                                                                "file://" + folder,
                                                                fake.authority()),
                                                        of.healthy().tools(),
                                                        Progress.NONE,
                                                        InstantSource.system()))
                                .perform(run)
                        ? 0
                        : 1;
        return of.sealed(run, exit);
    }
}
