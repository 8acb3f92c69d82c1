package io.pgvigil.archive;

/// What a reader is willing to hold in memory. Data blocks are not limited: they are streamed.
///
/// @param entries of the table of contents
/// @param textBytes of a single name or definition
/// @param tocBytes of header and table of contents together
public record ArchiveLimits(int entries, int textBytes, long tocBytes) {
    /// Far beyond what is met (about 5,000 entries and a few MB; one entry per large object before
    /// PostgreSQL 17), and still small enough that damage cannot exhaust a machine.
    public static final ArchiveLimits STANDARD =
            new ArchiveLimits(10_000_000, 64 * 1024 * 1024, 1024L * 1024 * 1024);

    public ArchiveLimits {
        if (entries < 1 || textBytes < 1 || tocBytes < 1)
            throw new IllegalArgumentException(
                    "limits must be positive, were "
                            + entries
                            + ", "
                            + textBytes
                            + ", "
                            + tocBytes);
    }
}
