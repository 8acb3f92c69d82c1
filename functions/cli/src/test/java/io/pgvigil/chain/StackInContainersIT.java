package io.pgvigil.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgvigil.core.RunId;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Stores;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.TaskContainer;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.localstack.LocalStackContainer;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.DesiredStatus;
import software.amazon.awssdk.services.ecs.model.Task;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/// The stack of `template.yaml`, deployed through CloudFormation into LocalStack or what takes its place,
/// its functions called there with the files of `events/`, and the tasks that they start run there as
/// containers of the real image, against a PostgreSQL of this machine.
///
/// The test does what the double does not: it fills in what its CloudFormation leaves out (`container.py`),
/// ticks in the place of the Scheduler, and says in the place of ECS that a task has stopped, as an event on
/// the bus, which the stack's own rule takes to `seal`.
///
/// Run with `-Plocalstack`; docs/testing.md says which images it needs.
@Tag("localstack")
@Tag("stack")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class StackInContainersIT {
    private static final String IMAGE = "PGVIGIL_LOCALSTACK_IMAGE";
    private static final String TOKEN = "LOCALSTACK_AUTH_TOKEN";
    private static final int ROWS = 2500;
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration CALL = Duration.ofMinutes(2);

    private static final LocalStackContainer CLOUD =
            new LocalStackContainer(
                            DockerImageName.parse(
                                            Optional.ofNullable(System.getenv(IMAGE))
                                                    .orElse("localstack/localstack:4.14.0"))
                                    .asCompatibleSubstituteFor("localstack/localstack"))
                    .withEnv(token());

    @TempDir private static Path folder;

    private static TestServer server;
    private static String host;
    private static JsonNode stack;
    private static ObjectStore store;
    private static LambdaClient functions;
    private static EcsClient ecs;
    private static EventBridgeClient bus;

    private static Map<String, String> token() {
        return Optional.ofNullable(System.getenv(TOKEN))
                .map(token -> Map.of(TOKEN, token))
                .orElse(Map.of());
    }

    @BeforeAll
    static void deploy() throws Exception {
        var image = TaskContainer.image();
        CLOUD.start();
        // This machine, as containers see it.
        host =
                CLOUD.getContainerInfo().getNetworkSettings().getNetworks().values().stream()
                        .map(network -> network.getGateway())
                        .findFirst()
                        .orElseThrow();
        server =
                TestServer.start(
                        "listen_addresses = '127.0.0.1, " + host + "'",
                        "hba_file = '" + everybodyWithPassword() + "'");
        server.sql("postgres", "create database orders");
        server.sql(
                "orders",
                "create schema app; create table app.orders (id int primary key, note text);"
                        + " insert into app.orders select n, 'order ' || n from generate_series(1, "
                        + ROWS
                        + ") n");
        stack = created(image);
        assertThat(stack.path("status").asText())
                .as(stack.path("reason").asText())
                .isEqualTo("CREATE_COMPLETE");
        functions = client(LambdaClient.builder()).build();
        ecs = client(EcsClient.builder()).build();
        bus = client(EventBridgeClient.builder()).build();
        System.setProperty("aws.accessKeyId", CLOUD.getAccessKey());
        System.setProperty("aws.secretAccessKey", CLOUD.getSecretKey());
        store =
                Stores.open(
                        StoreUri.parse(output("StoreUri")),
                        Map.of(
                                "PGVIGIL_S3_ENDPOINT",
                                CLOUD.getEndpoint().toString(),
                                "PGVIGIL_S3_REGION",
                                CLOUD.getRegion()));
    }

    @AfterAll
    static void stop() {
        CLOUD.stop();
        if (stack != null) removeFunctions();
        if (server != null) server.close();
    }

    /// Killed with its shell, the double leaves the containers of its functions; they are named after them.
    private static void removeFunctions() {
        var names = new ArrayList<String>();
        stack.path("outputs")
                .properties()
                .forEach(output -> {
                    if (output.getKey().endsWith("FunctionName"))
                        names.add(output.getValue().asText());
                });
        var engine = CLOUD.getDockerClient();
        for (var left : engine.listContainersCmd().withShowAll(true).withNameFilter(names).exec())
            engine.removeContainerCmd(left.getId()).withForce(true).withRemoveVolumes(true).exec();
    }

    @Test
    @Order(1)
    void every_function_answers_to_its_event() {
        assertThat(call("watch", EventFiles.read("watch.tick")).path("open").asInt()).isZero();
        assertThat(call("seal", EventFiles.read("seal.task-stopped")).path("ignored").asText())
                .isNotEmpty();
        // The first tick writes the configuration from the stack's parameters. Ten minutes later
        // than in
        // the file nothing of it is due.
        call("backup", EventFiles.read("backup.tick").replace("T02:30:00Z", "T02:40:00Z"));
        assertThat(configuration()).contains("orders-prod").contains(host);
        // Nothing is there yet to verify or restore: refused with code and hint, through Lambda.
        for (var request :
                Map.of("verify", "verify.manual", "restore", "restore.manual").entrySet())
            assertThat(refused(request.getKey(), EventFiles.read(request.getValue())))
                    .matches("(?s)PGV-\\d{4}: .*HINT: .*");
        if (stack.path("outputs").has("RetentionFunctionName"))
            call("retention", EventFiles.read("retention.plan"));
    }

    @Test
    @Order(2)
    void a_tick_becomes_a_sealed_and_announced_backup() {
        store.put(new ObjectKey("config.yaml"), changed(configuration()));
        store.put(
                new ObjectKey("schedule/tick.json"),
                Json.bytes(
                        Map.of("format", 1, "tick", Instant.now().minus(Duration.ofMinutes(10)))));
        var tick =
                EventFiles.read("backup.tick")
                        .replace(
                                "2026-11-22T02:30:00Z",
                                Instant.now().truncatedTo(ChronoUnit.SECONDS) + "");

        var started = call("backup", tick).path("started");
        assertThat(started).hasSize(1);
        // At-least-once: the same tick again starts nothing.
        assertThat(call("backup", tick).path("started")).isEmpty();

        played(started.path(0).asText(), RunState.SEALED);
        var made = new Catalog(store).backups(Catalog.Filter.ANY).getFirst();
        assertThat(made.totals().rows()).isEqualTo(ROWS);
    }

    @Test
    @Order(3)
    void somebody_asks_for_a_backup_and_its_proof() {
        var backup = call("backup", EventFiles.read("backup.configured"));
        played(backup.at("/runs/0/run").asText(), RunState.SEALED);

        var asked = (ObjectNode) tree(EventFiles.read("verify.manual"));
        asked.put("server", "orders-prod");
        var drill = call("verify", asked.toString()).path("run").asText();
        played(drill, RunState.DONE);

        var made = new Catalog(store).backups(Catalog.Filter.ANY).getFirst();
        assertThat(new Catalog(store).drills(made.server(), made.database()).getFirst().verdict())
                .isEqualTo(DrillVerdict.PROVEN);
    }

    @Test
    @Order(4)
    void the_proven_backup_is_restored_beside_the_original() {
        var asked = (ObjectNode) tree(EventFiles.read("restore.manual"));
        asked.put("server", "orders-prod");
        var target = (ObjectNode) asked.path("target");
        target.put("host", host);
        target.put("port", server.port());
        target.put("secret", stack.path("secret").asText());

        var restore = call("restore", asked.toString()).path("run").asText();
        played(restore, RunState.DONE);

        assertThat(server.sql("orders_restored", "select count(*) from app.orders"))
                .isEqualTo("" + ROWS);
        // Whoever had to be told was told, or the run would still be open.
        assertThat(call("watch", EventFiles.read("watch.tick")).path("open").asInt()).isZero();
        assertThat(store.pendingUploads("")).isEmpty();
    }

    /// Waits for the run's task to stop, and says so on the event bus, as ECS would, twice.
    private static void played(String run, RunState expected) {
        var tasks = new ArrayList<Task>();
        await(
                "the task of " + run + " has not stopped",
                () -> {
                    tasks.clear();
                    tasks.addAll(tasksOf(run));
                    return tasks.stream().anyMatch(task -> "STOPPED".equals(task.lastStatus()));
                });
        // The client token is unknown to the double; one task it is, because it was asked for once.
        assertThat(tasks).hasSize(1);
        for (var twice = 0; twice < 2; twice++) {
            var told = stopped(tasks.getFirst());
            var answer =
                    bus.putEvents(events ->
                            events.entries(entry ->
                                    entry.source("aws.ecs")
                                            .detailType("ECS Task State Change")
                                            .detail(told)
                                            .resources(tasks.getFirst().taskArn())));
            assertThat(answer.failedEntryCount()).isZero();
        }
        var runs = new Runs(store);
        var id = new RunId(run);
        await(
                "seal has not closed " + run,
                () -> runs.get(id).state().ended() && runs.open().isEmpty());
        assertThat(runs.get(id).failure()).as("%s", tasks.getFirst()).isEmpty();
        assertThat(runs.get(id).state()).isEqualTo(expected);
    }

    private static List<Task> tasksOf(String run) {
        var cluster = output("ClusterArn");
        // One that stops between the two questions is in both answers.
        var arns = new LinkedHashSet<String>();
        for (var status : List.of(DesiredStatus.RUNNING, DesiredStatus.STOPPED))
            arns.addAll(
                    ecs.listTasks(ask -> ask.cluster(cluster).desiredStatus(status)).taskArns());
        if (arns.isEmpty()) return List.of();
        return ecs.describeTasks(ask -> ask.cluster(cluster).tasks(arns)).tasks().stream()
                .filter(task -> run.equals(task.startedBy()))
                .toList();
    }

    /// The documented event with what ECS says of this task.
    private static String stopped(Task task) {
        var detail =
                (ObjectNode) tree(EventFiles.read("seal.task-stopped")).path("detail").deepCopy();
        detail.put("clusterArn", task.clusterArn());
        detail.put("group", task.group());
        detail.put("startedBy", task.startedBy());
        detail.put("taskArn", task.taskArn());
        detail.put("stoppedReason", task.stoppedReason());
        var container = (ObjectNode) detail.path("containers").path(0);
        container.put("exitCode", task.containers().getFirst().exitCode());
        return detail.toString();
    }

    private static JsonNode call(String function, String event) {
        var answer = invoked(function, event);
        assertThat(answer.functionError())
                .as("%s: %s", function, answer.payload().asUtf8String())
                .isNull();
        return tree(answer.payload().asUtf8String());
    }

    /// What the function said, instead of an answer.
    private static String refused(String function, String event) {
        var answer = invoked(function, event);
        assertThat(answer.functionError()).as(answer.payload().asUtf8String()).isNotNull();
        return tree(answer.payload().asUtf8String()).path("errorMessage").asText();
    }

    private static software.amazon.awssdk.services.lambda.model.InvokeResponse invoked(
            String function, String event) {
        var key =
                Character.toUpperCase(function.charAt(0)) + function.substring(1) + "FunctionName";
        return functions.invoke(
                call -> call.functionName(output(key)).payload(SdkBytes.fromUtf8String(event)));
    }

    /// What the operator changes before the first backup: no TLS in this test, and one every five minutes.
    private static byte[] changed(String configuration) {
        var profile =
                """

                profiles:
                  often: { logical: "every 5m", keep: { daily: 7 } }
                """;
        return (configuration
                                .replaceFirst("profile: *\\S+", "profile: often")
                                .replaceFirst("( +)user:", "$1sslmode: prefer\n$1user:")
                        + profile)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String configuration() {
        return store.document(new ObjectKey("config.yaml"))
                .map(found -> new String(found.content(), StandardCharsets.UTF_8))
                .orElseThrow();
    }

    private static JsonNode created(String image) throws IOException, InterruptedException {
        var script = Path.of("src/test/resources/template/container.py").toAbsolutePath();
        var parameters =
                Map.of(
                        "FirstServer",
                        "orders-prod",
                        "FirstHost",
                        host,
                        "FirstPort",
                        server.port() + "",
                        "FirstUser",
                        TestServer.USER,
                        "FirstDatabases",
                        "orders",
                        "ImageUri",
                        image,
                        "Architecture",
                        System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x86_64",
                        // Left out, it is AWS::NoValue, which the double takes for a number that is
                        // none.
                        "ReserveConcurrency",
                        "true");
        var out = folder.resolve("stack.json");
        var error = folder.resolve("stack.log");
        var builder =
                new ProcessBuilder(
                                "python3",
                                script.toString(),
                                EventFiles.top().resolve("template.yaml").toString(),
                                CLOUD.getEndpoint().toString(),
                                Json.line(parameters))
                        .redirectOutput(out.toFile())
                        .redirectError(error.toFile());
        builder.environment().put("FIRST_PASSWORD", TestServer.PASSWORD);
        builder.environment().put("AWS_DEFAULT_REGION", CLOUD.getRegion());
        var status = builder.start().waitFor();
        assertThat(status).as(Files.readString(error)).isZero();
        return tree(Files.readString(out));
    }

    /// From any address, with the password.
    private static Path everybodyWithPassword() throws IOException {
        var file =
                Files.createTempFile(
                        Path.of("/tmp"),
                        "pgvigil-hba-",
                        ".conf",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-r--r--")));
        file.toFile().deleteOnExit();
        return Files.writeString(
                file, "local all all scram-sha-256\nhost all all all scram-sha-256\n");
    }

    private static <
                    B extends
                            AwsClientBuilder<B, ?>
                                    & software.amazon.awssdk.awscore.client.builder
                                                    .AwsSyncClientBuilder<
                                            B, ?>>
            B client(B builder) {
        return builder.endpointOverride(CLOUD.getEndpoint())
                .region(Region.of(CLOUD.getRegion()))
                .httpClientBuilder(Apache5HttpClient.builder().socketTimeout(CALL))
                .overrideConfiguration(calls -> calls.retryStrategy(retry -> retry.maxAttempts(1)))
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsBasicCredentials.create(
                                        CLOUD.getAccessKey(), CLOUD.getSecretKey())));
    }

    private static void await(String otherwise, BooleanSupplier done) {
        var clock = InstantSource.system();
        var deadline = clock.instant().plus(LONGEST);
        while (!done.getAsBoolean()) {
            assertThat(clock.instant()).as(otherwise).isBefore(deadline);
            TaskContainer.pause();
        }
    }

    private static String output(String key) {
        return stack.path("outputs").path(key).asText();
    }

    private static JsonNode tree(String json) {
        return Json.readTree(json.getBytes(StandardCharsets.UTF_8), "what was said");
    }
}
