package io.pgvigil.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.stack.DeployedStack;
import io.pgvigil.core.stack.FunctionAnswer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A stack behind the protocols of CloudFormation (DescribeStacks) and Lambda (Invoke), as far as the
/// command speaks them, so that real clients can be pointed at a fake.
///
/// Lambda: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.
public final class StackEndpoint implements AutoCloseable {
    private static final Pattern INVOKE =
            Pattern.compile("/2015-03-31/functions/([^/]+)/invocations");

    private final String name;
    private final DeployedStack stack;
    private final HttpServer server;
    private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    private record Refusal(int status, String code, String message) {}

    /// One call of a function, with the headers that matter.
    public record Call(String function, String invocationType, String logType, String event) {}

    private StackEndpoint(String name, DeployedStack stack, HttpServer server) {
        this.name = name;
        this.stack = stack;
        this.server = server;
    }

    /// @param name the one stack that there is
    public static StackEndpoint of(String name, DeployedStack stack) {
        try {
            var server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            var endpoint = new StackEndpoint(name, stack, server);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", endpoint::handle);
            server.start();
            return endpoint;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// What a command needs in its environment to end up here.
    public Map<String, String> environment() {
        return Map.of(
                "AWS_ENDPOINT_URL",
                uri().toString(),
                "AWS_REGION",
                "eu-west-1",
                "AWS_ACCESS_KEY_ID",
                "AKIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY",
                "example",
                "AWS_EC2_METADATA_DISABLED",
                "true");
    }

    /// From now on calls of this function are refused as Lambda refuses them.
    public void refuse(String function, int status, String code, String message) {
        refusals.put(function, new Refusal(status, code, message));
    }

    public List<Call> calls() {
        return List.copyOf(calls);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readAllBytes();
            var invoke = INVOKE.matcher(exchange.getRequestURI().getPath());
            if (invoke.matches()) invoke(exchange, invoke.group(1), body);
            else describe(exchange, new String(body, StandardCharsets.UTF_8));
        }
    }

    private void invoke(HttpExchange exchange, String function, byte[] event) throws IOException {
        var headers = exchange.getRequestHeaders();
        calls.add(
                new Call(
                        function,
                        String.valueOf(headers.getFirst("X-Amz-Invocation-Type")),
                        String.valueOf(headers.getFirst("X-Amz-Log-Type")),
                        new String(event, StandardCharsets.UTF_8)));
        var refused = refusals.get(function);
        if (refused != null) {
            exchange.getResponseHeaders().add("x-amzn-ErrorType", refused.code());
            answer(exchange, refused.status(), json(refused.message()), "application/json");
            return;
        }
        switch (stack.call(function, event)) {
            case FunctionAnswer.Answered(var payload) ->
                    answer(exchange, 200, payload, "application/json");
            case FunctionAnswer.Failed(var payload) -> {
                exchange.getResponseHeaders().add("X-Amz-Function-Error", "Unhandled");
                answer(exchange, 200, payload, "application/json");
            }
        }
    }

    private static byte[] json(String message) {
        return ("{\"Message\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private void describe(HttpExchange exchange, String form) throws IOException {
        var asked =
                List.of(form.split("&")).stream()
                        .map(pair -> pair.split("=", 2))
                        .filter(pair -> pair[0].equals("StackName"))
                        .map(pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8))
                        .findFirst()
                        .orElse("");
        if (!asked.equals(name)) {
            answer(exchange, 400, missing(asked), "text/xml");
            return;
        }
        answer(exchange, 200, described(), "text/xml");
    }

    private static byte[] missing(String asked) {
        return """
        <ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
          <Error><Type>Sender</Type><Code>ValidationError</Code>
          <Message>Stack with id %s does not exist</Message></Error>
          <RequestId>example</RequestId>
        </ErrorResponse>
        """
                .formatted(asked)
                .getBytes(StandardCharsets.UTF_8);
    }

    private byte[] described() {
        var outputs =
                stack.outputs().values().entrySet().stream()
                        .map(output ->
                                "<member><OutputKey>%s</OutputKey><OutputValue>%s</OutputValue></member>"
                                        .formatted(output.getKey(), output.getValue()))
                        .collect(Collectors.joining());
        return """
        <DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
          <DescribeStacksResult><Stacks><member>
            <StackName>%s</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
            <CreationTime>2026-11-22T02:30:00Z</CreationTime>
            <Outputs>%s</Outputs>
          </member></Stacks></DescribeStacksResult>
        </DescribeStacksResponse>
        """
                .formatted(name, outputs)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body, String type)
            throws IOException {
        exchange.getResponseHeaders().add("Content-Type", type);
        exchange.getResponseHeaders().add("x-amzn-RequestId", "example");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) exchange.getResponseBody().write(body);
    }

    /// A function's error as Lambda words it.
    public static FunctionAnswer failed(Problem problem) {
        var message =
                String.valueOf(problem.getMessage()).replace("\n", "\\n").replace("\"", "\\\"");
        return new FunctionAnswer.Failed(
                "{\"errorMessage\":\"%s\",\"errorType\":\"%s\",\"stackTrace\":[\"a\",\"b\"]}"
                        .formatted(message, Problem.class.getName())
                        .getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
