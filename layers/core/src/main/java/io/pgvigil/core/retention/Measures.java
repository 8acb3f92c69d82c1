package io.pgvigil.core.retention;

/// What tells a backup that looks like the ones before it from one that does not.
public record Measures(long archiveBytes, long storedBytes, long rows, int tables) {
    /// How many times smaller the archive became by compression; encrypted rows hardly shrink.
    double shrunk() {
        return storedBytes == 0 ? 0 : (double) archiveBytes / storedBytes;
    }
}
