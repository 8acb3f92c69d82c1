package io.pgvigil.archive;

/// Hears where data blocks begin and end, while the bytes pass.
///
/// A block's entry is known only once its id has been read, which may be one buffer later than its
/// first byte; therefore the beginning is told as an offset and the end with the entry.
public interface BlockListener {
    BlockListener NONE = new BlockListener() {};

    /// A block begins at this byte of the archive. What came before is complete: the header and the
    /// table of contents, or the previous block.
    default void blockStarts(long offset) {}

    /// The block that began at `offset` has been read (or skipped) to its end.
    default void blockEnds(TocEntry entry, long offset, long length) {}
}
