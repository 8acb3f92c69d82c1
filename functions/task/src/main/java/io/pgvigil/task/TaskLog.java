package io.pgvigil.task;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// What a run did, in lines with times; stored beside what it made. Never holds a secret: it gets
/// commands without their environment, and what PostgreSQL's programs print.
public final class TaskLog {
    private static final int LINES_KEPT = 20_000;

    private final InstantSource clock;
    private final List<String> lines = new ArrayList<>();
    private int dropped;

    public TaskLog(InstantSource clock) {
        this.clock = clock;
    }

    public synchronized void line(String text) {
        if (lines.size() == LINES_KEPT) dropped++;
        else lines.add(clock.instant() + " " + text);
    }

    public synchronized byte[] bytes() {
        var text = String.join("\n", lines) + "\n";
        if (dropped > 0) text += "… and " + dropped + " more lines\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
