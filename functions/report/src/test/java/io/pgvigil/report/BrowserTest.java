package io.pgvigil.report;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pgvigil.core.report.ReportRules;
import io.pgvigil.testkit.EventFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The page in Chromium, in a frame as wide as a telephone or a screen. Pictures of it are left in
/// `target/screens`.
@Tag("browser")
final class BrowserTest {
    private static final long PATIENCE_SECONDS = 120;

    /// What a page that is framed on its own server tells of itself once its script has run.
    private static final String PROBE =
            """
            <!DOCTYPE html><link rel="icon" href="data:,"><body style="margin:0"><iframe id="page" src="/index.html" style="border:0;width:%dpx;height:2400px"></iframe>
            <pre id="result"></pre><script>
            function drawn(calendar) {
              var signs = Array.from(calendar.querySelectorAll("path")), days = 0;
              for (var x = 7; x < calendar.viewBox.baseVal.width; x += 14)
                for (var y = 22; y < 22 + 7 * 14; y += 14)
                  if (signs.some(function (sign) {
                    return sign.isPointInStroke({x: x, y: y}) || sign.matches(".except") && sign.isPointInFill({x: x, y: y});
                  })) days++;
              return days;
            }
            document.getElementById("page").onload = function () {
              var page = this.contentDocument;
              var open = page.querySelectorAll("details.db");
              open[0].open = true;
              setTimeout(function () {
                var wide = Array.from(page.querySelectorAll("body *")).filter(function (e) {
                  return !e.closest(".skip") && e.getBoundingClientRect().right > page.documentElement.clientWidth + 1;
                });
                document.getElementById("result").textContent = "ready=" + (page.documentElement.dataset.ready !== undefined)
                  + " databases=" + open.length + " charts=" + open[0].querySelectorAll("canvas").length
                  + " beyond=" + (page.documentElement.scrollWidth - page.documentElement.clientWidth) + " wide=" + wide.length
                  + " bold=" + page.querySelectorAll("th b:not(.badge)").length
                  + " days=" + Array.from(open[0].querySelectorAll(".calendar")).map(drawn);
              }, 300);
            };
            </script></body>
            """;

    private static final Pattern RESULT = Pattern.compile("<pre id=\"result\">([^<]*)</pre>");

    private final Queue<String> asked = new ConcurrentLinkedQueue<>();

    // Made before each test.
    @SuppressWarnings("NullAway.Init")
    private HttpServer server;

    @SuppressWarnings("NullAway.Init")
    @TempDir
    private Path folder;

    @BeforeEach
    void serve() throws IOException {
        var page = new Page().html(ReportRules.of(new Fleet(12, 3).facts(), Fleet.NOW));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    var path = exchange.getRequestURI().getPath();
                    asked.add(path);
                    var body =
                            path.equals("/index.html")
                                    ? page
                                    : PROBE.formatted(Integer.parseInt(path.substring(1)));
                    var bytes = body.getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
                    exchange.sendResponseHeaders(200, bytes.length);
                    try (var out = exchange.getResponseBody()) {
                        out.write(bytes);
                    }
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {390, 1280})
    void it_is_drawn_without_a_complaint_a_request_or_a_sideways_scroll(int width)
            throws IOException, InterruptedException {
        var said = chromium(width, "--dump-dom");

        var result = RESULT.matcher(said.out());
        assertThat(result.find()).as(said.out() + said.log()).isTrue();
        assertThat(result.group(1))
                .isEqualTo("ready=true databases=12 charts=4 beyond=0 wide=0 bold=0 days=90,90");
        assertThat(said.log().lines().filter(line -> line.contains("CONSOLE"))).isEmpty();
        assertThat(asked).containsExactly("/" + width, "/index.html");
    }

    @Test
    void pictures_are_left_to_be_looked_at() throws IOException, InterruptedException {
        var screens = EventFiles.top().resolve("functions/report/target/screens");
        Files.createDirectories(screens);
        for (var width : List.of(390, 1280))
            for (var scheme : Map.of("light", "1", "dark", "0").entrySet()) {
                var picture = screens.resolve(width + "-" + scheme.getKey() + ".png");
                chromium(
                        width,
                        "--screenshot=" + picture,
                        "--window-size=%d,2400".formatted(Math.max(500, width)),
                        "--hide-scrollbars",
                        "--blink-settings=preferredColorScheme=" + scheme.getValue());
                assertThat(picture).isNotEmptyFile();
            }
    }

    private record Said(String out, String log) {}

    private Said chromium(int width, String... options) throws IOException, InterruptedException {
        var out = folder.resolve("out");
        var log = folder.resolve("log");
        var command =
                new ArrayList<>(
                        List.of(
                                System.getProperty("pgvigil.browser", "chromium"),
                                "--headless=new",
                                // As root, and in containers, its own sandbox cannot be had; it
                                // sees our page only.
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-dev-shm-usage",
                                "--no-first-run",
                                "--enable-logging=stderr",
                                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                                "--virtual-time-budget=10000",
                                "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(List.of(options));
        command.add("http://127.0.0.1:" + server.getAddress().getPort() + "/" + width);
        var process =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(log.toFile())
                        .start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, SECONDS)).as("it ended").isTrue();
        } finally {
            Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                    .forEach(ProcessHandle::destroyForcibly);
            process.onExit().join();
        }
        return new Said(Files.readString(out), Files.readString(log));
    }
}
