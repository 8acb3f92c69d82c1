package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;

/// The beginning of a segment that the server had not filled yet, up to a position:
/// `000000010000000A000000FE.0000000AFE01B2C0.partial`.
public record PartialSegment(SegmentName segment, Lsn end) {
    private static final String SUFFIX = ".partial";

    public PartialSegment {
        if (end.compareTo(segment.begin()) <= 0
                || end.minus(segment.begin()) >= segment.size().bytes())
            throw new IllegalArgumentException(
                    "segment " + segment + " cannot end early at " + end);
    }

    public static PartialSegment parse(String name, WalSegmentSize size) {
        if (!looksLikeOne(name))
            throw new IllegalArgumentException(
                    "not the name of part of a WAL segment: '" + name + "'");
        return new PartialSegment(
                SegmentName.parse(name.substring(0, 24), size),
                new Lsn(Long.parseUnsignedLong(name, 25, 41, 16)));
    }

    public static boolean looksLikeOne(String name) {
        return name.matches("[0-9A-F]{24}\\.[0-9A-F]{16}\\.partial")
                && SegmentName.looksLikeOne(name.substring(0, 24));
    }

    /// How many of the segment's bytes it holds.
    public int length() {
        return segment.size().offset(end);
    }

    @Override
    public String toString() {
        return "%s.%016X%s".formatted(segment, end.value(), SUFFIX);
    }
}
