package io.pgvigil.task.physical;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.PartialSegment;
import io.pgvigil.core.wal.SegmentHeader;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineHistory;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.postgres.physical.Replication;
import io.pgvigil.postgres.physical.WalStream;
import io.pgvigil.task.Progress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Receives a server's log along one path and stores it, segment by segment.
final class WalReceiver {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ObjectStore store;
    private final Progress progress;
    private final InstantSource clock;
    private final Order.Harvest order;
    private final LoginSource logins;
    private final Runnable permission;
    private final Log log;
    private final Queue<byte[]> blocks;
    private final long begin = System.nanoTime();
    private int segments;
    private int alreadyThere;
    private long bytes;

    /// The log that is received.
    ///
    /// @param path along which it is read
    /// @param stored the names of the segments that are; gets those that are received, whatever happens
    ///     then
    record Log(
            SystemIdentifier system,
            TimelineHistory path,
            WalSegmentSize size,
            Set<String> stored) {
        SegmentName segment(long number) {
            return path.segment(number, size);
        }

        boolean has(SegmentName name) {
            return stored.contains(name.toString());
        }

        /// The first one from here on that is not stored.
        long firstMissing(long from) {
            var number = from;
            while (has(segment(number))) number++;
            return number;
        }
    }

    /// @param permission throws where nothing more may be stored
    /// @param blocks memory for what is under way
    WalReceiver(
            ObjectStore store,
            Progress progress,
            InstantSource clock,
            Order.Harvest order,
            LoginSource logins,
            Runnable permission,
            Log log,
            Queue<byte[]> blocks) {
        this.blocks = blocks;
        this.store = store;
        this.progress = progress;
        this.clock = clock;
        this.order = order;
        this.logins = logins;
        this.permission = permission;
        this.log = log;
    }

    /// How many were stored whole.
    int segments() {
        return segments;
    }

    /// How many were there, with the same content.
    int alreadyThere() {
        return alreadyThere;
    }

    long bytes() {
        return bytes;
    }

    /// From the beginning of a segment to the end, timeline after timeline.
    ///
    /// @param slot that keeps the log and is told what is stored
    /// @throws Problem with `WAL_REMOVED` where the server has no more of it; what came before is stored
    void receive(Optional<HarvestSlot> slot, long first, Lsn end) {
        var size = log.size();
        var number = first;
        while (size.begin(number).isBefore(end)) {
            var timeline = log.segment(number).timeline();
            // We may have been its last reader, a timeline ago.
            slot.ifPresent(HarvestSlot::settled);
            try (var replication = Replication.connect(logins.login(), clock);
                    var senders = new WalSenders(store, order.level(), permission, blocks)) {
                var stream =
                        replication.stream(
                                slot.map(HarvestSlot::name), timeline, size.begin(number));
                var rest = new Rest();
                try {
                    while (size.begin(number).isBefore(end)) {
                        var name = log.segment(number);
                        if (!name.timeline().equals(timeline)) break;
                        var until = end.isBefore(name.end()) ? end : name.end();
                        segment(stream, senders, rest, name, until);
                        number++;
                        settle(stream, senders, WalSenders.AT_ONCE - 1);
                    }
                    settle(stream, senders, 0);
                } catch (Problem problem) {
                    // What had arrived by then the server may never send again.
                    if (problem.code() == ErrorCode.WAL_REMOVED)
                        while (senders.underWay() > 0) takeIn(senders.next());
                    throw problem;
                }
            }
        }
    }

    /// Takes in what is stored meanwhile, and waits until no more than so many are under way.
    private void settle(WalStream stream, WalSenders senders, int most) {
        while (senders.underWay() > most || senders.ready()) {
            var sent = senders.next();
            takeIn(sent);
            // Only now: until the store has confirmed it, the server is the only one that has it.
            if (sent.whole()) stream.confirm(sent.name().end());
        }
    }

    private void takeIn(WalSenders.Sent sent) {
        if (!sent.stored()) alreadyThere++;
        else if (sent.whole()) segments++;
        if (sent.whole()) log.stored().add(sent.name().toString());
    }

    /// What of the last piece belongs to the next segment.
    private static final class Rest {
        private WalStream.@Nullable Piece piece;
        private int used;
    }

    private void segment(
            WalStream stream, WalSenders senders, Rest rest, SegmentName name, Lsn until) {
        var whole = until.equals(name.end());
        var key =
                Layout.segment(
                        order.server(),
                        log.system(),
                        name.timeline(),
                        whole ? name.toString() : new PartialSegment(name, until).toString());
        var there = whole && log.has(name);
        var sending = senders.begin(name, whole, key, there);
        try {
            pass(stream, sending, rest, name, until.minus(name.begin()));
        } catch (Problem problem) {
            sending.giveUp();
            throw problem;
        }
        sending.end();
    }

    private void pass(
            WalStream stream,
            WalSenders.Sending sending,
            Rest rest,
            SegmentName name,
            long length) {
        var header = new byte[(int) Math.min(SegmentHeader.LENGTH, length)];
        var have = 0L;
        while (have < length) {
            var piece = rest.piece == null ? piece(stream) : rest.piece;
            var from = piece.offset() + rest.used;
            var count = (int) Math.min(piece.length() - rest.used, length - have);
            if (have < header.length) {
                var part = (int) Math.min(header.length - have, count);
                System.arraycopy(piece.bytes(), from, header, (int) have, part);
                if (have + part == header.length) check(name, header);
            }
            sending.write(piece.bytes(), from, count);
            have += count;
            bytes += count;
            rest.used += count;
            rest.piece = rest.used < piece.length() ? piece : null;
            if (rest.piece == null) rest.used = 0;
            progress.moved(bytes, 0);
        }
    }

    private WalStream.Piece piece(WalStream stream) {
        while (true) {
            var piece = stream.next(PATIENCE);
            if (piece != null) return piece;
            if (System.nanoTime() - begin > order.longest().toNanos())
                throw new Problem(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "the harvest had not ended after "
                                + order.longest().toSeconds()
                                + " seconds; "
                                + segments
                                + " segments are stored",
                        "The next one goes on from there.",
                        true,
                        null);
        }
    }

    private void check(SegmentName name, byte[] header) {
        if (header.length < SegmentHeader.LENGTH) return;
        var complaint = new WalCheck(log.system(), log.path()).complaint(name, header);
        if (complaint.isPresent())
            throw new Problem(
                    ErrorCode.WAL_INVALID,
                    "what the server sent as " + name + " is something else: " + complaint.get(),
                    "Is the server's pg_wal whole? Nothing of it was stored.");
    }
}
