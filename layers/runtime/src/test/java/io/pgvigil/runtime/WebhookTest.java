package io.pgvigil.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A webhook and a ping, against a server that remembers what it got.
final class WebhookTest {
    private static final String SECRET = "/services/T0/B0/hunter2";

    private Duration limit = Duration.ofSeconds(10);

    private final List<String> got = Collections.synchronizedList(new ArrayList<>());
    private int status = 200;
    private boolean dripping;
    private HttpServer server;

    WebhookTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void listen() {
        server.createContext(
                "/",
                exchange -> {
                    var body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    got.add(
                            exchange.getRequestMethod()
                                    + " "
                                    + exchange.getRequestURI()
                                    + " "
                                    + body);
                    if (status / 100 == 3)
                        exchange.getResponseHeaders().set("Location", "/elsewhere");
                    if (dripping) drip(exchange);
                    else exchange.sendResponseHeaders(status, -1);
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void the_generic_one_gets_the_events_own_json() {
        webhook("generic").announce(failed("disk <full> & more"));

        var body = Json.readTree(body(got.getFirst()), "the post");
        assertThat(body.path("event").asText()).isEqualTo("run.failed");
        assertThat(body.path("stack").asText()).isEqualTo("acme-backups");
        assertThat(body.path("text").asText()).isEqualTo("disk <full> & more");
    }

    @Test
    void slack_gets_a_text_in_which_nothing_can_be_taken_for_its_markup() {
        webhook("slack").announce(failed("disk <full> & more"));

        assertThat(Json.readTree(body(got.getFirst()), "the post").path("text").asText())
                .isEqualTo(
                        "*CRITICAL* Backup of orders failed\ndisk &lt;full&gt; &amp; more\nStack acme-backups");
    }

    @Test
    void what_people_are_not_told_is_not_posted_to_slack() {
        var harvested =
                new Announcement(
                        "wal.harvested", Severity.INFO, "r", "h", "t", Map.of(), Instant.EPOCH);

        webhook("slack").announce(harvested);
        assertThat(got).isEmpty();
        webhook("generic").announce(harvested);
        assertThat(got).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"302,false", "400,false", "404,false", "429,true", "500,true", "503,true"})
    void a_refusal_is_a_problem_that_does_not_quote_the_address(int answer, boolean again) {
        status = answer;

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> webhook("slack").announce(failed("x")))
                .withMessageStartingWith("PGV-6008")
                .withMessageContaining("status " + answer)
                .withMessageNotContaining("hunter2")
                .satisfies(problem -> assertThat(problem.transientFailure()).isEqualTo(again));
    }

    @Test
    void silence_is_tried_again() {
        server.stop(0);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> webhook("generic").announce(failed("x")))
                .withMessageNotContaining("hunter2")
                .satisfies(problem -> assertThat(problem.transientFailure()).isTrue());
    }

    @Test
    void a_redirect_is_a_refusal_and_takes_nothing_elsewhere() {
        status = 307;

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> webhook("generic").announce(failed("x")))
                .withMessageContaining("status 307")
                .satisfies(problem -> assertThat(problem.transientFailure()).isFalse());
        ping(new StringBuilder()).send();
        assertThat(got).hasSize(2).noneMatch(request -> request.contains("/elsewhere"));
    }

    @Test
    void an_answer_that_never_ends_is_not_waited_for() {
        dripping = true;
        limit = Duration.ofMillis(700);
        var log = new StringBuilder();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> webhook("generic").announce(failed("x")))
                .withMessageContaining("TimeoutException")
                .withMessageNotContaining("hunter2")
                .satisfies(problem -> assertThat(problem.transientFailure()).isTrue());
        ping(log).send();

        assertThat(log).contains("ping-missed").contains("TimeoutException");
    }

    @Test
    void nobody_there_is_a_missed_ping_and_no_failure() {
        server.stop(0);
        var log = new StringBuilder();

        ping(log).send();

        assertThat(log).contains("ping-missed").contains("ConnectException");
    }

    @Test
    void an_address_that_is_none_is_not_quoted() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> Webhook.from(Map.of("PGVIGIL_WEBHOOK", "hooks slack hunter2")))
                .withMessageStartingWith("PGV-1002")
                .withMessageNotContaining("hunter2");
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() ->
                        Webhook.from(
                                Map.of(
                                        "PGVIGIL_WEBHOOK",
                                        "https://h/x",
                                        "PGVIGIL_WEBHOOK_STYLE",
                                        "teams")))
                .withMessageContaining("slack (also");
    }

    @Test
    void a_ping_is_a_get_and_its_failure_a_line_in_the_log() {
        var log = new StringBuilder();
        var ping = ping(log);

        ping.send();
        assertThat(got).containsExactly("GET " + SECRET + " ");
        assertThat(log).isEmpty();

        status = 500;
        ping.send();
        assertThat(log).contains("ping-missed").contains("status 500").doesNotContain("hunter2");
        Ping.NONE.send();
        assertThat(got).hasSize(2);
    }

    private Webhook webhook(String style) {
        return Webhook.from(
                        Map.of(
                                "PGVIGIL_WEBHOOK",
                                address(),
                                "PGVIGIL_WEBHOOK_STYLE",
                                style,
                                "PGVIGIL_STACK",
                                "acme-backups"),
                        limit)
                .orElseThrow();
    }

    private Ping ping(StringBuilder log) {
        return Ping.from(
                Map.of("PGVIGIL_PING", address()), new StateLog("watch", log::append), limit);
    }

    /// Says that it is fine and then never ends.
    private static void drip(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (var body = exchange.getResponseBody()) {
            for (var i = 0; i < 1000; i++) {
                body.write('.');
                body.flush();
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + SECRET;
    }

    private static byte[] body(String request) {
        return request.substring(request.indexOf('{')).getBytes(StandardCharsets.UTF_8);
    }

    private static Announcement failed(String text) {
        return new Announcement(
                "run.failed",
                Severity.CRITICAL,
                "run-1",
                "Backup of orders failed",
                text,
                Map.of("server", "orders"),
                Instant.parse("2026-11-22T02:34:42Z"));
    }
}
