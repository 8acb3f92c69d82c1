package io.pgvigil.task.physical;

import io.pgvigil.core.DatabaseName;
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
import io.pgvigil.core.wal.PhysicalBase;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.StoredEnds;
import io.pgvigil.core.wal.TimelineHistory;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.postgres.physical.Replication;
import io.pgvigil.postgres.physical.SourceCluster;
import io.pgvigil.task.Progress;
import io.pgvigil.task.dump.DatabaseBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
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
    private final ObjectStore store;
    private final Progress progress;
    private final InstantSource clock;

    /// Used again by later passes: an always-on harvest would fill the heap with them.
    private final Queue<byte[]> blocks = new ConcurrentLinkedQueue<>();

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
        return new Gathering(run, order, logins, claim, new LinkedHashSet<>())
                .gather(true)
                .orElseThrow();
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

        /// What was noticed and stands in no record yet, whether or not the pass came to its end.
        private final Set<String> untold = new LinkedHashSet<>();

        private @Nullable Harvest last;

        /// Where the log ended when the last pass began: every whole segment before it is stored.
        private Lsn whole = new Lsn(0);

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
            var outcome = gathering().gather(true).orElseThrow();
            told.accept(outcome.record());
            return outcome;
        }

        private Gathering gathering() {
            return new Gathering(run, order, logins, claim, untold);
        }

        private void pass() {
            var withRest = !rested.plus(rhythm.rest()).isAfter(clock.instant());
            var gathering = gathering();
            var outcome = gathering.gather(withRest);
            whole = gathering.end;
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
            store.create(key, Json.bytes(record.noticing(List.copyOf(untold))));
            untold.clear();
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
                if (size.segmentOf(end) > size.segmentOf(whole)
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
        private final Run run;
        private final Order.Harvest order;
        private final LoginSource logins;
        private final DatabaseBackup.Claim claim;
        private final SourceCluster source;
        private final Set<String> notices;
        private Lsn end = new Lsn(0);

        /// @param notices gets what an operator should know; not said again is what is in it
        Gathering(
                Run run,
                Order.Harvest order,
                LoginSource logins,
                DatabaseBackup.Claim claim,
                Set<String> notices) {
            this.notices = notices;
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
            incoming.notices().forEach(this::notice);
            var log = new WalReceiver.Log(system, path, size, stored(system));
            var receiver =
                    new WalReceiver(
                            store, progress, clock, order, logins, claim::requireHeld, log, blocks);
            var keeper = new HarvestSlot(order, logins, source, clock);
            var slot = keeper.ready(this::notice);
            var restart = slot.restart().orElse(identity.flushed());
            // What is stored from here on was not confirmed: whoever stored it died before that. It
            // is
            // received again and compared, as another server could have stored it under our name.
            var number = size.segmentOf(restart);
            progress.stage("harvest", order.server().value(), Math.max(0, slot.retained()));
            catchUp(receiver, log, number);
            end = identity.flushed();
            var until = withRest ? end : size.begin(size.segmentOf(end));
            if (size.begin(number).isBefore(until))
                receiver.receive(Optional.of(keeper), number, until);
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
                            receiver.segments(),
                            receiver.alreadyThere(),
                            receiver.bytes(),
                            slot.retained(),
                            incoming.adopted(),
                            List.copyOf(notices));
            return Optional.of(new Outcome(record, incoming.problem()));
        }

        /// How the server came to where it is, with the histories stored on the way.
        private TimelineHistory path(Replication replication, Replication.Identity identity) {
            var timeline = identity.timeline();
            if (timeline.value() == 1) return TimelineHistory.of(timeline);
            var content =
                    replication
                            .history(timeline)
                            .orElseThrow(() -> unreadable(timeline, "it is gone"));
            var path = history(timeline, content);
            storeHistory(identity.systemIdentifier(), timeline, content);
            // The path says all that is needed to get here; theirs tell how to get to where they
            // ended.
            for (var left : path.left())
                if (left.timeline().value() > 1)
                    replication
                            .history(left.timeline())
                            .ifPresent(theirs ->
                                    storeHistory(
                                            identity.systemIdentifier(), left.timeline(), theirs));
            return path;
        }

        private TimelineHistory history(TimelineId timeline, byte[] content) {
            try {
                return TimelineHistory.parse(timeline, new String(content, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw unreadable(timeline, String.valueOf(e.getMessage()));
            }
        }

        private static Problem unreadable(TimelineId timeline, String why) {
            return new Problem(
                    ErrorCode.WAL_INVALID,
                    "the server's own history cannot be read: " + why,
                    "Look at " + timeline.historyFile() + " in the server's pg_wal.");
        }

        private void storeHistory(SystemIdentifier system, TimelineId timeline, byte[] content) {
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

        /// What lies between the end of what is stored and what the slot keeps. A slot that is new, as
        /// after a promotion, begins where the server happens to be; what lies before may still be
        /// there, though nothing keeps it.
        private void catchUp(WalReceiver receiver, WalReceiver.Log log, long kept) {
            for (var missing : missing(log, kept)) {
                var first = log.firstMissing(missing.first());
                if (first >= kept) return;
                try {
                    receiver.receive(Optional.empty(), first, log.size().begin(kept));
                    return;
                } catch (Problem problem) {
                    if (problem.code() != ErrorCode.WAL_REMOVED) throw problem;
                }
                first = log.firstMissing(first);
                if (first <= missing.last())
                    notice(
                            "a gap: "
                                    + log.segment(first)
                                    + " to "
                                    + log.segment(missing.last())
                                    + " are not stored, and the server has removed them; only a base"
                                    + " backup made after it can reach what comes now");
            }
        }

        private List<StoredEnds.Missing> missing(WalReceiver.Log log, long kept) {
            var stored =
                    log.stored().stream().map(name -> SegmentName.parse(name, log.size())).toList();
            // The usual case, which needs to know of no base.
            if (StoredEnds.last(log.path(), log.size(), stored, kept) == kept - 1) return List.of();
            return new StoredEnds(log.path(), log.size(), stored, bases(log.system()))
                    .missingBefore(kept);
        }

        private List<PhysicalBase> bases(SystemIdentifier system) {
            return new Catalog(store)
                            .backups(
                                    new Catalog.Filter(
                                            Optional.of(order.server()),
                                            Optional.of(DatabaseName.CLUSTER)))
                            .stream()
                            .filter(backup -> backup.systemIdentifier().equals(Optional.of(system)))
                            .flatMap(backup ->
                                    backup
                                            .physical()
                                            .map(one -> one.base(backup.backup()))
                                            .stream())
                            .toList();
        }

        private void notice(String text) {
            if (notices.add(text)) progress.note(text);
        }
    }
}
