package io.pgvigil.runtime;

import io.pgvigil.core.wal.Harvest;
import java.time.Duration;
import java.util.List;

/// What a harvest measured, whoever tells it.
public final class WalMetrics {
    private static final double GIB = 1L << 30;

    private WalMetrics() {}

    public static List<Emf.Metric> of(Harvest harvest) {
        var lag = Duration.between(harvest.at(), harvest.finished());
        return List.of(
                Emf.Metric.bytes("WalBytes", harvest.bytes()),
                // In GiB, as a person writes the threshold of an alarm.
                new Emf.Metric("WalRetainedGiB", "None", Math.max(0, harvest.retained()) / GIB),
                Emf.Metric.seconds("WalLagSeconds", Math.max(0, lag.toMillis() / 1000.0)));
    }
}
