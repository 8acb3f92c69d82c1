package io.pgvigil.core.retention;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Decides which of the harvested log may go.
///
/// A base carries the log that makes it consistent inside, so harvested log is only for moments after a
/// base. With a window (`keep.wal: 14d`) it stays from the newest base on that is as old as the window;
/// without one from the oldest base that is kept. It stays on every timeline: a position before which no
/// base begins is needed on none.
public final class WalRules {
    private WalRules() {}

    /// A base that stays.
    ///
    /// @param sound whether it can be restored, as far as anybody knows
    /// @param read whether somebody restores it now
    public record Base(
            BackupRef ref,
            SystemIdentifier system,
            Instant finished,
            Lsn begin,
            int timeline,
            long segmentBytes,
            boolean sound,
            boolean read) {}

    /// @param from the first segment that stays; empty: all of it
    /// @param segments how many go
    /// @param bytes of these
    /// @param superseded parts of segments that go because the segment, or more of it, is there
    /// @param why it goes up to there, or why nothing goes
    public record Decided(
            WalHoldings log,
            Optional<String> from,
            long segments,
            long bytes,
            List<String> superseded,
            String why) {
        public Decided {
            superseded = List.copyOf(superseded);
        }

        public boolean changesNothing() {
            return segments == 0 && superseded.isEmpty();
        }

        /// The names of what goes, the oldest first within each timeline.
        public List<String> names() {
            var names = new ArrayList<String>(superseded);
            from.ifPresent(
                    first -> names.addAll(log.names(Long.parseUnsignedLong(first, 8, 24, 16))));
            return names;
        }
    }

    /// @param bases of this server and system identifier that stay
    /// @param policy of the server's bases; empty: it is not configured
    /// @param stop why nothing of the server's bases is deleted
    public static Decided decide(
            WalHoldings log,
            List<Base> bases,
            Optional<Policy> policy,
            Optional<String> stop,
            Budget budget,
            Instant now) {
        if (policy.isEmpty()) return stays(log, "server " + log.server() + " is not configured");
        if (stop.isPresent()) return stays(log, stop.get());
        if (bases.isEmpty())
            return stays(
                    log,
                    "no base of system identifier "
                            + log.system()
                            + " is there to say what needs it");
        var first = first(bases, policy.get().keep().wal(), now);
        var place = WalHoldings.place(first.begin(), first.segmentBytes());
        var wished = log.before(place)[0];
        var allowed = budget.of(log.segments());
        var limit = wished > allowed ? log.limit(place, allowed) : place;
        var goes = log.before(limit);
        var why =
                "point in time since %s, the base %s"
                        .formatted(
                                LocalDate.ofInstant(first.finished(), policy.get().zone()),
                                first.ref().backup());
        if (wished > goes[0])
            why +=
                    "; the budget of one run is spent, and %d segments could go; consent lifts it"
                            .formatted(wished);
        return new Decided(
                log,
                Optional.of(WalHoldings.name(first.timeline(), limit)),
                goes[0],
                goes[1],
                parts(log, place),
                why);
    }

    private static Decided stays(WalHoldings log, String why) {
        return new Decided(log, Optional.empty(), 0, 0, List.of(), why);
    }

    /// The base that begins first in the log among those from which somebody may want to go on.
    private static Base first(List<Base> bases, Duration window, Instant now) {
        var begin = Comparator.comparing(Base::begin);
        if (window.isZero()) return bases.stream().min(begin).orElseThrow();
        var since = now.minus(window);
        // What failed its drill is no ground to stand on.
        var ground =
                bases.stream()
                        .filter(base -> base.sound() && !base.finished().isAfter(since))
                        .max(Comparator.comparing(Base::finished));
        return bases.stream()
                .filter(base ->
                        ground.isEmpty()
                                || base.equals(ground.get())
                                || base.finished().isAfter(since)
                                || base.read())
                .min(begin)
                .orElseThrow();
    }

    /// Parts that hold nothing that is not elsewhere, or that nobody needs.
    private static List<String> parts(WalHoldings log, long place) {
        var gone = new ArrayList<>(log.superseded());
        for (var part : log.parts())
            if (!part.young()
                    && Long.compareUnsigned(part.place(), place) < 0
                    && !gone.contains(part)) gone.add(part);
        return gone.stream().map(WalHoldings.Part::name).sorted().toList();
    }
}
