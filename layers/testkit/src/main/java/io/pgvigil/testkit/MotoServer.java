package io.pgvigil.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// AWS's interfaces by [moto](https://docs.getmoto.org), in a process of its own, which forgets when closed.
///
/// What is closed serves the next one in this JVM, so that its tests wait for Python once.
/// It keeps what it is given and refuses much of what AWS refuses, and it does nothing: no task of it
/// ever runs. `docs/testing.md` says what is proven on it and what is not.
public final class MotoServer implements AutoCloseable {
    public static final String REGION = "eu-west-1";

    /// The account that every ARN of moto names.
    public static final String ACCOUNT = "123456789012";

    private static final Duration START_LIMIT = Duration.ofSeconds(120);

    private static final Deque<MotoServer> FREE = new ConcurrentLinkedDeque<>();

    private final Process process;
    private final int port;
    private final HttpClient http = HttpClient.newHttpClient();

    private MotoServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /// Fails, and says how to install it, where it is not to be found: a test that did not run must not
    /// look like one that passed.
    public static MotoServer start() {
        for (var free = FREE.poll(); free != null; free = FREE.poll())
            if (free.process.isAlive()) return free;
        try {
            var port = freePort();
            var process =
                    new ProcessBuilder(program().toString(), "-H", "127.0.0.1", "-p", "" + port)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            // A test that is killed must not leave it behind.
            var server = new MotoServer(process, port);
            Runtime.getRuntime().addShutdownHook(new Thread(server::end));
            server.awaitStart();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// In the launcher's own Python environment, or on `PATH`.
    private static Path program() {
        var folders =
                Stream.concat(
                        Stream.of(EventFiles.top().resolve(".pgvigil/venv/bin").toString()),
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(":")));
        return folders.map(folder -> Path.of(folder, "moto_server"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException(
                                "moto_server was not found. Install it: python3 -m venv .pgvigil/venv"
                                        + " && .pgvigil/venv/bin/pip install 'moto[server]'"));
    }

    private void awaitStart() {
        var end = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < end) {
            if (!process.isAlive())
                throw new IllegalStateException(
                        "moto_server ended with status " + process.exitValue());
            try {
                get("/moto-api/data.json");
                return;
            } catch (IOException notYet) {
                sleep();
            }
        }
        end();
        throw new IllegalStateException("moto_server did not answer within " + START_LIMIT);
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /// The variables that lead an AWS SDK here.
    public Map<String, String> environment() {
        return Map.of(
                "AWS_ENDPOINT_URL",
                endpoint().toString(),
                "AWS_REGION",
                REGION,
                "AWS_ACCESS_KEY_ID",
                "test",
                "AWS_SECRET_ACCESS_KEY",
                "test");
    }

    /// Asks a service that speaks forms and XML, for which there is no client here.
    ///
    /// @param form for example `Action=DescribeSubnets&Version=2016-11-15`
    public String query(String service, String form) {
        var request =
                HttpRequest.newBuilder(endpoint().resolve("/"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header(
                                "Authorization",
                                "AWS4-HMAC-SHA256 Credential=test/20260101/"
                                        + REGION
                                        + "/"
                                        + service
                                        + "/aws4_request, SignedHeaders=host, Signature=none")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build();
        try {
            return send(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What moto has taken note of and no service shows, as JSON.
    public String get(String path) throws IOException {
        return send(HttpRequest.newBuilder(endpoint().resolve(path)).build());
    }

    private String send(HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// One that cannot forget is ended, and the next test gets another.
    @Override
    public void close() {
        try {
            var reset = endpoint().resolve("/moto-api/reset");
            var answer =
                    http.send(
                            HttpRequest.newBuilder(reset)
                                    .POST(HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.discarding());
            if (answer.statusCode() == 200) FREE.push(this);
            else end();
        } catch (IOException e) {
            end();
        } catch (InterruptedException e) {
            end();
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        // The program may be a script that starts Python: its child is the server.
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
