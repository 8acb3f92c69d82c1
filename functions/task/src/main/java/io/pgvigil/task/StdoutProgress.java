package io.pgvigil.task;

import io.pgvigil.wire.Json;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/// Progress as lines of JSON on stdout, at most a few per second: `{"progress":"dump","bytes":…}`.
///
/// The command line reads them from its child; in a container they are the log.
final class StdoutProgress implements Progress {
    private static final long INTERVAL_NANOS = 250_000_000;

    private final PrintStream out;
    private String stage = "";
    private String detail = "";
    private long expectedBytes;
    private long lastLine;

    StdoutProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void stage(String stage, String detail, long expectedBytes) {
        this.stage = stage;
        this.detail = detail;
        this.expectedBytes = expectedBytes;
        lastLine = System.nanoTime();
        print(0, 0);
    }

    @Override
    public synchronized void moved(long bytes, long rows) {
        var now = System.nanoTime();
        if (now - lastLine < INTERVAL_NANOS) return;
        lastLine = now;
        print(bytes, rows);
    }

    private void print(long bytes, long rows) {
        var line = new LinkedHashMap<String, Object>();
        line.put("progress", stage);
        line.put("detail", detail);
        line.put("bytes", bytes);
        line.put("rows", rows);
        line.put("expectedBytes", expectedBytes);
        out.println(Json.line(line));
        out.flush();
    }

    @Override
    public synchronized void note(String message) {
        out.println(Json.line(Map.of("note", message)));
        out.flush();
    }
}
