package io.pgvigil.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.adobe.testing.s3mock.S3MockApplication;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgvigil.core.RunId;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.lambda.DeployedFunction;
import io.pgvigil.lambda.RuntimeApi;
import io.pgvigil.runtime.Stores;
import io.pgvigil.template.Resolver;
import io.pgvigil.template.Template;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.TaskContainer;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From the Scheduler's tick to the announcement, with what is deployed: the packaged functions in the
/// real Lambda runtime client with the environment that `template.yaml` gives them, the RunTask request
/// that they make, the image as a container with exactly those overrides, and the "ECS Task State Change"
/// event of its end. The test only carries what AWS would carry, in the shapes that AWS documents.
///
/// S3 is S3Mock; ECS, SNS, EventBridge and Secrets Manager remember what they were asked.
@Tag("container")
final class ChainIT {
    private static final String PREFIX = "pg";
    private static final int ROWS = 2500;

    /// What somebody answers to the guided questions.
    private static final Map<String, String> PARAMETERS =
            Map.of(
                    "VpcId", "vpc-0123456789abcdef0",
                    "SubnetIds", "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
                    "FirstServer", "orders-prod",
                    "FirstHost", "127.0.0.1",
                    "FirstUser", TestServer.USER,
                    "FirstSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders",
                    "FirstDatabases", "orders");

    @TempDir private static Path folder;

    private static final Template TEMPLATE = Template.load();

    private static TestServer server;
    private static AwsDouble aws;
    private static Map<String, String> endpoints;
    private static Resolver stack;
    private static ObjectStore store;

    @BeforeAll
    static void a_server_and_what_the_stack_stands_on() throws IOException {
        server = TestServer.start();
        server.sql("postgres", "create database orders");
        server.sql(
                "orders",
                "create schema app; create table app.orders (id int primary key, note text);"
                        + " insert into app.orders select n, 'order ' || n from generate_series(1, "
                        + ROWS
                        + ") n");
        var parameters = new HashMap<>(PARAMETERS);
        parameters.put("FirstPort", server.port() + "");
        stack = new Resolver(TEMPLATE, parameters);
        aws = new AwsDouble(TestServer.PASSWORD);

        // The command logs through another library than the mock expects.
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
        var settings = new HashMap<String, Object>();
        settings.put(S3MockApplication.PROP_HTTP_PORT, S3MockApplication.RANDOM_PORT);
        settings.put(S3MockApplication.PROP_HTTPS_PORT, S3MockApplication.RANDOM_PORT);
        settings.put(S3MockApplication.PROP_SILENT, true);
        settings.put("com.adobe.testing.s3mock.store.initial-buckets", Resolver.BUCKET);
        settings.put("server.shutdown", "immediate");
        settings.put("spring.lifecycle.timeout-per-shutdown-phase", "1s");
        var s3 = "http://127.0.0.1:" + S3MockApplication.start(settings).getHttpPort();
        // Where AWS is, and who we are there: what Lambda and Fargate put into every environment.
        endpoints =
                Map.of(
                        "AWS_ENDPOINT_URL_S3",
                        s3,
                        "AWS_ENDPOINT_URL",
                        aws.endpoint().toString(),
                        "AWS_REGION",
                        Resolver.REGION,
                        "AWS_ACCESS_KEY_ID",
                        "test",
                        "AWS_SECRET_ACCESS_KEY",
                        "test");
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        store =
                Stores.open(
                        StoreUri.parse("s3://" + Resolver.BUCKET + "/" + PREFIX),
                        Map.of("PGVIGIL_S3_ENDPOINT", s3, "PGVIGIL_S3_REGION", Resolver.REGION));
        assertThat(TaskContainer.image()).isNotBlank();
    }

    @AfterAll
    static void stop() {
        server.close();
        aws.close();
    }

    @Test
    void a_tick_becomes_a_sealed_and_announced_backup_and_a_request_its_proof() throws Exception {
        try (var backup = function("backup");
                var seal = function("seal");
                var verify = function("verify")) {
            // Deployed with a first server and nothing else: the first tick writes the
            // configuration. At that time of day nothing of it is due.
            answer(backup.invoke(tick(Instant.parse("2026-11-22T02:40:00Z"))), backup);
            var configuration =
                    store.document(new ObjectKey("config.yaml")).map(ChainIT::text).orElseThrow();
            assertThat(configuration).contains("orders-prod");

            // The operator wants one every five minutes; ten minutes pass.
            store.put(new ObjectKey("config.yaml"), often(configuration));
            store.put(
                    new ObjectKey("schedule/tick.json"),
                    Json.bytes(
                            Map.of(
                                    "format",
                                    1,
                                    "tick",
                                    Instant.now().minus(Duration.ofMinutes(10)))));
            answer(backup.invoke(tick()), backup);
            assertThat(aws.asked("RunTask")).hasSize(1);
            // At-least-once: the same tick again starts nothing.
            answer(backup.invoke(tick()), backup);
            assertThat(aws.asked("RunTask")).hasSize(1);

            var run = played(1, "BackupTask", seal);

            assertThat(new Runs(store).get(run).state()).isEqualTo(RunState.SEALED);
            var made = new Catalog(store).backups(Catalog.Filter.ANY).getFirst();
            assertThat(made.totals().rows()).isEqualTo(ROWS);
            assertThat(aws.told()).containsExactly("pgvigil backup.sealed");
            assertThat(aws.asked("Publish")).hasSize(1);

            // Somebody presses Test in the console.
            var asked = (ObjectNode) tree(EventFiles.read("verify.manual"));
            asked.put("server", "orders-prod");
            answer(verify.invoke(asked.toString()), verify);
            var proof = played(2, "VerifyTask", seal);

            assertThat(new Runs(store).get(proof).state()).isEqualTo(RunState.DONE);
            assertThat(
                            new Catalog(store)
                                    .drills(made.server(), made.database())
                                    .getFirst()
                                    .verdict())
                    .isEqualTo(DrillVerdict.PROVEN);
            assertThat(aws.told()).containsExactly("pgvigil backup.sealed", "pgvigil drill.proven");
        }
        assertThat(store.list("runs/open/")).isEmpty();
        assertThat(store.pendingUploads("")).isEmpty();
    }

    /// Runs the container that the number-th RunTask asked for, and tells `seal` of its end as ECS would,
    /// twice.
    private static RunId played(int number, String definition, DeployedFunction seal)
            throws Exception {
        var request = aws.asked("RunTask").get(number - 1);
        assertThat(request.path("taskDefinition").asText())
                .isEqualTo(Resolver.arn("ecs", "task-definition/" + definition + ":1"));
        var override = request.path("overrides").path("containerOverrides").path(0);
        assertThat(override.path("name").asText()).isEqualTo("task");
        var run = new RunId(override.path("command").path(0).asText());
        int exit;
        try (var task = TaskContainer.run(run, environmentOf(definition, override))) {
            exit = task.exit();
            assertThat(exit).as(task.logs()).isZero();
        }
        var event = stopped(request, AwsDouble.taskArn(number), exit);
        answer(seal.invoke(event), seal);
        answer(seal.invoke(event), seal);
        return run;
    }

    private static Map<String, String> environmentOf(String definition, JsonNode override) {
        var environment = new HashMap<>(endpoints);
        for (var one :
                TEMPLATE.properties(definition).at("ContainerDefinitions/0/Environment").list()) {
            var pair = stack.resolve(one).orElseThrow();
            environment.put(pair.get("Name").text(), pair.get("Value").text());
        }
        for (var one : override.path("environment"))
            environment.put(one.path("name").asText(), one.path("value").asText());
        return environment;
    }

    private static String stopped(JsonNode request, String task, int exit) {
        var event = (ObjectNode) tree(EventFiles.read("seal.task-stopped"));
        var detail = (ObjectNode) event.path("detail");
        detail.put("clusterArn", request.path("cluster").asText());
        detail.put("group", request.path("group").asText());
        detail.put("startedBy", request.path("startedBy").asText());
        detail.put("taskArn", task);
        detail.set("overrides", request.path("overrides"));
        ((ObjectNode) detail.path("containers").path(0)).put("exitCode", exit);
        return event.toString();
    }

    private static DeployedFunction function(String name) throws IOException {
        var environment = new HashMap<>(endpoints);
        var resource = Character.toUpperCase(name.charAt(0)) + name.substring(1) + "Function";
        for (var place :
                new String[] {
                    "Globals/Function/Environment/Variables",
                    "Resources/" + resource + "/Properties/Environment/Variables"
                })
            TEMPLATE.at(place)
                    .map()
                    .forEach((variable, value) ->
                            stack.resolve(value)
                                    .ifPresent(
                                            text -> environment.put(variable, named(text.text()))));
        return DeployedFunction.start(name, environment, folder);
    }

    /// Names in the form that AWS gives them.
    private static String named(String value) {
        return value.replaceAll(
                        "arn:aws:any:([^:]+:[0-9]+):([A-Za-z]+Task)$",
                        "arn:aws:ecs:$1:task-definition/$2:1")
                .replaceAll("arn:aws:any:([^:]+:[0-9]+):(NotificationTopic)$", "arn:aws:sns:$1:$2")
                .replace("TaskSecurityGroup.GroupId", "sg-0123456789abcdef0")
                .replace("DrillSecurityGroup.GroupId", "sg-0123456789abcdef1");
    }

    private static String tick() {
        return tick(Instant.now());
    }

    private static String tick(Instant at) {
        return EventFiles.read("backup.tick").replace("2026-11-22T02:30:00Z", at.toString());
    }

    private static byte[] often(String configuration) {
        var profile =
                """

                profiles:
                  often: { logical: "every 5m", keep: { daily: 7 } }
                """;
        return (configuration.replaceFirst("profile: *\\S+", "profile: often") + profile)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void answer(RuntimeApi.Answer answer, DeployedFunction function)
            throws IOException {
        assertThat(answer.failed()).as("%s %s", answer.body(), function.log()).isFalse();
    }

    private static JsonNode tree(String json) {
        return Json.readTree(json.getBytes(StandardCharsets.UTF_8), "the event");
    }

    private static String text(Document document) {
        return new String(document.content(), StandardCharsets.UTF_8);
    }
}
