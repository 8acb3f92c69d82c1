package io.pgvigil.core;

/// Names one attempt at something: `20261122T023000Z-backup-9f3c21d0a4`. Derived from what was asked
/// and the time it was due, so that a second delivery of the same request derives the same id.
public record RunId(String value) implements Comparable<RunId> {
    public RunId {
        if (!value.matches("[0-9]{8}T[0-9]{6}Z-[a-z]+-[0-9a-f]{6,32}"))
            throw new IllegalArgumentException("not a run id: '" + value + "'");
    }

    @Override
    public int compareTo(RunId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
