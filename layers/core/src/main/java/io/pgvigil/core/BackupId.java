package io.pgvigil.core;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// Names one backup: `20261122T023000Z-l-9f3c21`. It sorts by the time of its run in UTC and reads
/// as one; the letter tells the kind, the tail tells runs of the same second apart.
///
/// Sorting by name is a convenience for people. Every decision about order uses times in the
/// manifest.
public record BackupId(String value) implements Comparable<BackupId> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    public BackupId {
        if (!value.matches("[0-9]{8}T[0-9]{6}Z-[a-z]-[0-9a-f]{6,16}"))
            throw new IllegalArgumentException("not a backup id: '" + value + "'");
    }

    public static BackupId of(Instant time, BackupKind kind, String tail) {
        return new BackupId(TIME.format(time) + "-" + kind.letter() + "-" + tail);
    }

    /// Empty when it is no backup's id, as of a folder that is not ours.
    public static Optional<BackupId> ifValid(String value) {
        try {
            return Optional.of(new BackupId(value));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    @Override
    public int compareTo(BackupId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
