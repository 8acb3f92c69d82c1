package io.pgvigil.archive;

/// An archive that cannot be read on: what is wrong, and at which byte of the (uncompressed) stream.
public final class ArchiveException extends RuntimeException {

    /// What to make of it.
    public enum Kind {
        /// The bytes contradict the format, or are not an archive at all.
        DAMAGED("damaged"),
        /// The stream ends in the middle of something.
        TRUNCATED("truncated"),
        /// The stream ends cleanly, but data that the table of contents announces never came.
        INCOMPLETE("incomplete"),
        /// An archive format older or newer than this reader knows.
        UNSUPPORTED_VERSION("of an unsupported version"),
        /// A sound archive whose contents this reader does not read, for example lz4 data.
        UNSUPPORTED_CONTENT("not readable here");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    private final Kind kind;
    private final long offset;

    public ArchiveException(Kind kind, long offset, String what) {
        super("archive is " + kind.words + " (byte " + offset + "): " + what);
        this.kind = kind;
        this.offset = offset;
    }

    public Kind kind() {
        return kind;
    }

    /// Where reading stopped, counted from the archive's first byte.
    public long offset() {
        return offset;
    }

    static ArchiveException damaged(long offset, String what) {
        return new ArchiveException(Kind.DAMAGED, offset, what);
    }
}
