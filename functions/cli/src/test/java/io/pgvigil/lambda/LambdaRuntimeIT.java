package io.pgvigil.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgvigil.chain.AwsDouble;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Stores;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The functions in the real Lambda runtime client, the real task, a real PostgreSQL: catches
/// what only packaging, handler names and serialization can break.
final class LambdaRuntimeIT {
    private static final int ROWS = 1000;

    /// The server of the manual events; other tests have others in the same store.
    private static final Catalog.Filter ORDERS =
            new Catalog.Filter(Optional.of(new ServerName("orders-test")), Optional.empty());

    private static final long TASK_SECONDS = 240;

    @TempDir private static Path folder;

    private static TestServer server;
    private static Map<String, String> environment;
    private static Runs runs;
    private static Catalog catalog;

    @BeforeAll
    static void a_server_with_orders_and_an_empty_store() throws IOException {
        server = TestServer.start();
        server.sql("postgres", "create database orders");
        server.sql(
                "orders",
                "create schema app; create table app.orders (id int primary key, note text);"
                        + " insert into app.orders select n, 'order ' || n from generate_series(1, "
                        + ROWS
                        + ") n");
        var place = Files.createDirectory(folder.resolve("store")).toString();
        environment =
                Map.of(
                        "PGVIGIL_STORE",
                        place,
                        "PGVIGIL_TASK_COMMAND",
                        DeployedFunction.java()
                                + " -XX:+UseSerialGC -Xmx320m --enable-native-access=ALL-UNNAMED"
                                + " --sun-misc-unsafe-memory-access=allow -cp "
                                + EventFiles.top().resolve("functions/cli/target/lib")
                                + "/* io.pgvigil.task.TaskMain",
                        "ORDERS_PASSWORD",
                        TestServer.PASSWORD);
        var store = Stores.open(StoreUri.parse(place), Map.of());
        runs = new Runs(store);
        catalog = new Catalog(store);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_backup_is_made_sealed_proven_and_restored_by_the_deployed_functions() throws Exception {
        try (var backup = DeployedFunction.start("backup", environment, folder);
                var seal = DeployedFunction.start("seal", environment, folder);
                var verify = DeployedFunction.start("verify", environment, folder);
                var restore = DeployedFunction.start("restore", environment, folder);
                var report = DeployedFunction.start("report", environment, folder)) {
            // Backup: ordered once although the platform delivers it twice.
            var asked = onThisServer("backup.manual", "connection");
            var ordered = answer(backup.invoke("request-1", asked)).at("/runs/0/run").asText();
            var again = answer(backup.invoke("request-1", asked)).at("/runs/0/run").asText();
            assertThat(again).isEqualTo(ordered);
            awaitTask(ordered);
            assertThat(catalog.backups(ORDERS)).isEmpty();

            // Seal: twice the same, one backup.
            var sealed = answer(seal.invoke(stopped(ordered)));
            assertThat(sealed.path("state").asText()).isEqualTo("SEALED");
            assertThat(answer(seal.invoke(stopped(ordered)))).isEqualTo(sealed);
            var manifest = catalog.backups(ORDERS).getFirst();
            assertThat(manifest.totals().rows()).isEqualTo(ROWS);

            // Verify.
            var drill =
                    answer(verify.invoke(EventFiles.read("verify.manual"))).path("run").asText();
            awaitTask(drill);
            answer(seal.invoke(stopped(drill)));
            assertThat(runs.get(new RunId(drill)).state()).isEqualTo(RunState.DONE);
            var verdict = catalog.drills(manifest.server(), manifest.database()).getFirst();
            assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(DrillVerdict.PROVEN);
            assertThat(verdict.checks()).allMatch(check -> check.passed()).hasSize(1);

            // Restore into a database of its own.
            var restored =
                    answer(restore.invoke(onThisServer("restore.manual", "target")))
                            .path("run")
                            .asText();
            awaitTask(restored);
            answer(seal.invoke(stopped(restored)));
            assertThat(runs.get(new RunId(restored)).failure()).isEmpty();
            assertThat(server.sql("orders_restored", "select count(*) from app.orders"))
                    .isEqualTo("" + ROWS);

            // Report: the page of what was just done.
            var page = answer(report.invoke(EventFiles.read("report.manual")));
            assertThat(Files.readString(Path.of(URI.create(page.path("link").asText()))))
                    .startsWith("<!DOCTYPE html>");

            assertThat(backup.log() + seal.log() + verify.log() + restore.log() + report.log())
                    .doesNotContain(TestServer.PASSWORD);
        }
    }

    @Test
    void a_tick_queues_what_is_due_and_seal_and_watch_bring_it_on() throws Exception {
        var config = folder.resolve("pgvigil.yaml");
        Files.writeString(
                config,
                """
                store: %s
                servers:
                  scheduled:
                    connect: { host: 127.0.0.1, port: %d, user: postgres, secret: env:ORDERS_PASSWORD, sslmode: prefer }
                    databases: [orders, postgres]
                    profile: often
                profiles:
                  often: { logical: "every 5m", keep: { daily: 7 } }
                """
                        .formatted(environment.get("PGVIGIL_STORE"), server.port()));
        var scheduled = new HashMap<>(environment);
        scheduled.put("PGVIGIL_CONFIG", config.toString());
        scheduled.put("PGVIGIL_STACK", "acme");
        scheduled.put("PGVIGIL_TOPIC", "arn:aws:sns:eu-west-1:123456789012:acme");
        scheduled.put("AWS_ACCESS_KEY_ID", "test");
        scheduled.put("AWS_SECRET_ACCESS_KEY", "test");
        var aws = new AwsDouble(TestServer.PASSWORD);
        scheduled.put("AWS_ENDPOINT_URL", aws.endpoint().toString());
        try (aws;
                var backup = DeployedFunction.start("backup", scheduled, folder);
                var seal = DeployedFunction.start("seal", scheduled, folder);
                var watch = DeployedFunction.start("watch", scheduled, folder)) {
            var ticked =
                    answer(
                            backup.invoke(
                                    "{\"tick\": \""
                                            + Instant.now().truncatedTo(ChronoUnit.MINUTES)
                                            + "\"}"));
            assertThat(ticked.path("runs")).hasSize(2);
            assertThat(ticked.path("started")).hasSize(1);
            var first = ticked.at("/started/0").asText();
            awaitTask(first);

            assertThat(answer(seal.invoke(stopped(first))).path("state").asText())
                    .isEqualTo("SEALED");
            var ignored = answer(seal.invoke(stopped("somebody-elses")));
            assertThat(ignored.path("ignored").asText()).isNotEmpty();

            // Nobody tells of the second's end.
            var second =
                    runs.open(new ServerName("scheduled")).getFirst().run().orElseThrow().run();
            assertThat(second.value()).isNotEqualTo(first);
            awaitTask(second.value());
            var watched = answer(watch.invoke(EventFiles.read("watch.tick")));
            assertThat(watched.path("closed").toString()).contains(second.value());
            assertThat(runs.get(second).state()).isEqualTo(RunState.SEALED);
            assertThat(runs.open(new ServerName("scheduled"))).isEmpty();

            assertThat(seal.log()).contains("\"_aws\"").contains("\"BackupsSealed\":1");
            // Each told once, the first by seal and the second by watch.
            assertThat(aws.asked("Publish"))
                    .extracting(mail -> mail.path("Subject").asText())
                    .hasSize(2)
                    .allMatch(subject -> subject.contains("scheduled"));
        }
    }

    @Test
    void a_refused_event_reaches_lambda_as_an_error_with_code_and_hint() throws Exception {
        try (var backup = DeployedFunction.start("backup", environment, folder)) {
            var refused =
                    backup.invoke("{\"connection\": \"postgresql://postgres:hunter2@db/orders\"}");

            assertThat(refused.failed()).isTrue();
            var error = tree(refused.body());
            assertThat(error.path("errorType").asText())
                    .isEqualTo("io.pgvigil.core.problem.Problem");
            assertThat(error.path("errorMessage").asText())
                    .startsWith("PGV-1008: ")
                    .contains("HINT: events/backup.manual.json");
            assertThat(refused.body() + backup.log()).doesNotContain("hunter2");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup", "seal", "verify", "restore", "watch", "retention", "report"})
    void a_functions_jar_holds_its_own_classes_and_nothing_else(String function)
            throws IOException {
        try (var jar = new ZipFile(DeployedFunction.jar(function).toFile())) {
            assertThat(jar.stream().filter(entry -> !entry.isDirectory()))
                    .extracting(entry -> entry.getName())
                    .anyMatch(name -> name.endsWith("Handler.class"))
                    .allMatch(name ->
                            name.startsWith("META-INF/")
                                    || name.startsWith("io/pgvigil/" + function + "/"));
        }
    }

    @Test
    void the_layer_holds_what_functions_share_and_nothing_of_the_task_or_the_command()
            throws IOException {
        var jars = DeployedFunction.layerJars();

        assertThat(jars)
                .anyMatch(name -> name.startsWith("pgvigil-runtime-"))
                .anyMatch(name -> name.startsWith("pgvigil-wire-"))
                .noneMatch(name ->
                        name.matches(
                                "(postgresql|zstd-jni|picocli|progressbar|junit|assertj"
                                        + "|aws-lambda-java-serialization"
                                        + "|pgvigil-(testkit|postgres|task|cli)).*"));
        try (var zip =
                new ZipFile(
                        EventFiles.top()
                                .resolve("layers/runtime/target/pgvigil-runtime-layer.zip")
                                .toFile())) {
            assertThat(
                            zip.stream()
                                    .filter(entry -> !entry.isDirectory())
                                    .map(entry -> entry.getName()))
                    .containsExactlyInAnyOrderElementsOf(
                            jars.stream().map(name -> "java/lib/" + name).toList());
        }
    }

    /// Waits until the task has had its last word and its process is gone.
    private static void awaitTask(String run) throws Exception {
        var id = new RunId(run);
        var task = runs.get(id).task().orElseThrow();
        var pid = Long.parseLong(task.substring("pid-".length(), task.indexOf('@')));
        var handle = ProcessHandle.of(pid);
        if (handle.isPresent()) handle.get().onExit().get(TASK_SECONDS, TimeUnit.SECONDS);
        assertThat(runs.reportOf(id)).as("the report of %s", run).isPresent();
        assertThat(runs.reportOf(id).orElseThrow().failure()).isEmpty();
    }

    private static String onThisServer(String event, String connection) {
        var tree = (ObjectNode) tree(EventFiles.read(event));
        ((ObjectNode) tree.path(connection)).put("port", server.port());
        return tree.toString();
    }

    private static String stopped(String run) {
        return EventFiles.read("seal.task-stopped")
                .replace("20261122T023000Z-backup-9f3c21d0a4", run);
    }

    private static JsonNode answer(RuntimeApi.Answer answer) {
        assertThat(answer.failed()).as(answer.body()).isFalse();
        return tree(answer.body());
    }

    private static JsonNode tree(String json) {
        return Json.readTree(json.getBytes(StandardCharsets.UTF_8), "the answer");
    }
}
