package io.pgvigil.core.wal;

/// Segments that are missing between others that are there.
///
/// @param first the first one missing
/// @param last the last one missing, on the same timeline
public record Gap(SegmentName first, SegmentName last) {
    public Gap {
        if (first.number() > last.number() || !first.timeline().equals(last.timeline()))
            throw new IllegalArgumentException("no gap: from " + first + " to " + last);
    }

    public long segments() {
        return last.number() - first.number() + 1;
    }

    @Override
    public String toString() {
        return first.equals(last) ? first.toString() : first + " to " + last;
    }
}
