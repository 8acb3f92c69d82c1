package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;

/// What the first page of a segment says about the segment.
///
/// @param major PostgreSQL's major version
/// @param timeline of the first page. A promotion copies the segment it happens in, so this may be an
///     ancestor of the timeline the file is named after
/// @param continued whether the first record on the page began in the segment before
/// @param segmentSize as the header says; [#complaint] judges it
public record SegmentHeader(
        int major,
        TimelineId timeline,
        Lsn address,
        SystemIdentifier systemIdentifier,
        int segmentSize,
        int blockSize,
        boolean continued) {
    /// So many bytes from the beginning of a segment are enough.
    public static final int LENGTH = 40;

    // XLOG_PAGE_MAGIC of each release, from access/xlog_internal.h.
    private static final Map<Integer, Integer> MAJORS =
            Map.of(0xD106, 13, 0xD10D, 14, 0xD110, 15, 0xD113, 16, 0xD116, 17, 0xD118, 18);

    private static final int FIRST_IS_CONTINUED = 1;
    private static final int LONG_HEADER = 2;

    /// Reads the header, or says in an [IllegalArgumentException] why there is none.
    public static SegmentHeader parse(byte[] bytes) {
        if (bytes.length < LENGTH)
            throw new IllegalArgumentException(
                    "a WAL segment begins with "
                            + LENGTH
                            + " bytes of header, and there are "
                            + bytes.length);
        // Every platform PostgreSQL runs on in a cloud is little-endian, and the log is raw memory.
        var header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        var magic = header.getShort() & 0xFFFF;
        var major = MAJORS.get(magic);
        if (major == null) throw new IllegalArgumentException(notOurs(magic));
        var info = header.getShort();
        if ((info & LONG_HEADER) == 0)
            throw new IllegalArgumentException("it begins in the middle of a segment");
        var timeline = header.getInt();
        if (timeline < 1)
            throw new IllegalArgumentException(
                    "its timeline is " + Integer.toUnsignedString(timeline));
        var address = new Lsn(header.getLong());
        // How much of a record continues here, and the padding to a multiple of eight.
        header.getLong();
        return new SegmentHeader(
                major,
                new TimelineId(timeline),
                address,
                new SystemIdentifier(Long.toUnsignedString(header.getLong())),
                header.getInt(),
                header.getInt(),
                (info & FIRST_IS_CONTINUED) != 0);
    }

    private static String notOurs(int magic) {
        if (magic == 0) return "it begins with zeros: nothing was ever written to it";
        if (MAJORS.containsKey(Integer.reverseBytes(magic) >>> 16))
            return "it was written on a big-endian machine";
        return "its first page has the magic number %04X, which is of no PostgreSQL from 13 to 18"
                .formatted(magic);
    }

    /// Why this is not the segment it is called, or empty when it is.
    ///
    /// @param history of the timeline in the name; without one, a first page of an older timeline is
    ///     refused
    public Optional<String> complaint(
            SegmentName name, SystemIdentifier server, Optional<TimelineHistory> history) {
        if (!systemIdentifier.equals(server))
            return Optional.of(
                    "it is of the server with system identifier "
                            + systemIdentifier
                            + ", not of "
                            + server);
        if (segmentSize != name.size().bytes())
            return Optional.of(
                    "its segments have " + segmentSize + " bytes, not " + name.size().bytes());
        if (!address.equals(name.begin()))
            return Optional.of("it begins at " + address + ", not at " + name.begin());
        if (timeline.equals(name.timeline())) return Optional.empty();
        if (timeline.compareTo(name.timeline()) > 0)
            return Optional.of("its first page is of the later timeline " + timeline);
        return copiedAtPromotion(name, history);
    }

    private Optional<String> copiedAtPromotion(
            SegmentName name, Optional<TimelineHistory> history) {
        if (history.isEmpty())
            return Optional.of(
                    "its first page is of timeline "
                            + timeline
                            + ", and the history of timeline "
                            + name.timeline()
                            + " is not known");
        var path = history.get();
        var fits =
                path.timeline().equals(name.timeline())
                        && path.at(address).equals(timeline)
                        && path.segment(name.number(), name.size()).equals(name);
        return fits
                ? Optional.empty()
                : Optional.of(
                        "its first page is of timeline "
                                + timeline
                                + ", which timeline "
                                + name.timeline()
                                + " did not leave in this segment");
    }
}
