package io.pgvigil.task;

import java.util.LinkedHashMap;
import java.util.Map;

/// Seconds per stage, in the order in which the stages began.
public final class Stopwatch {
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final long begin = System.nanoTime();
    private long stageBegin = begin;

    /// Ends a stage that began when the one before it ended.
    public void lap(String stage) {
        var now = System.nanoTime();
        seconds.merge(stage, rounded(now - stageBegin), Double::sum);
        stageBegin = now;
    }

    public double sum(String... stages) {
        var sum = 0.0;
        for (var stage : stages) sum += seconds.getOrDefault(stage, 0.0);
        return Math.round(sum * 1000) / 1000.0;
    }

    public Map<String, Double> seconds() {
        var all = new LinkedHashMap<>(seconds);
        all.put("total", rounded(System.nanoTime() - begin));
        return all;
    }

    private static double rounded(long nanos) {
        return Math.round(nanos / 1e6) / 1000.0;
    }
}
