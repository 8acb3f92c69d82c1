package io.pgvigil.runtime;

import io.pgvigil.core.ServerName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Where measured values go.
public final class Metrics {
    public static final Metrics NONE = new Metrics("", line -> {});

    private final String stack;
    private final Consumer<String> sink;

    /// @param sink takes whole lines, each with its line break
    public Metrics(String stack, Consumer<String> sink) {
        this.stack = stack;
        this.sink = sink;
    }

    /// To standard output of a deployed function; nowhere when `PGVIGIL_STACK` is not set.
    public static Metrics standard(Map<String, String> environment) {
        return new Settings(environment)
                .optional("PGVIGIL_STACK")
                .map(stack -> new Metrics(stack, System.out::print))
                .orElse(NONE);
    }

    public void put(Instant at, Optional<ServerName> server, List<Emf.Metric> metrics) {
        if (metrics.isEmpty()) return;
        sink.accept(Emf.line(at, stack, server, metrics) + "\n");
    }
}
