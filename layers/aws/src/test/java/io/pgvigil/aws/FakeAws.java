package io.pgvigil.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/// The calls of ECS, SNS, EventBridge and Secrets Manager that we make, answered as AWS documents them,
/// with what emulators lack: client tokens, failures inside an answer of status 200, throttling, silence.
public final class FakeAws implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TASK = "arn:aws:ecs:eu-west-1:123456789012:task/pgvigil/%032x";

    /// @param operation for example `RunTask`
    /// @param body JSON, or the fields of a form
    public record Request(String operation, JsonNode body) {}

    private record Rule(String operation, int status, String body, int[] times, boolean deed) {}

    private final HttpServer server;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final Map<String, String> secrets = new LinkedHashMap<>();
    private final Map<String, ObjectNode> tokens = new LinkedHashMap<>();
    private final Map<String, ObjectNode> tasks = new LinkedHashMap<>();
    private volatile boolean silent;

    public FakeAws() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::serve);
        server.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public Clients clients() {
        return new Clients(
                Map.of("AWS_ENDPOINT_URL", endpoint().toString(), "AWS_REGION", "eu-west-1"),
                credentials());
    }

    public static StaticCredentialsProvider credentials() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
    }

    /// The next `times` calls get this answer and do nothing.
    public void answer(String operation, int status, String json, int times) {
        rules.add(new Rule(operation, status, json, new int[] {times}, false));
    }

    public void refuse(String operation, int status, String code, String message, int times) {
        answer(operation, status, error(code, message), times);
    }

    /// The next call does what it should, and its answer is an error: what a client sees when the answer
    /// was lost.
    public void doAndRefuse(String operation, int status, String code) {
        rules.add(new Rule(operation, status, error(code, "lost"), new int[] {1}, true));
    }

    /// Takes calls and answers none.
    public void fallSilent() {
        silent = true;
    }

    public void secret(String arn, String json) {
        secrets.put(arn, json);
    }

    public synchronized int tasksStarted() {
        return tasks.size();
    }

    public synchronized void stop(String task, String stopped) {
        try {
            var known = Optional.ofNullable(tasks.get(task)).orElseThrow();
            known.setAll((ObjectNode) JSON.readTree(stopped));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<Request> requests(String operation) {
        return requests.stream().filter(one -> one.operation().equals(operation)).toList();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private static String error(String code, String message) {
        return JSON.createObjectNode().put("__type", code).put("message", message).toString();
    }

    private void serve(HttpExchange exchange) throws IOException {
        var body = exchange.getRequestBody().readAllBytes();
        // Nobody closes the exchange: the client waits.
        if (silent) return;
        try (exchange) {
            var target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
            var form = target == null;
            var request =
                    form
                            ? form(new String(body, UTF_8))
                            : new Request(
                                    target.substring(target.lastIndexOf('.') + 1),
                                    JSON.readTree(body));
            requests.add(request);
            var rule =
                    rules.stream()
                            .filter(one -> one.operation().equals(request.operation()))
                            .filter(one -> one.times()[0]-- > 0)
                            .findFirst();
            if (rule.isEmpty() || rule.get().deed()) {
                var answer = answer(request);
                if (rule.isEmpty()) {
                    send(exchange, answer.status(), answer.body(), form);
                    return;
                }
            }
            send(exchange, rule.get().status(), rule.get().body(), form);
        }
    }

    private record Answer(int status, String body) {}

    private synchronized Answer answer(Request request) {
        return switch (request.operation()) {
            case "RunTask" -> runTask((ObjectNode) request.body());
            case "DescribeTasks" -> new Answer(200, describe(request.body()));
            case "PutEvents" -> new Answer(200, putEvents(request.body()));
            case "GetSecretValue" -> {
                var value = secrets.get(request.body().path("SecretId").asText());
                yield value == null
                        ? new Answer(
                                400,
                                error(
                                        "ResourceNotFoundException",
                                        "Secrets Manager can't find the specified secret."))
                        : new Answer(200, value);
            }
            case "Publish" ->
                    new Answer(
                            200,
                            "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
                                    + "<PublishResult><MessageId>m-1</MessageId></PublishResult>"
                                    + "<ResponseMetadata><RequestId>r-1</RequestId>"
                                    + "</ResponseMetadata></PublishResponse>");
            default -> new Answer(400, error("UnknownOperationException", request.operation()));
        };
    }

    /// The same token starts one task; with other words it is a conflict that names the task.
    private Answer runTask(ObjectNode request) {
        var token = request.path("clientToken").asText();
        var before = tokens.get(token);
        if (before != null && !before.path("request").equals(request)) {
            var conflict = JSON.createObjectNode();
            conflict.put("__type", "ConflictException");
            conflict.put("message", "The provided clientToken is already in use");
            conflict.putArray("resourceIds").add(before.path("taskArn").asText());
            return new Answer(400, conflict.toString());
        }
        if (before == null) {
            var arn = TASK.formatted(tokens.size() + 1);
            before = JSON.createObjectNode();
            before.set("request", request);
            before.put("taskArn", arn);
            tokens.put(token, before);
            tasks.put(
                    arn,
                    JSON.createObjectNode().put("taskArn", arn).put("lastStatus", "PROVISIONING"));
        }
        var answer = JSON.createObjectNode();
        answer.putArray("tasks").add(tasks.get(before.path("taskArn").asText()));
        answer.putArray("failures");
        return new Answer(200, answer.toString());
    }

    private String describe(JsonNode request) {
        var answer = JSON.createObjectNode();
        var found = answer.putArray("tasks");
        var failures = answer.putArray("failures");
        for (var arn : request.path("tasks")) {
            var task = tasks.get(arn.asText());
            if (task != null) found.add(task);
            else failures.addObject().put("arn", arn.asText()).put("reason", "MISSING");
        }
        return answer.toString();
    }

    private static String putEvents(JsonNode request) {
        var answer = JSON.createObjectNode().put("FailedEntryCount", 0);
        var entries = answer.putArray("Entries");
        request.path("Entries").forEach(_ -> entries.addObject().put("EventId", "e-1"));
        return answer.toString();
    }

    private static Request form(String text) {
        var fields = JSON.createObjectNode();
        for (var pair : new ArrayList<>(List.of(text.split("&", -1)))) {
            var equals = pair.indexOf('=');
            if (equals > 0)
                fields.put(
                        URLDecoder.decode(pair.substring(0, equals), UTF_8),
                        URLDecoder.decode(pair.substring(equals + 1), UTF_8));
        }
        return new Request(fields.path("Action").asText(), fields);
    }

    private static void send(HttpExchange exchange, int status, String text, boolean form)
            throws IOException {
        var body = form && text.startsWith("{") ? xml(text) : text;
        var bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders()
                .add("Content-Type", form ? "text/xml" : "application/x-amz-json-1.1");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static String xml(String error) throws IOException {
        var tree = JSON.readTree(error);
        return "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender"
                + "</Type><Code>"
                + tree.path("__type").asText()
                + "</Code><Message>"
                + tree.path("message").asText()
                + "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
    }
}
