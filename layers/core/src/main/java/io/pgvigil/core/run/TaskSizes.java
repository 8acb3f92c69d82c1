package io.pgvigil.core.run;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.util.Collection;

/// How large a container is asked for, from what earlier backups needed.
///
/// Every size is one that Fargate knows:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html>.
public final class TaskSizes {
    /// Fargate gives 20 GiB without asking; what is asked for begins above.
    static final int LEAST_DISK_GIB = 21;

    public static final int MOST_DISK_GIB = 200;

    private static final long GIB = 1L << 30;
    private static final long MEDIUM_BYTES = 50 * GIB;
    private static final long LARGE_BYTES = 500 * GIB;

    /// One vCPU compresses as fast as one COPY stream sends; a dump this long wants more.
    private static final Duration MEDIUM_DURATION = Duration.ofHours(1);

    private static final Duration LARGE_DURATION = Duration.ofHours(6);

    /// Programs, logs, the empty cluster of a temporary instance and its write-ahead log.
    private static final long HEADROOM = 5 * GIB;

    private static final TaskSize SMALL = new TaskSize(1024, 2048, LEAST_DISK_GIB);
    private static final TaskSize MEDIUM = new TaskSize(2048, 4096, LEAST_DISK_GIB);
    private static final TaskSize LARGE = new TaskSize(4096, 8192, LEAST_DISK_GIB);

    private TaskSizes() {}

    /// @param previous the newest backup of each database that is to be backed up; none: small
    public static TaskSize backup(Collection<Manifest> previous) {
        var bytes =
                previous.stream()
                        .mapToLong(manifest -> manifest.totals().archiveBytes())
                        .max()
                        .orElse(0);
        var longest =
                previous.stream()
                        .map(Manifest::duration)
                        .max(Duration::compareTo)
                        .orElse(Duration.ZERO);
        return largest(bytes, longest);
    }

    /// A harvest compresses up to three segments at a time and holds two and a half that wait for it.
    public static TaskSize harvest() {
        return new TaskSize(512, 1024, LEAST_DISK_GIB);
    }

    /// Of a whole server. Only one with tablespaces needs a disk, which is known of the copy before;
    /// the first one gets what it would need.
    ///
    /// @param previous the newest backup of each database, and of the whole server
    public static TaskSize physical(Collection<Manifest> previous) {
        var base = previous.stream().filter(one -> one.physical().isPresent()).findFirst();
        var bytes =
                base.map(one -> one.totals().databaseBytes())
                        .orElseGet(() ->
                                previous.stream()
                                        .mapToLong(one -> one.totals().databaseBytes())
                                        .sum());
        var size = largest(bytes, base.map(Manifest::duration).orElse(Duration.ZERO));
        var spread =
                base.flatMap(Manifest::physical)
                        .map(physical -> !physical.tablespaces().isEmpty())
                        .orElse(true);
        if (!spread) return size;
        // As the task asks for: a tenth more than the databases, and room for WAL.
        var gib = (bytes + bytes / 10 + HEADROOM + GIB - 1) / GIB;
        if (gib > MOST_DISK_GIB && base.isPresent())
            throw new Problem(
                    ErrorCode.SPACE_MISSING,
                    "a copy of this server, which has tablespaces, needs about %d GiB of disk, and a Fargate"
                                    .formatted(gib)
                            + " task has "
                            + MOST_DISK_GIB
                            + " at most",
                    "Run pgvigil backup --kind physical on a host with that much disk, or make logical"
                            + " backups.");
        return new TaskSize(
                size.cpuUnits(),
                size.memoryMib(),
                (int) Math.clamp(gib, LEAST_DISK_GIB, MOST_DISK_GIB));
    }

    /// The archive is spooled once, uncompressed, and the temporary instance holds the database,
    /// half as much again for its indexes' builds and its write-ahead log.
    public static TaskSize drill(Manifest manifest) {
        var totals = manifest.totals();
        // The files lie there once; the log behind them is not known here, the task looks.
        if (manifest.kind() == BackupKind.PHYSICAL)
            return withDisk(
                    manifest, "the drill", totals.archiveBytes() + totals.archiveBytes() / 2);
        return withDisk(
                manifest,
                "the drill",
                totals.databaseBytes() + totals.databaseBytes() / 2 + totals.archiveBytes());
    }

    /// The archive is spooled; the database itself grows in the temporary instance in RDS.
    public static TaskSize drillInRds(Manifest manifest) {
        return withDisk(manifest, "the drill", manifest.totals().archiveBytes());
    }

    /// The archive is spooled; the database itself grows on the target.
    ///
    /// @param part whether only a part of the backup is restored; how much that is the task finds out,
    ///     and refuses if it is too much
    public static TaskSize restore(Manifest manifest, boolean part) {
        var most = (MOST_DISK_GIB * GIB) - HEADROOM;
        var bytes = manifest.totals().archiveBytes();
        return withDisk(manifest, "the restore", part ? Math.min(bytes, most) : bytes);
    }

    private static TaskSize withDisk(Manifest manifest, String purpose, long bytes) {
        var gib = (bytes + HEADROOM + GIB - 1) / GIB;
        if (gib > MOST_DISK_GIB)
            throw new Problem(
                    ErrorCode.SPACE_MISSING,
                    "%s of %s needs about %d GiB of disk, and a Fargate task has %d at most"
                            .formatted(purpose, manifest.backup(), gib, MOST_DISK_GIB),
                    purpose.equals("the drill")
                            ? "An instance in RDS needs room for the archive only (docs/operations/verify.md);"
                                    + " otherwise run pgvigil verify on a host with that much disk."
                            : "Restore a part at a time (schemas, tables), or run pgvigil restore on a"
                                    + " host with that much disk.");
        var size = largest(manifest.totals().archiveBytes(), Duration.ZERO);
        return new TaskSize(size.cpuUnits(), size.memoryMib(), (int) Math.max(gib, LEAST_DISK_GIB));
    }

    private static TaskSize largest(long bytes, Duration duration) {
        if (bytes >= LARGE_BYTES || duration.compareTo(LARGE_DURATION) >= 0) return LARGE;
        if (bytes >= MEDIUM_BYTES || duration.compareTo(MEDIUM_DURATION) >= 0) return MEDIUM;
        return SMALL;
    }
}
