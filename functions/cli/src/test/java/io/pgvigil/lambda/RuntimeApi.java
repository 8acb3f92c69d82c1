package io.pgvigil.lambda;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/// Lambda's side of the runtime API for one function: hands out events, takes answers.
///
/// See <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.
public final class RuntimeApi implements AutoCloseable {
    private static final String ROOT = "/2018-06-01/runtime/";
    private static final String DEADLINE = "4102444800000";

    /// What came back for an event: the function's answer, or its error's JSON.
    public record Answer(boolean failed, String body) {}

    private record Pending(String request, String event) {}

    private final HttpServer server;
    private final BlockingQueue<Pending> events = new LinkedBlockingQueue<>();
    private final Map<String, CompletableFuture<Answer>> answers = new ConcurrentHashMap<>();
    private final CompletableFuture<String> initError = new CompletableFuture<>();

    RuntimeApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext(ROOT, this::handle);
        server.start();
    }

    String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /// Queues an event; the future ends with what the function says to it.
    CompletableFuture<Answer> send(String request, String event) {
        var answer = new CompletableFuture<Answer>();
        answers.put(request, answer);
        initError.thenAccept(
                error -> answer.completeExceptionally(new IllegalStateException(error)));
        events.add(new Pending(request, event));
        return answer;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath().substring(ROOT.length()).split("/", -1);
            switch (path[path.length - 1]) {
                case "next" -> next(exchange);
                case "response" -> take(exchange, path[1], false);
                case "error" -> {
                    if (path[0].equals("init")) {
                        initError.complete(body(exchange));
                        exchange.sendResponseHeaders(202, -1);
                    } else take(exchange, path[1], true);
                }
                default -> exchange.sendResponseHeaders(404, -1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void next(HttpExchange exchange) throws IOException, InterruptedException {
        var pending = events.take();
        var headers = exchange.getResponseHeaders();
        // Without a Content-Type the runtime's native client crashes.
        headers.set("Content-Type", "application/json");
        headers.set("Lambda-Runtime-Aws-Request-Id", pending.request());
        headers.set("Lambda-Runtime-Deadline-Ms", DEADLINE);
        headers.set(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:eu-west-1:123456789012:function:test");
        headers.set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
        var bytes = pending.event().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private void take(HttpExchange exchange, String request, boolean failed) throws IOException {
        var body = body(exchange);
        exchange.sendResponseHeaders(202, -1);
        var waiting = answers.remove(request);
        if (waiting != null) waiting.complete(new Answer(failed, body));
    }

    private static String body(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
