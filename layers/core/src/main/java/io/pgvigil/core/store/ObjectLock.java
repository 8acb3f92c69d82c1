package io.pgvigil.core.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// What keeps an object from being deleted for good: a date, a person's word, or both.
///
/// @param legalHold whether somebody said that it stays until they say otherwise
public record ObjectLock(Optional<Retained> retained, boolean legalHold) {
    public static final ObjectLock NONE = new ObjectLock(Optional.empty(), false);

    public record Retained(LockMode mode, Instant until) {}

    public static ObjectLock until(LockMode mode, Instant until) {
        return new ObjectLock(Optional.of(new Retained(mode, until)), false);
    }

    /// Why the object cannot be deleted now; empty when nothing keeps it.
    public Optional<String> obstacle(Instant now) {
        if (legalHold) return Optional.of("under legal hold");
        return retained.filter(lock -> now.isBefore(lock.until()))
                .map(lock -> "locked until " + lock.until() + " (" + lock.mode().word() + ")");
    }

    /// Whether a lock of this kind adds nothing.
    public boolean covers(LockMode mode, Instant until) {
        return retained.filter(lock -> lock.mode().compareTo(mode) >= 0)
                .filter(lock -> !lock.until().isBefore(until))
                .isPresent();
    }

    /// At least this long and this strict, to the second.
    public ObjectLock lengthened(LockMode mode, Instant until) {
        var stricter =
                retained.map(Retained::mode)
                        .filter(known -> known.compareTo(mode) > 0)
                        .orElse(mode);
        var longer = end().isAfter(until) ? end() : until.truncatedTo(ChronoUnit.SECONDS);
        return new ObjectLock(Optional.of(new Retained(stricter, longer)), legalHold);
    }

    /// How long it is locked by a date; the epoch when it is not.
    public Instant end() {
        return retained.map(Retained::until).orElse(Instant.EPOCH);
    }

    /// What holds of both objects.
    public ObjectLock weaker(ObjectLock other) {
        return new ObjectLock(
                end().isAfter(other.end()) ? other.retained : retained,
                legalHold && other.legalHold);
    }

    /// What holds of one of them.
    public ObjectLock stronger(ObjectLock other) {
        return new ObjectLock(
                end().isAfter(other.end()) ? retained : other.retained,
                legalHold || other.legalHold);
    }
}
