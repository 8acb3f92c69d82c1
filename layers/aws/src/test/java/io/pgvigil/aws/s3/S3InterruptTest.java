package io.pgvigil.aws.s3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.aws.StoppableThread;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/// A task that is told to stop does not wait for an S3 that says nothing any more.
final class S3InterruptTest {
    private static final StoreUri.S3 STORE = (StoreUri.S3) StoreUri.parse("s3://acme-backups/pg");
    private static final ObjectKey KEY = new ObjectKey("orders/base.tar.zst");
    private static final String HALF =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"e\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n.";

    private final ServerSocket server;
    private final S3Store store;

    S3InterruptTest() throws IOException {
        server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        var settings =
                new S3Settings(
                        Optional.of("eu-west-1"),
                        Optional.of(URI.create("http://127.0.0.1:" + server.getLocalPort())),
                        true,
                        Optional.empty());
        store =
                new S3Store(
                        STORE,
                        settings,
                        S3Store.client(
                                STORE,
                                settings,
                                StaticCredentialsProvider.create(
                                        AwsBasicCredentials.create("none", "none"))),
                        new Patience(List.of()));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        server.close();
    }

    @Test
    void an_answer_that_does_not_come_is_not_waited_for() throws IOException, InterruptedException {
        var asking = new FutureTask<>(() -> store.stat(KEY));
        var thread = StoppableThread.start("asking", asking);

        try (var asked = asked()) {
            awaitSystemCall(thread);
            thread.interrupt();

            assertEnds(asking);
        }
    }

    @Test
    void a_body_that_does_not_go_on_is_not_waited_for() throws IOException, InterruptedException {
        var begun = new CountDownLatch(1);
        var reading =
                new FutureTask<>(() -> {
                    try (var body = store.read(KEY)) {
                        var first = body.read();
                        begun.countDown();
                        return first + body.read();
                    }
                });
        var thread = StoppableThread.start("reading", reading);

        try (var asked = asked()) {
            asked.getOutputStream().write(HALF.getBytes(US_ASCII));
            begun.await();
            awaitSystemCall(thread);
            thread.interrupt();

            assertEnds(reading);
        }
    }

    @Test
    void an_interrupt_that_came_before_is_not_lost() {
        var asking =
                new FutureTask<>(() -> {
                    Thread.currentThread().interrupt();
                    return store.stat(KEY);
                });
        StoppableThread.start("asking", asking);

        assertEnds(asking);
    }

    /// Before, the interrupt would be seen without anybody's help.
    private static void awaitSystemCall(Thread thread) throws InterruptedException {
        while (true) {
            var stack = thread.getStackTrace();
            if (stack.length > 0 && stack[0].isNativeMethod()) return;
            Thread.sleep(10);
        }
    }

    /// The request has come in, and is not answered.
    private Socket asked() throws IOException {
        var caller = server.accept();
        assertThat(caller.getInputStream().read(new byte[1 << 14])).isPositive();
        return caller;
    }

    private static void assertEnds(FutureTask<?> work) {
        // Long before the silence of a connection is noticed.
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> work.get(10, TimeUnit.SECONDS))
                .havingCause()
                .isInstanceOfAny(Problem.class, IOException.class, UncheckedIOException.class);
    }
}
