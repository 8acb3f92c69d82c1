package io.pgvigil.wire;

import io.pgvigil.core.store.Versioned;
import io.pgvigil.wire.FactsDocument.Frame;
import java.util.List;
import java.util.Optional;

/// `facts.json` of a physical backup: where each zstd frame of its archives begins, so that any part can
/// be fetched and decompressed alone.
public record BaseDocument(int format, List<Archive> archives) implements Versioned {
    public static final int FORMAT = 1;

    /// @param role of the object in the manifest
    /// @param bytes of the tar archive
    /// @param storedBytes of the object
    /// @param frames where each begins, in the tar archive and in the stored object
    /// @param sections where in the tar archive a frame begins with a member, so that what lies between two
    ///     of them can be unpacked alone; absent in older documents
    public record Archive(
            String role,
            long bytes,
            long storedBytes,
            List<Frame> frames,
            Optional<List<Long>> sections) {
        public Archive {
            frames = List.copyOf(frames);
            sections = sections.map(List::copyOf);
        }
    }

    public BaseDocument {
        archives = List.copyOf(archives);
    }
}
