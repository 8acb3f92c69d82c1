package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.adobe.testing.s3mock.S3MockApplication;
import com.sun.net.httpserver.HttpServer;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Stores;
import io.pgvigil.testkit.TaskContainer;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Runs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The image itself: a dump of a real PostgreSQL from inside the container, sealed and proven in an S3
/// that others wrote, and what the container leaves when it is stopped or killed.
///
/// Needs a container engine, and is left out of an ordinary build, so that green never means that it was
/// skipped; `./pgvigil test` runs it wherever an engine is or can be made.
@Tag("container")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TaskImageIT {
    private static final String BUCKET = "pgvigil-image";
    private static final String DATABASE = "shop";

    /// Enough for several parts of an upload; the proxies stall inside.
    private static final int BIG_ROWS = 900_000;

    private static final long STALL_AFTER = 50L << 20;

    private static TestServer server;
    private static String endpoint;

    private String address;
    private ObjectStore store;
    private Runs runs;
    private Attempts attempts;
    private Attempts big;

    @BeforeAll
    static void a_server_with_a_shop_and_an_s3() {
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        var settings = new HashMap<String, Object>();
        settings.put(S3MockApplication.PROP_HTTP_PORT, S3MockApplication.RANDOM_PORT);
        settings.put(S3MockApplication.PROP_HTTPS_PORT, S3MockApplication.RANDOM_PORT);
        settings.put(S3MockApplication.PROP_SILENT, true);
        settings.put("com.adobe.testing.s3mock.store.initial-buckets", BUCKET);
        // Otherwise the end of the tests waits for connections that nobody closes.
        settings.put("server.shutdown", "immediate");
        settings.put("spring.lifecycle.timeout-per-shutdown-phase", "1s");
        endpoint = "http://127.0.0.1:" + S3MockApplication.start(settings).getHttpPort();

        server = TestServer.start();
        server.sql("postgres", "create role clerk");
        server.sql("postgres", "create database " + DATABASE);
        server.sql(
                DATABASE,
                """
                create table customers (id int primary key, name text not null);
                insert into customers select id, md5(id::text) from generate_series(1, 5000) id;
                create table orders (id int primary key, customer int references customers);
                insert into orders select id, 1 + id % 5000 from generate_series(1, 9000) id;
                grant select on orders to clerk;
                select lo_from_bytea(0, decode(repeat('c0ffee', 20000), 'hex'));
                """);
        server.sql("postgres", "create database big");
        server.sql(
                "big",
                "create table tokens as select md5(n::text) as a, md5((-n)::text) as b"
                        + " from generate_series(1, "
                        + BIG_ROWS
                        + ") n");
        // Built before the first test's time begins.
        assertThat(TaskContainer.image()).isNotBlank();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void an_empty_store() {
        address = "s3://" + BUCKET + "/pg-" + UUID.randomUUID();
        store = Stores.open(StoreUri.parse(address), reachingS3());
        runs = new Runs(store);
        attempts = new Attempts(store, server, DATABASE);
        big = new Attempts(store, server, "big");
    }

    private static Map<String, String> reachingS3() {
        return Map.of("PGVIGIL_S3_ENDPOINT", endpoint, "PGVIGIL_S3_REGION", "eu-west-1");
    }

    private Map<String, String> environment() {
        var environment = new HashMap<>(reachingS3());
        environment.put("PGVIGIL_STORE", address);
        environment.put("AWS_ACCESS_KEY_ID", "test");
        environment.put("AWS_SECRET_ACCESS_KEY", "test");
        environment.put("PGPASSWORD", TestServer.PASSWORD);
        return environment;
    }

    private RunId backupOrdered(String database, int port) {
        var connection =
                new ConnectionRef(
                        "127.0.0.1",
                        port,
                        TestServer.USER,
                        "prefer",
                        Optional.empty(),
                        Optional.empty());
        return attempts.ordered(
                new Order.Backup(
                        Attempts.SERVER,
                        connection,
                        List.of(new DatabaseName(database)),
                        List.of(),
                        Selection.EVERYTHING,
                        1,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(3)));
    }

    @Test
    void a_dump_from_the_container_lands_sealed_and_is_proven_by_the_container() {
        var asked = backupOrdered(DATABASE, server.port());
        try (var task = TaskContainer.run(asked, environment())) {
            assertThat(task.exit()).as(task.logs()).isZero();
        }
        assertThat(attempts.listed()).as("before the seal").isEmpty();
        var closed = attempts.sealed(asked, 0);
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        var backup = attempts.listed().getFirst();
        assertThat(backup.totals().rows()).isEqualTo(14_000);

        var drill =
                attempts.ordered(
                        new Order.Drill(
                                Attempts.SERVER,
                                new DatabaseName(DATABASE),
                                backup.backup(),
                                2,
                                List.of(),
                                List.of()));
        try (var task = TaskContainer.run(drill, environment())) {
            assertThat(task.exit()).as(task.logs()).isZero();
        }
        var proof = attempts.sealed(drill, 0);
        assertThat(proof.state()).as("%s", proof.why()).isEqualTo(RunState.DONE);
        var record = attempts.record(proof, Drill.class);
        assertThat(record.verdict()).as("%s", record).isEqualTo(DrillVerdict.PROVEN);
        assertThat(record.equal()).containsEntry("rows", 14_000L);
        attempts.requireTidy();
    }

    /// The other major of the image, as a server inside of it.
    @Test
    void a_whole_server_of_postgresql_17_is_copied_harvested_and_proven_by_the_container()
            throws SQLException, InterruptedException, IOException {
        var port = freePort();
        var start =
                "set -e; cd /usr/lib/postgresql/17/bin; echo "
                        + TestServer.PASSWORD
                        + " > /tmp/pw; ./initdb -D /work/data -U postgres --auth=scram-sha-256"
                        + " --pwfile=/tmp/pw --data-checksums --wal-segsize=1 >&2; exec ./postgres -D"
                        + " /work/data -p "
                        + port
                        + " -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
                        + " -c max_slot_wal_keep_size=400MB";
        try (var seventeen = TaskContainer.program("sh", "-c", start)) {
            try (var connection = connected(port, seventeen);
                    var statement = connection.createStatement()) {
                statement.execute(
                        "create table orders as select id, md5(id::text) from generate_series(1, 20000) id");
                statement.execute("create index on orders (id)");
                containerDone(harvest(port));
                var asked =
                        attempts.ordered(
                                new Order.Physical(
                                        Attempts.SERVER, at(port), 1, Duration.ofMinutes(3)));
                containerDone(asked);
                var closed = attempts.sealed(asked, 0);
                assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
                statement.execute(
                        "insert into orders select id, '' from generate_series(1, 500) id");
                statement.execute(
                        "insert into orders select id, '' from generate_series(1, 500) id");
                containerDone(harvest(port));
            }
        }
        var base = attempts.listed().getLast();
        assertThat(base.serverVersion()).startsWith("17");

        var drill =
                attempts.ordered(
                        new Order.Drill(
                                Attempts.SERVER,
                                DatabaseName.CLUSTER,
                                base.backup(),
                                2,
                                List.of(),
                                List.of()));
        containerDone(drill);
        var record = attempts.record(attempts.sealed(drill, 0), Drill.class);
        assertThat(record.verdict()).as("%s", record).isEqualTo(DrillVerdict.PROVEN);
        assertThat(record.physical().orElseThrow().recoveries()).hasSize(2);
        assertThat(record.physical().get().rows()).isEqualTo(21_000);
        // pg_verifybackup, pg_amcheck and pg_checksums are all in the image.
        assertThat(record.equal()).containsKey("files");
        assertThat(record.unproven()).isEmpty();
    }

    private RunId harvest(int port) {
        return attempts.ordered(
                new Order.Harvest(
                        Attempts.SERVER, at(port), "pgvigil", 1, Duration.ofMinutes(1), false));
    }

    private void containerDone(RunId run) {
        try (var task = TaskContainer.run(run, environment())) {
            assertThat(task.exit()).as(task.logs()).isZero();
        }
    }

    private static ConnectionRef at(int port) {
        return new ConnectionRef(
                "127.0.0.1", port, TestServer.USER, "prefer", Optional.empty(), Optional.empty());
    }

    private static Connection connected(int port, TaskContainer container)
            throws SQLException, InterruptedException {
        var url =
                "jdbc:postgresql://127.0.0.1:"
                        + port
                        + "/postgres?user=postgres&password="
                        + TestServer.PASSWORD;
        for (var attempt = 0; ; attempt++) {
            try {
                return DriverManager.getConnection(url);
            } catch (SQLException notYet) {
                assertThat(attempt).as(container.logs()).isLessThan(300);
                Thread.sleep(200);
            }
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void sigterm_stops_the_dump_aborts_the_upload_and_reports_why() {
        try (var proxy = new StallingProxy(server.port(), STALL_AFTER)) {
            var asked = backupOrdered("big", proxy.port());
            try (var task = TaskContainer.run(asked, environment())) {
                awaitUploadThrough(proxy, task);

                var began = System.nanoTime();
                task.stop(Duration.ofSeconds(30));
                var took = Duration.ofNanos(System.nanoTime() - began);

                // A container that had to be killed has 137.
                assertThat(task.exit()).as(task.logs()).isEqualTo(143);
                assertThat(took).isLessThan(Duration.ofSeconds(20));
            }
            var report = runs.reportOf(asked).orElseThrow();
            assertThat(report.failure().orElseThrow().code())
                    .isEqualTo(ErrorCode.RUN_CANCELLED.id());
            assertThat(report.failure().orElseThrow().what()).contains("told to stop");
            requireNoUploads();
            var closed = big.sealed(asked, 143);
            assertThat(closed.state()).isEqualTo(RunState.FAILED);
            big.requireNothingLeft();
        }
        requireNobodyIn("big");
    }

    /// A session ends a moment after its connection did.
    private void requireNobodyIn(String database) {
        var sessions = "select count(*) from pg_stat_activity where datname = '" + database + "'";
        var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!server.sql("postgres", sessions).equals("0") && System.nanoTime() < deadline)
            TaskContainer.pause();
        assertThat(server.sql("postgres", sessions)).isEqualTo("0");
    }

    @Test
    void sigterm_during_a_drill_stops_its_server_and_reports_why() {
        var asked = backupOrdered(DATABASE, server.port());
        try (var task = TaskContainer.run(asked, environment())) {
            assertThat(task.exit()).as(task.logs()).isZero();
        }
        assertThat(attempts.sealed(asked, 0).state()).isEqualTo(RunState.SEALED);
        var backup = attempts.listed().getFirst();
        // Its owner's question keeps the drill at its temporary server until it is told to stop.
        var slow = new Check("slow", "select pg_sleep(300) is not null");

        var drill =
                attempts.ordered(
                        new Order.Drill(
                                Attempts.SERVER,
                                new DatabaseName(DATABASE),
                                backup.backup(),
                                2,
                                List.of(slow),
                                List.of()));
        try (var task = TaskContainer.run(drill, environment())) {
            while (!task.logs().contains("\"progress\":\"checks\"")) {
                assertThat(task.state().getRunning()).as(task.logs()).isTrue();
                TaskContainer.pause();
            }
            var began = System.nanoTime();
            task.stop(Duration.ofSeconds(60));
            var took = Duration.ofNanos(System.nanoTime() - began);

            // A container that had to be killed has 137.
            assertThat(task.exit()).as(task.logs()).isEqualTo(143);
            assertThat(took).isLessThan(Duration.ofSeconds(40));
        }

        var failure = runs.reportOf(drill).orElseThrow().failure().orElseThrow();
        assertThat(failure.code()).as(failure.toString()).isEqualTo(ErrorCode.RUN_CANCELLED.id());
        assertThat(failure.what()).contains("cancelled while check slow");
        assertThat(attempts.sealed(drill, 143).state()).isEqualTo(RunState.FAILED);
        try (var keys = store.list("")) {
            assertThat(keys.map(object -> object.key().value()))
                    .as("a verdict")
                    .noneMatch(key -> key.contains("/drills/"));
        }
        attempts.requireTidy();
    }

    @Test
    void a_container_that_is_killed_leaves_nothing_that_looks_like_a_backup() {
        try (var proxy = new StallingProxy(server.port(), STALL_AFTER)) {
            var asked = backupOrdered("big", proxy.port());
            try (var task = TaskContainer.run(asked, environment())) {
                awaitUploadThrough(proxy, task);
                task.kill();
                assertThat(task.exit()).isEqualTo(137);
            }
            assertThat(runs.reportOf(asked)).isEmpty();
            assertThat(big.listed()).isEmpty();
            assertThat(uploads()).isPositive();

            var closed = big.sealed(asked, 137);

            assertThat(closed.state()).isEqualTo(RunState.FAILED);
            assertThat(closed.why().orElseThrow().hint()).contains("want of memory");
            big.requireNothingLeft();
        }
        requireNextContainerWorks();
    }

    @Test
    void a_container_that_runs_out_of_memory_leaves_nothing_that_looks_like_a_backup() {
        // A heap that may outgrow the container, and is not collected before it does.
        var environment = environment();
        environment.put("_JAVA_OPTIONS", "-Xmx1g -Xmn900m");
        var asked = backupOrdered("big", server.port());
        var small = 120L << 20;
        try (var task =
                TaskContainer.run(
                        asked, environment, host -> host.withMemory(small).withMemorySwap(small))) {
            assertThat(task.exit()).as(task.logs()).isEqualTo(137);
            // Not at its start: pg_dump was at work.
            assertThat(task.logs()).contains("\"progress\":\"dump\"");
        }
        assertThat(big.listed()).isEmpty();
        assertThat(big.sealed(asked, 137).state()).isEqualTo(RunState.FAILED);
        big.requireNothingLeft();
    }

    @Test
    void credentials_come_from_the_endpoint_of_ecs() throws Exception {
        var asked = new CopyOnWriteArrayList<String>();
        var ecs = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ecs.createContext(
                "/",
                exchange -> {
                    asked.add(
                            exchange.getRequestURI().getPath()
                                    + " "
                                    + exchange.getRequestHeaders().getFirst("Authorization"));
                    var body =
                            """
                            {"RoleArn": "role", "AccessKeyId": "fromecs", "SecretAccessKey": "secret",
                             "Token": "token", "Expiration": "2099-01-01T00:00:00Z"}
                            """
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    try (var out = exchange.getResponseBody()) {
                        out.write(body);
                    }
                });
        ecs.start();
        try {
            var service = "http://127.0.0.1:" + ecs.getAddress().getPort();
            for (var found :
                    List.of(
                            Map.of(
                                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                    "/v2/relative",
                                    // Where ECS has 169.254.170.2.
                                    "AWS_CONTAINER_SERVICE_ENDPOINT",
                                    service),
                            Map.of(
                                    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                    service + "/full",
                                    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                    "token-of-the-agent"))) {
                var environment = environment();
                environment.remove("AWS_ACCESS_KEY_ID");
                environment.remove("AWS_SECRET_ACCESS_KEY");
                environment.putAll(found);
                var run = backupOrdered(DATABASE, server.port());
                try (var task = TaskContainer.run(run, environment)) {
                    assertThat(task.exit()).as(task.logs()).isZero();
                }
                assertThat(attempts.sealed(run, 0).state()).isEqualTo(RunState.SEALED);
            }
        } finally {
            ecs.stop(0);
        }
        assertThat(asked).contains("/v2/relative null", "/full token-of-the-agent");
    }

    @Test
    void without_credentials_the_task_fails_and_names_them() {
        var environment = environment();
        environment.remove("AWS_ACCESS_KEY_ID");
        environment.remove("AWS_SECRET_ACCESS_KEY");
        environment.put("AWS_EC2_METADATA_DISABLED", "true");
        var run = backupOrdered(DATABASE, server.port());

        try (var task = TaskContainer.run(run, environment)) {
            assertThat(task.exit()).isNotZero();
            assertThat(task.logs()).containsIgnoringCase("credentials");
        }
    }

    @Test
    void the_user_is_not_root_and_can_write_into_the_volumes_only() {
        var script =
                """
                id -u
                for place in / /opt /opt/pgvigil /opt/pgvigil/app /opt/java /usr/bin /etc /var/lib /home; do
                    if touch "$place/written" 2>/dev/null; then echo "wrote into $place"; fi
                done
                for place in /work /tmp; do touch "$place/written" && echo "may write $place"; done
                grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'
                """;
        try (var shell = TaskContainer.program("sh", "-c", script)) {
            assertThat(shell.exit()).isZero();
            assertThat(shell.logs().lines())
                    .containsExactlyInAnyOrder(
                            "10001",
                            "may write /work",
                            "may write /tmp",
                            "CapPrm:0000000000000000",
                            "CapEff:0000000000000000",
                            "CapBnd:0000000000000000",
                            "NoNewPrivs:1");
        }
    }

    @Test
    void the_image_holds_what_a_task_needs_and_nothing_of_its_build() throws Exception {
        var script =
                """
                for bin in /usr/lib/postgresql/*/bin; do "$bin/pg_dump" --version; done
                zstd --version >/dev/null && echo zstd
                find / -xdev \\( -name '*_history' -o -name '.pgpass' -o -name '.aws' -o -name '*.p12' \\
                    -o -name '*.passfile' -o -name '*.deb' -o -name '*.aotconf' -o -name 'libLLVM*' \\
                    -o -name 'pgvigil-testkit*' -o -name 'picocli*' \\) 2>/dev/null | sed 's/^/left: /'
                find /work /tmp /root /home /var/lib/apt/lists /var/cache/apt -type f 2>/dev/null | sed 's/^/left: /'
                find / -xdev -perm /6000 -type f 2>/dev/null | sed 's/^/set-uid: /'
                env | cut -d= -f1 | sort | tr '\\n' ' '
                """;
        try (var shell = TaskContainer.program("sh", "-c", script)) {
            assertThat(shell.exit()).isZero();
            var lines = shell.logs().lines().toList();
            assertThat(lines).filteredOn(line -> line.startsWith("left: ")).isEmpty();
            assertThat(lines).filteredOn(line -> line.startsWith("set-uid: ")).isEmpty();
            assertThat(lines).contains("zstd");
            assertThat(lines)
                    .filteredOn(line -> line.startsWith("pg_dump (PostgreSQL)"))
                    .hasSizeGreaterThanOrEqualTo(2);
            assertThat(lines.getLast())
                    .doesNotContain("PASSWORD", "SECRET", "TOKEN", "AWS_")
                    .contains("PGVIGIL_RDS_CA", "PGVIGIL_WORK");
        }
        try (var cat = TaskContainer.program("cat", "/opt/pgvigil/rds-ca.pem")) {
            assertThat(cat.exit()).isZero();
            var certificates =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(
                                    new ByteArrayInputStream(
                                            cat.logs().getBytes(StandardCharsets.UTF_8)));
            assertThat(certificates).hasSizeGreaterThan(10);
        }
    }

    @Test
    void java_starts_with_the_cache_of_the_rehearsal() {
        try (var java =
                TaskContainer.program(
                        "/opt/java/bin/java",
                        "@/opt/pgvigil/java.options",
                        "-XX:AOTCache=/opt/pgvigil/task.aot",
                        // Java goes on without a cache that does not fit; here it must not.
                        "-XX:AOTMode=on",
                        "io.pgvigil.task.TaskMain")) {
            assertThat(java.exit()).as(java.logs()).isEqualTo(2);
            assertThat(java.logs()).contains("usage: task RUN-ID");
        }
    }

    private void awaitUploadThrough(StallingProxy proxy, TaskContainer task) {
        while (!proxy.stalled() || uploads() == 0) {
            assertThat(task.state().getRunning()).as(task.logs()).isTrue();
            TaskContainer.pause();
        }
    }

    private long uploads() {
        try (var pending = store.pendingUploads("")) {
            return pending.count();
        }
    }

    private void requireNoUploads() {
        assertThat(uploads()).as("uploads under way").isZero();
    }

    private void requireNextContainerWorks() {
        var asked = backupOrdered("big", server.port());
        try (var task = TaskContainer.run(asked, environment())) {
            assertThat(task.exit()).as(task.logs()).isZero();
        }
        assertThat(big.sealed(asked, 0).state()).isEqualTo(RunState.SEALED);
        assertThat(big.listed()).hasSize(1);
    }
}
