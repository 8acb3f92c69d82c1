package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.wire.Json;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// What people see while a task works: a bar on a terminal, one line per stage elsewhere.
///
/// Everything goes to stderr, so that stdout holds the answer and nothing else.
final class Screen implements AutoCloseable {
    private static final Map<String, String> STAGES =
            Map.ofEntries(
                    Map.entry("connect", "connecting"),
                    Map.entry("dump", "dumping"),
                    Map.entry("store", "storing"),
                    Map.entry("globals", "globals"),
                    Map.entry("fetch", "fetching"),
                    Map.entry("sandbox", "starting a temporary instance"),
                    Map.entry("restore", "restoring"),
                    Map.entry("retry", "retrying what failed"),
                    Map.entry("analyze", "analyzing"),
                    Map.entry("compare", "dumping again and comparing"),
                    Map.entry("checks", "asking your checks"),
                    Map.entry("plan", "planning"));

    private final PrintStream out;
    private final boolean terminal;
    private final boolean quiet;
    private String stage = "";
    private @Nullable ProgressBar bar;

    private Screen(PrintStream out, boolean terminal, boolean quiet) {
        this.out = out;
        this.terminal = terminal;
        this.quiet = quiet;
    }

    /// @param json whether stdout belongs to a program; then only notes are shown
    static Screen of(boolean json) {
        var terminal =
                System.console() != null
                        && System.console().isTerminal()
                        && !"dumb".equals(System.getenv("TERM"))
                        && !json;
        return new Screen(System.err, terminal, json);
    }

    synchronized void taskSays(String line) {
        // Java's own word about the recording that makes the next run start faster.
        if (line.contains("AOTConfiguration recorded")) return;
        if (!line.startsWith("{")) {
            out.println(line);
            return;
        }
        JsonNode said;
        try {
            said = Json.readTree(line.getBytes(StandardCharsets.UTF_8), "the task's progress");
        } catch (Problem e) {
            out.println(line);
            return;
        }
        if (said.has("note")) note(said.get("note").asText());
        else if (said.has("progress")) progress(said);
    }

    /// One line about what goes on elsewhere.
    synchronized void say(String text) {
        if (quiet) return;
        endBar();
        out.println("  " + text);
    }

    private void note(String text) {
        endBar();
        out.println("  note: " + text);
    }

    private void progress(JsonNode said) {
        if (quiet) return;
        var name = said.get("progress").asText();
        var detail = said.get("detail").asText();
        var title = STAGES.getOrDefault(name, name) + (detail.isEmpty() ? "" : " " + detail);
        if (!title.equals(stage)) {
            endBar();
            stage = title;
            if (terminal) bar = newBar(title, said.get("expectedBytes").asLong());
            else out.println("  " + title);
        }
        if (bar == null) return;
        bar.stepTo(said.get("bytes").asLong());
        var rows = said.get("rows").asLong();
        if (rows > 0) bar.setExtraMessage(String.format(Locale.ROOT, " %,d rows", rows));
    }

    private ProgressBar newBar(String title, long expected) {
        return new ProgressBarBuilder()
                .setTaskName("  " + title)
                .setInitialMax(expected > 0 ? expected : -1)
                .setUnit(" MB", 1_000_000)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(250)
                .hideEta()
                .setConsumer(new ConsoleProgressBarConsumer(out))
                .build();
    }

    private void endBar() {
        if (bar == null) return;
        bar.close();
        bar = null;
    }

    @Override
    public synchronized void close() {
        endBar();
    }

    static String seconds(double seconds) {
        if (seconds < 10) return String.format(Locale.ROOT, "%.1f s", seconds);
        if (seconds < 120) return String.format(Locale.ROOT, "%.0f s", seconds);
        var whole = (long) seconds;
        return whole < 7200
                ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }

    static String size(long bytes) {
        return ByteSize.of(bytes).toString();
    }
}
