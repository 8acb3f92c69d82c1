package io.pgvigil.core.retention;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.wal.PartialSegment;
import io.pgvigil.core.wal.SegmentName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The stored log of one server, as far as it has one system identifier, in little room: there are
/// millions of segments. Not thread-safe.
///
/// A segment is known by its timeline and its place, the last sixteen digits of its name. Places are in
/// the order of the log, whatever the size of segments, which no listing says.
public final class WalHoldings {
    private static final int FIRST_ROOM = 64;

    private final ServerName server;
    private final SystemIdentifier system;

    /// In the order in which they were added: a listing's, by timeline and place.
    private int[] timelines = new int[FIRST_ROOM];

    private long[] places = new long[FIRST_ROOM];
    private int[] kibibytes = new int[FIRST_ROOM];
    private int count;
    private boolean sorted = true;
    private long bytes;
    private final List<Part> parts = new ArrayList<>();

    /// The beginning of a segment, `000000010000000A000000FE.0000000AFE01B2C0.partial`.
    record Part(int timeline, long place, Lsn end, long bytes, boolean young) {
        String name() {
            return "%s.%016X.partial".formatted(WalHoldings.name(timeline, place), end.value());
        }
    }

    public WalHoldings(ServerName server, SystemIdentifier system) {
        this.server = server;
        this.system = system;
    }

    public ServerName server() {
        return server;
    }

    public SystemIdentifier system() {
        return system;
    }

    /// @param name of a segment or of part of one, without a suffix of ours; anything else is not the log
    /// @param isYoung whether it was stored so lately that nothing is to be done to it
    public void add(String name, long size, boolean isYoung) {
        if (PartialSegment.looksLikeOne(name)) {
            parts.add(
                    new Part(
                            timeline(name),
                            place(name),
                            new Lsn(Long.parseUnsignedLong(name, 25, 41, 16)),
                            size,
                            isYoung));
            bytes += size;
        } else if (SegmentName.looksLikeOne(name)) {
            bytes += size;
            add(timeline(name), place(name), size);
        }
    }

    private void add(int timeline, long place, long size) {
        if (count == places.length) {
            timelines = Arrays.copyOf(timelines, count * 2);
            places = Arrays.copyOf(places, count * 2);
            kibibytes = Arrays.copyOf(kibibytes, count * 2);
        }
        if (count > 0
                && (timelines[count - 1] > timeline
                        || timelines[count - 1] == timeline && places[count - 1] >= place))
            sorted = false;
        timelines[count] = timeline;
        places[count] = place;
        kibibytes[count++] = (int) Math.min(Integer.MAX_VALUE, (size + 1023) >> 10);
    }

    private static int timeline(String name) {
        return Integer.parseUnsignedInt(name, 0, 8, 16);
    }

    private static long place(String name) {
        return Long.parseUnsignedLong(name, 8, 24, 16);
    }

    /// The place of the segment that holds a position.
    static long place(Lsn position, long segmentBytes) {
        var high = position.value() >>> 32;
        var low = (position.value() & 0xFFFF_FFFFL) / segmentBytes;
        return high << 32 | low;
    }

    static String name(int timeline, long place) {
        return "%08X%016X".formatted(timeline, place);
    }

    public int segments() {
        return count;
    }

    public long bytes() {
        return bytes;
    }

    List<Part> parts() {
        return parts;
    }

    /// How many segments, and of how many bytes, lie before a place.
    long[] before(long place) {
        var found = new long[2];
        for (var i = 0; i < count; i++)
            if (Long.compareUnsigned(places[i], place) < 0) {
                found[0]++;
                found[1] += (long) kibibytes[i] << 10;
            }
        return found;
    }

    /// The places of the first so many segments of the log, before a place.
    long limit(long place, long most) {
        var before = new long[(int) before(place)[0]];
        if (before.length <= most) return place;
        var next = 0;
        for (var i = 0; i < count; i++)
            if (Long.compareUnsigned(places[i], place) < 0) before[next++] = places[i];
        Arrays.sort(before);
        return before[(int) most];
    }

    /// The names of the segments before a place, in the order in which they were added.
    List<String> names(long place) {
        var names = new ArrayList<String>();
        for (var i = 0; i < count; i++)
            if (Long.compareUnsigned(places[i], place) < 0)
                names.add(name(timelines[i], places[i]));
        return names;
    }

    /// Parts whose segment is there whole, or in a longer part.
    List<Part> superseded() {
        var longest = new HashMap<String, Part>();
        for (var part : parts)
            longest.merge(
                    name(part.timeline(), part.place()),
                    part,
                    (one, other) -> one.end().compareTo(other.end()) >= 0 ? one : other);
        return parts.stream()
                .filter(part -> !part.young())
                .filter(part -> has(part.timeline(), part.place()) || !isLongest(part, longest))
                .toList();
    }

    private static boolean isLongest(Part part, Map<String, Part> longest) {
        return part.equals(longest.get(name(part.timeline(), part.place())));
    }

    private boolean has(int timeline, long place) {
        if (!sorted) {
            for (var i = 0; i < count; i++)
                if (timelines[i] == timeline && places[i] == place) return true;
            return false;
        }
        var low = 0;
        var high = count - 1;
        while (low <= high) {
            var middle = (low + high) >>> 1;
            var order = Integer.compareUnsigned(timelines[middle], timeline);
            if (order == 0) order = Long.compareUnsigned(places[middle], place);
            if (order == 0) return true;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return false;
    }
}
