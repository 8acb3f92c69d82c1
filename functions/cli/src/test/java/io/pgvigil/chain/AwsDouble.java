package io.pgvigil.chain;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// ECS, SNS, EventBridge and Secrets Manager as far as the chain calls them: remembers what was asked and
/// answers as AWS documents it. It starts nothing; what RunTask asked for is for the test to do.
public final class AwsDouble implements AutoCloseable {
    /// @param operation for example `RunTask`
    public record Request(String operation, JsonNode body) {}

    private final HttpServer server;
    private final String password;
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    /// @param password what every secret holds
    public AwsDouble(String password) throws IOException {
        this.password = password;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::serve);
        server.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public List<JsonNode> asked(String operation) {
        return requests.stream()
                .filter(request -> request.operation().equals(operation))
                .map(Request::body)
                .toList();
    }

    /// What went to the event bus, in order.
    public List<String> told() {
        return asked("PutEvents").stream()
                .flatMap(body -> entries(body.path("Entries")))
                .map(entry -> entry.path("DetailType").asText())
                .toList();
    }

    private static Stream<JsonNode> entries(JsonNode list) {
        return Stream.iterate(0, n -> n < list.size(), n -> n + 1).map(list::get);
    }

    static String taskArn(int number) {
        return "arn:aws:ecs:eu-west-1:123456789012:task/TaskCluster/%032x".formatted(number);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
            var request =
                    target != null
                            ? new Request(
                                    target.substring(target.lastIndexOf('.') + 1),
                                    Json.readTree(body.getBytes(StandardCharsets.UTF_8), target))
                            : form(body);
            requests.add(request);
            var answer = answer(request);
            exchange.getResponseHeaders()
                    .set(
                            "Content-Type",
                            target == null ? "text/xml" : "application/x-amz-json-1.1");
            var bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.isEmpty() ? 400 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private String answer(Request request) {
        return switch (request.operation()) {
            case "RunTask" ->
                    Json.line(
                            Map.of(
                                    "tasks",
                                    List.of(
                                            Map.of(
                                                    "taskArn",
                                                    taskArn(asked("RunTask").size()),
                                                    "lastStatus",
                                                    "PROVISIONING")),
                                    "failures",
                                    List.of()));
            case "GetSecretValue" ->
                    Json.line(
                            Map.of(
                                    "ARN",
                                    request.body().path("SecretId").asText(),
                                    "SecretString",
                                    Json.line(
                                            Map.of("username", "postgres", "password", password))));
            case "PutEvents" ->
                    Json.line(
                            Map.of(
                                    "FailedEntryCount",
                                    0,
                                    "Entries",
                                    List.of(Map.of("EventId", "1"))));
            case "Publish" ->
                    "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>"
                            + "<MessageId>1</MessageId></PublishResult></PublishResponse>";
            default -> "";
        };
    }

    private static Request form(String body) {
        var fields = new LinkedHashMap<String, String>();
        for (var pair : body.split("&")) {
            var cut = pair.indexOf('=');
            if (cut > 0)
                fields.put(
                        pair.substring(0, cut),
                        URLDecoder.decode(pair.substring(cut + 1), StandardCharsets.UTF_8));
        }
        return new Request(fields.getOrDefault("Action", "?"), Json.tree(fields));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
