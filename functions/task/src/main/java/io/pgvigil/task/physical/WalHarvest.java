package io.pgvigil.task.physical;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.wal.PartialSegment;
import io.pgvigil.core.wal.SegmentHeader;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineHistory;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.postgres.physical.Replication;
import io.pgvigil.postgres.physical.SourceCluster;
import io.pgvigil.postgres.physical.WalStream;
import io.pgvigil.task.Progress;
import io.pgvigil.task.dump.DatabaseBackup;
import io.pgvigil.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Stores a server's log up to where it ended when the harvest began.
///
/// The server keeps the log for a slot, and the slot is told of a segment only after the store has
/// confirmed it: whatever dies in between, the next harvest is sent the same again. A segment is stored
/// whole or not at all, under its name, once. The beginning of the last one, which the server had not
/// filled, is stored under a name that says where it ends; the server goes on keeping it.
public final class WalHarvest {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration SETTLE_PAUSE = Duration.ofMillis(250);
    private static final int SETTLE_ATTEMPTS = 20;

    private final ObjectStore store;
    private final Progress progress;
    private final InstantSource clock;

    public WalHarvest(ObjectStore store, Progress progress, InstantSource clock) {
        this.store = store;
        this.progress = progress;
        this.clock = clock;
    }

    /// What a harvest did.
    ///
    /// @param problem what was found in `_wal/incoming/` and must be looked at; everything else is stored
    ///     all the same
    public record Outcome(Harvest record, Optional<Problem> problem) {}

    /// Nothing new is a success like any other.
    public Outcome run(
            Run run, Order.Harvest order, LoginSource logins, DatabaseBackup.Claim claim) {
        return new Gathering(run, order, logins, claim).gather(true).orElseThrow();
    }

    /// Harvests until it is told to stop, and then once more. A server or store that is away is waited
    /// for; what no waiting mends ends it.
    ///
    /// @param stopping whether it was told to stop; its thread is interrupted, too
    /// @param told what was learned, from time to time
    public Outcome always(
            Run run,
            Order.Harvest order,
            LoginSource logins,
            DatabaseBackup.Claim claim,
            Rhythm rhythm,
            BooleanSupplier stopping,
            Consumer<Harvest> told) {
        return new Always(run, order, logins, claim, rhythm, stopping, told).go();
    }

    /// How often an always-on harvest does what.
    ///
    /// @param look how often the server is asked how far it is
    /// @param rest how often the beginning of an unfinished segment is stored, when there is more of it
    /// @param record how often it is written down up to which moment the log is stored
    /// @param pause the first one after a fault; each next one is twice as long
    /// @param longestPause the longest one
    public record Rhythm(
            Duration look, Duration rest, Duration record, Duration pause, Duration longestPause) {
        public static final Rhythm STANDARD =
                new Rhythm(
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(1));
    }

    private final class Always {
        private final Run run;
        private final Order.Harvest order;
        private final LoginSource logins;
        private final DatabaseBackup.Claim claim;
        private final Rhythm rhythm;
        private final BooleanSupplier stopping;
        private final Consumer<Harvest> told;
        private final SourceCluster source;
        private @Nullable Harvest last;
        private Instant rested = Instant.MIN;
        private Instant recorded = Instant.MIN;
        private Instant heard = Instant.MIN;
        private int records;

        Always(
                Run run,
                Order.Harvest order,
                LoginSource logins,
                DatabaseBackup.Claim claim,
                Rhythm rhythm,
                BooleanSupplier stopping,
                Consumer<Harvest> told) {
            this.run = run;
            this.order = order;
            this.logins = logins;
            this.claim = claim;
            this.rhythm = rhythm;
            this.stopping = stopping;
            this.told = told;
            this.source = new SourceCluster(logins, ClusterBackup.ENTRY);
        }

        Outcome go() {
            var pause = rhythm.pause();
            while (!stopping.getAsBoolean()) {
                try {
                    pass();
                    pause = rhythm.pause();
                    await();
                } catch (Problem problem) {
                    if (stopping.getAsBoolean()) break;
                    if (!problem.transientFailure()) throw problem;
                    progress.note(
                            "the harvest of "
                                    + order.server()
                                    + " tries again in "
                                    + pause.toSeconds()
                                    + " s: "
                                    + problem.what());
                    if (!sleep(pause)) break;
                    var twice = pause.multipliedBy(2);
                    pause =
                            twice.compareTo(rhythm.longestPause()) > 0
                                    ? rhythm.longestPause()
                                    : twice;
                } catch (RuntimeException broken) {
                    // The interrupt breaks off whatever is under way just then.
                    if (!stopping.getAsBoolean()) throw broken;
                    break;
                }
            }
            // The interrupt has done its work: what comes now is the end that was asked for.
            // When it came because the claim was lost, the second line says so.
            Thread.interrupted();
            claim.requireHeld();
            var outcome = new Gathering(run, order, logins, claim).gather(true).orElseThrow();
            told.accept(outcome.record());
            return outcome;
        }

        private void pass() {
            var withRest = !rested.plus(rhythm.rest()).isAfter(clock.instant());
            var outcome = new Gathering(run, order, logins, claim).gather(withRest);
            if (outcome.isEmpty()) return;
            // Somebody has to look at what is in the way; a service that goes on says it to nobody.
            if (outcome.get().problem().isPresent()) throw outcome.get().problem().get();
            rested = clock.instant();
            note(outcome.get().record());
        }

        private void note(Harvest record) {
            last = record;
            if (!heard.plus(rhythm.rest()).isAfter(clock.instant())) {
                told.accept(record);
                heard = clock.instant();
            }
            if (recorded.plus(rhythm.record()).isAfter(clock.instant())) return;
            var key =
                    Layout.harvest(order.server(), record.systemIdentifier(), run.run(), ++records);
            store.create(key, Json.bytes(record));
            recorded = clock.instant();
        }

        /// Until there is a whole segment more, or the rest of one and it is time for that.
        private void await() {
            while (!stopping.getAsBoolean() && sleep(rhythm.look())) {
                // That it is still ours is checked where it is used; here it would cost a write.
                var known = last;
                var moment = source.moment();
                if (known == null || moment.end().isEmpty()) return;
                var end = moment.end().get();
                var size = new WalSegmentSize(known.segmentBytes());
                if (!end.isAfter(known.end())) {
                    note(known.seenAgain(moment.at(), clock.instant()));
                    continue;
                }
                if (size.segmentOf(end) > size.segmentOf(known.end())
                        || !rested.plus(rhythm.rest()).isAfter(clock.instant())) return;
            }
        }

        private boolean sleep(Duration length) {
            try {
                Thread.sleep(length);
                return true;
            } catch (InterruptedException told) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    private final class Gathering {
        private final Instant started = clock.instant();
        private final long begin = System.nanoTime();
        private final Run run;
        private final Order.Harvest order;
        private final LoginSource logins;
        private final DatabaseBackup.Claim claim;
        private final SourceCluster source;
        private final List<String> notices = new ArrayList<>();
        private int segments;
        private int alreadyThere;
        private long bytes;

        Gathering(Run run, Order.Harvest order, LoginSource logins, DatabaseBackup.Claim claim) {
            this.run = run;
            this.order = order;
            this.logins = logins;
            this.claim = claim;
            this.source = new SourceCluster(logins, ClusterBackup.ENTRY);
        }

        /// @param withRest whether the beginning of the last segment is stored, too; empty without, for
        ///     then nothing is known to be stored up to a moment
        Optional<Outcome> gather(boolean withRest) {
            progress.stage("connect", logins.endpoint().toString(), 0);
            var facts = source.facts();
            var size = new WalSegmentSize(facts.segmentBytes());
            // The clock first: what had committed by then lies before the end that is read after.
            var at = source.moment().at();
            Replication.Identity identity;
            TimelineHistory path;
            try (var replication = Replication.connect(logins.login(), clock)) {
                identity = replication.identity();
                path = path(replication, identity);
            }
            var system = identity.systemIdentifier();
            abortLeftovers(system);
            // First: what fills a gap must be there before the gap is said.
            var incoming = new WalIncoming(store, order.server(), order.level(), clock);
            incoming.adopt(new WalCheck(system, path), size);
            notices.addAll(incoming.notices());
            var stored = stored(system);
            var slot = readySlot();
            var restart = slot.restart().orElse(identity.flushed());
            // What is stored from here on was not confirmed: whoever stored it died before that. It
            // is
            // received again and compared, as another server could have stored it under our name.
            var number = size.segmentOf(restart);
            sayGap(path, size, number, stored);

            progress.stage("harvest", order.server().value(), Math.max(0, slot.retained()));
            var end = identity.flushed();
            var until = withRest ? end : size.begin(size.segmentOf(end));
            if (size.begin(number).isBefore(until))
                receive(path, size, system, number, until, stored);
            if (!withRest) return Optional.empty();
            var record =
                    new Harvest(
                            Harvest.FORMAT,
                            run.run(),
                            order.server(),
                            system,
                            identity.timeline().value(),
                            size.bytes(),
                            end,
                            at,
                            started,
                            clock.instant(),
                            segments,
                            alreadyThere,
                            bytes,
                            slot.retained(),
                            incoming.adopted(),
                            notices);
            notices.forEach(progress::note);
            return Optional.of(new Outcome(record, incoming.problem()));
        }

        /// How the server came to where it is, with the histories stored on the way.
        private TimelineHistory path(Replication replication, Replication.Identity identity) {
            var timeline = identity.timeline();
            if (timeline.value() == 1) return TimelineHistory.of(timeline);
            var content = replication.history(timeline);
            var path = history(timeline, content);
            storeHistory(identity.systemIdentifier(), timeline, content);
            for (var left : path.left())
                if (left.timeline().value() > 1)
                    storeHistory(
                            identity.systemIdentifier(),
                            left.timeline(),
                            replication.history(left.timeline()));
            return path;
        }

        private TimelineHistory history(io.pgvigil.core.wal.TimelineId timeline, byte[] content) {
            try {
                return TimelineHistory.parse(timeline, new String(content, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw new Problem(
                        ErrorCode.WAL_INVALID,
                        "the server's own history cannot be read: " + e.getMessage(),
                        "Look at " + timeline.historyFile() + " in the server's pg_wal.",
                        e);
            }
        }

        private void storeHistory(
                SystemIdentifier system, io.pgvigil.core.wal.TimelineId timeline, byte[] content) {
            var key = Layout.history(order.server(), system, timeline);
            if (store.create(key, content)) return;
            var there = store.document(key).map(document -> document.content());
            if (there.isPresent() && !Arrays.equals(there.get(), content))
                throw WalTarget.conflict(
                        key,
                        "the server's own says something else: two servers each began a timeline "
                                + timeline);
        }

        private void abortLeftovers(SystemIdentifier system) {
            // We hold the claim on this server's log: whatever is under way here is nobody's any
            // more.
            try (var uploads = store.pendingUploads(Layout.wal(order.server(), system))) {
                uploads.toList().forEach(store::abort);
            }
        }

        private Set<String> stored(SystemIdentifier system) {
            var names = new HashSet<String>();
            try (var objects = store.list(Layout.wal(order.server(), system))) {
                objects.map(object -> object.key().name())
                        .filter(name -> name.endsWith(Layout.SEGMENT_SUFFIX))
                        .map(name ->
                                name.substring(0, name.length() - Layout.SEGMENT_SUFFIX.length()))
                        .filter(SegmentName::looksLikeOne)
                        .forEach(names::add);
            }
            return names;
        }

        /// A slot that keeps the log; made, or made again after the server gave it up.
        private SourceCluster.Slot readySlot() {
            var known = settledSlot();
            if (known.isPresent() && known.get().active())
                throw new Problem(
                        ErrorCode.SLOT_BUSY,
                        "slot " + order.slot() + " is being read by somebody",
                        "Let it finish. If it is not pgvigil, give the harvest a slot of its own.");
            var lost =
                    known.isPresent()
                            && (known.get().restart().isEmpty()
                                    || known.get().status().equals(Optional.of("lost")));
            if (known.isPresent() && !lost) return known.get();
            requireGuard();
            try (var replication = Replication.connect(logins.login(), clock)) {
                if (lost) {
                    replication.dropSlot(order.slot());
                    notices.add(
                            "slot "
                                    + order.slot()
                                    + " was lost: the server had removed the WAL it stood for. It was"
                                    + " made again; make a base backup now");
                }
                replication.createSlot(order.slot());
            }
            return source.slot(order.slot())
                    .orElseThrow(() ->
                            new Problem(
                                    ErrorCode.REPLICATION_REFUSED,
                                    "slot " + order.slot() + " was made and is not there",
                                    "Does anything else drop slots on this server?"));
        }

        /// The server takes a moment to notice that the last reader has gone.
        private Optional<SourceCluster.Slot> settledSlot() {
            for (var attempt = 1; ; attempt++) {
                var known = source.slot(order.slot());
                var busy = known.isPresent() && known.get().active();
                if (!busy || attempt == SETTLE_ATTEMPTS) return known;
                pause();
            }
        }

        private void pause() {
            try {
                Thread.sleep(SETTLE_PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Problem(
                        ErrorCode.RUN_CANCELLED,
                        "the harvest was cancelled",
                        "What is stored is stored; the next one goes on from there.",
                        e);
            }
        }

        private void requireGuard() {
            if (order.unlimited() || source.slotLimit().isPresent()) return;
            throw new Problem(
                    ErrorCode.SLOT_UNGUARDED,
                    "the server has no max_slot_wal_keep_size: a slot that nobody reads would fill its"
                            + " disk",
                    "Set it, to half of the free space for example, and reload; or say that you want the"
                            + " slot without it.");
        }

        private void sayGap(
                TimelineHistory path, WalSegmentSize size, long number, Set<String> stored) {
            var last =
                    stored.stream()
                            .map(name -> SegmentName.parse(name, size))
                            .filter(name -> path.segment(name.number(), size).equals(name))
                            .mapToLong(SegmentName::number)
                            .filter(one -> one < number)
                            .max();
            if (last.isEmpty() || last.getAsLong() == number - 1) return;
            notices.add(
                    "a gap: "
                            + path.segment(last.getAsLong() + 1, size)
                            + " to "
                            + path.segment(number - 1, size)
                            + " are not stored and no longer kept for us; only a base backup made after it"
                            + " can reach what comes now");
        }

        /// From the beginning of a segment to the end, timeline after timeline.
        private void receive(
                TimelineHistory path,
                WalSegmentSize size,
                SystemIdentifier system,
                long first,
                Lsn end,
                Set<String> stored) {
            var number = first;
            while (size.begin(number).isBefore(end)) {
                var timeline = path.segment(number, size).timeline();
                settledSlot();
                try (var replication = Replication.connect(logins.login(), clock);
                        var senders = new WalSenders(store, order.level(), claim::requireHeld)) {
                    var stream = replication.stream(order.slot(), timeline, size.begin(number));
                    var rest = new Rest();
                    while (size.begin(number).isBefore(end)) {
                        var name = path.segment(number, size);
                        if (!name.timeline().equals(timeline)) break;
                        var until = end.isBefore(name.end()) ? end : name.end();
                        segment(stream, senders, rest, name, until, system, path, stored);
                        number++;
                        settle(stream, senders, WalSenders.AT_ONCE - 1);
                    }
                    settle(stream, senders, 0);
                }
            }
        }

        /// Takes in what is stored meanwhile, and waits until no more than so many are under way.
        private void settle(WalStream stream, WalSenders senders, int most) {
            while (senders.underWay() > most || senders.ready()) {
                var sent = senders.next();
                if (!sent.stored()) alreadyThere++;
                else if (sent.whole()) segments++;
                // Only now: until the store has confirmed it, the server is the only one that has
                // it.
                if (sent.whole()) stream.confirm(sent.name().end());
            }
        }

        /// What of the last piece belongs to the next segment.
        private static final class Rest {
            private WalStream.@Nullable Piece piece;
            private int used;
        }

        private void segment(
                WalStream stream,
                WalSenders senders,
                Rest rest,
                SegmentName name,
                Lsn until,
                SystemIdentifier system,
                TimelineHistory path,
                Set<String> stored) {
            var whole = until.equals(name.end());
            var key =
                    Layout.segment(
                            order.server(),
                            system,
                            name.timeline(),
                            whole ? name.toString() : new PartialSegment(name, until).toString());
            var there = whole && stored.contains(name.toString());
            var sending = senders.begin(name, whole, key, there);
            var length = until.minus(name.begin());
            var header = new byte[(int) Math.min(SegmentHeader.LENGTH, length)];
            var have = 0L;
            while (have < length) {
                var piece = rest.piece == null ? piece(stream) : rest.piece;
                var from = piece.offset() + rest.used;
                var count = (int) Math.min(piece.length() - rest.used, length - have);
                if (have < header.length) {
                    var part = (int) Math.min(header.length - have, count);
                    System.arraycopy(piece.bytes(), from, header, (int) have, part);
                    if (have + part == header.length)
                        check(name, header, new WalCheck(system, path));
                }
                sending.write(piece.bytes(), from, count);
                have += count;
                bytes += count;
                rest.used += count;
                rest.piece = rest.used < piece.length() ? piece : null;
                if (rest.piece == null) rest.used = 0;
                progress.moved(bytes, 0);
            }
            sending.end();
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

        private void check(SegmentName name, byte[] header, WalCheck check) {
            if (header.length < SegmentHeader.LENGTH) return;
            var complaint = check.complaint(name, header);
            if (complaint.isPresent())
                throw new Problem(
                        ErrorCode.WAL_INVALID,
                        "what the server sent as "
                                + name
                                + " is something else: "
                                + complaint.get(),
                        "Is the server's pg_wal whole? Nothing of it was stored.");
        }
    }
}
