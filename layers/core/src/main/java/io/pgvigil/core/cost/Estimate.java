package io.pgvigil.core.cost;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.ByteSize;
import java.time.Duration;

/// How long a first backup and its proof take, and what keeping them costs; to choose by.
///
/// @param backup and `proof` on two cores, once a task works
/// @param stored bytes of one backup
/// @param month dollars that this database adds, daily backups kept as `production` keeps them after seven
///     years, proven weekly
/// @param stack dollars a month that a stack costs without any database
/// @param assumed what was taken for granted, in words
public record Estimate(
        Duration backup,
        Duration proof,
        ByteSize stored,
        double month,
        double stack,
        String assumed) {
    private static final double BYTES_PER_GB = 1e9;
    private static final double BYTES_PER_MB = 1e6;

    /// Above this a task is of the medium size.
    private static final long MEDIUM_BYTES = 10_000_000_000L;

    /// MB of a server per second: half of what `bench/physical` measured on two cores.
    private static final double COPY_RATE = 50;

    /// @param bytes of the database, or of the whole server for a physical backup
    public static Estimate of(BackupKind kind, long bytes, Assumptions assumed, PriceList prices) {
        var shape = bytes > MEDIUM_BYTES ? Workload.MEDIUM : Workload.SMALL;
        var rate = kind == BackupKind.LOGICAL ? shape.backupRate() : COPY_RATE;
        var work = new Workload("this", 1, bytes / BYTES_PER_GB, shape);
        var none = MonthlyCost.of(new Workload("none", 0, 0, shape), assumed, prices).total();
        return new Estimate(
                seconds(bytes, rate),
                seconds(bytes, shape.drillRate()),
                ByteSize.of(Math.round(bytes * assumed.stored())),
                MonthlyCost.of(work, assumed, prices).total() - none,
                none,
                "%.0f MB a second for a backup and %.0f for its proof, %.0f %% of the size stored, list prices of %s as of %s"
                        .formatted(
                                rate,
                                shape.drillRate(),
                                100 * assumed.stored(),
                                prices.region(),
                                prices.asOf()));
    }

    private static Duration seconds(long bytes, double rate) {
        return Duration.ofSeconds(Math.max(1, Math.round(bytes / BYTES_PER_MB / rate)));
    }
}
