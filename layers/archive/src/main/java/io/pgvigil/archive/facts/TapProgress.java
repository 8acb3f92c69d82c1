package io.pgvigil.archive.facts;

import io.pgvigil.archive.TocEntry;
import java.util.Optional;

/// Hears how far a tap is, once per buffer.
@FunctionalInterface
public interface TapProgress {
    TapProgress NONE = (bytes, rows, entry) -> {};

    /// @param bytes of the archive handed out so far
    /// @param rows read so far
    /// @param entry whose data is passing, none before the first block
    void at(long bytes, long rows, Optional<TocEntry> entry);
}
