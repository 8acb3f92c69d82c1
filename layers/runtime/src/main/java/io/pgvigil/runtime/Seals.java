package io.pgvigil.runtime;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.run.Locked;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.core.run.TaskEnd;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Closes a run after its task has ended.
///
/// Can be told of the same end any number of times, late, and by several at once: a manifest is
/// created once, and a run that has ended stays as it ended.
public final class Seals {
    // A task takes its lease within seconds; a run this old without one has no task.
    private static final Duration GRACE = Duration.ofMinutes(3);
    private static final Duration MARKER_GRACE = Duration.ofHours(1);

    private final ObjectStore store;
    private final Runs runs;
    private final Leases leases;
    private final Leases.Host host;
    private final InstantSource clock;

    public Seals(ObjectStore store, Leases.Host host, InstantSource clock) {
        this.store = store;
        this.runs = new Runs(store);
        this.host = host;
        this.leases = new Leases(store, clock, host);
        this.clock = clock;
    }

    /// How a run ended, database by database.
    public record Closed(RunId run, RunState state, List<Outcome> outcomes, Optional<Failure> why) {
        public Closed {
            outcomes = List.copyOf(outcomes);
        }
    }

    /// @param sealed the manifest's key when there is a backup now
    /// @param locked how it is locked, where its profile asks for that
    public record Outcome(
            DatabaseName database,
            BackupId backup,
            Optional<ObjectKey> sealed,
            Optional<ObjectKey> record,
            Optional<Failure> failure,
            Optional<Locked> locked) {}

    public Closed stopped(TaskStopped news) {
        var run = runs.get(news.run());
        var report = runs.reportOf(news.run());

        // Seal first: what a task finished is a backup even if something later failed.
        var outcomes =
                report.map(words ->
                                words.results().stream()
                                        .map(result -> outcome(result, run.order().lock()))
                                        .toList())
                        .orElse(List.of());
        var why = failure(news, report, outcomes);

        // Then tidy, so that a failed run leaves nothing that costs money.
        abortUploadsOf(run);
        releaseLeasesOf(run);

        var state =
                why.isPresent()
                        ? RunState.FAILED
                        : makesBackups(run) ? RunState.SEALED : RunState.DONE;
        var ended = runs.move(news.run(), known -> known.ended(state, clock.instant(), why));
        return new Closed(news.run(), ended.state(), outcomes, ended.failure());
    }

    private Outcome outcome(TaskReport.Result result, Optional<SealLock> lock) {
        if (result.manifest().isEmpty())
            return new Outcome(
                    result.database(),
                    result.backup(),
                    Optional.empty(),
                    result.record(),
                    result.failure(),
                    Optional.empty());
        var manifest = result.manifest().get();
        try {
            var sealed = seal(manifest);
            return new Outcome(
                    result.database(),
                    result.backup(),
                    Optional.of(sealed),
                    Optional.empty(),
                    Optional.empty(),
                    lock.map(how -> SealLocks.lock(store, manifest, how, clock.instant())));
        } catch (Problem problem) {
            // Trying again may help, and the platform will: the run must not end for this.
            if (problem.transientFailure()) throw problem;
            return new Outcome(
                    result.database(),
                    result.backup(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(Failure.of(problem)),
                    Optional.empty());
        }
    }

    private ObjectKey seal(Manifest manifest) {
        // The store must agree with what the task believes it stored, object by object.
        for (var object : manifest.objects()) {
            var stored =
                    store.stat(object.key())
                            .orElseThrow(
                                    () -> refused(manifest, object.key() + " is not in the store"));
            if (stored.size() != object.size())
                throw refused(
                        manifest,
                        object.key()
                                + " has "
                                + stored.size()
                                + " bytes, and "
                                + object.size()
                                + " were sent");
            if (!stored.crc32c().orElse(object.crc32c()).equals(object.crc32c()))
                throw refused(
                        manifest,
                        object.key()
                                + " has CRC-32C "
                                + stored.crc32c().orElse("none")
                                + ", and "
                                + object.crc32c()
                                + " was sent");
        }
        var key = key(manifest);
        var content = Manifests.bytes(manifest);
        if (!store.create(key, content)) {
            var there = store.document(key).orElseThrow(() -> refused(manifest, key + " vanished"));
            if (!Arrays.equals(there.content(), content))
                throw refused(manifest, key + " exists and says something else");
        }
        return key;
    }

    private static ObjectKey key(Manifest manifest) {
        return Layout.of(
                manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST);
    }

    private static Problem refused(Manifest manifest, String what) {
        return new Problem(
                ErrorCode.SEAL_REFUSED,
                "backup " + manifest.backup() + " was not sealed: " + what,
                "Does anything but pgvigil write to or expire objects in this store? The next run"
                        + " makes a new backup.");
    }

    private static Optional<Failure> failure(
            TaskStopped news, Optional<TaskReport> report, List<Outcome> outcomes) {
        if (report.isEmpty()) return Optional.of(Failure.of(TaskEnd.withoutReport(news)));
        if (report.get().failure().isPresent()) return report.get().failure();
        return outcomes.stream().flatMap(outcome -> outcome.failure().stream()).findFirst();
    }

    private void abortUploadsOf(Run run) {
        try (var uploads = store.pendingUploads(run.order().server() + "/")) {
            uploads.filter(upload -> madeBy(run.run(), upload)).toList().forEach(store::abort);
        }
    }

    /// Whether an upload belongs to a run: backup ids are derived from the run's id.
    private static boolean madeBy(RunId run, PendingUpload upload) {
        var segments = upload.key().value().split("/");
        return segments.length == 4
                && RunIds.backup(run, DatabaseName.ofFolder(segments[1]))
                        .value()
                        .equals(segments[2]);
    }

    private static boolean makesBackups(Run run) {
        return run.order() instanceof Order.Backup || run.order() instanceof Order.Physical;
    }

    private void releaseLeasesOf(Run run) {
        try (var claims = store.list(Layout.leases(run.order().server()))) {
            claims.toList().forEach(claim -> leases.endFor(claim.key(), run.run()));
        }
    }

    /// When something was last seen of a run's task: its start, or a lease that it renewed.
    public Instant lastSign(Run run) {
        var latest = run.started().orElse(run.asked());
        try (var claims = store.list(Layout.leases(run.order().server()))) {
            var held =
                    claims.flatMap(claim -> leases.find(claim.key()).stream())
                            .filter(lease -> lease.holder().equals(run.run()) && !lease.released())
                            .map(Lease::expires)
                            .max(Comparator.naturalOrder());
            return held.filter(latest::isBefore).orElse(latest);
        }
    }

    /// Whether nothing was seen of a run's task for so long that there is none: it takes its lease
    /// within seconds of its start and renews it.
    public boolean silent(Run run) {
        return lastSign(run).plus(GRACE).isBefore(clock.instant());
    }

    private boolean holdsALease(Run run) {
        try (var claims = store.list(Layout.leases(run.order().server()))) {
            return claims.flatMap(claim -> leases.find(claim.key()).stream())
                    .anyMatch(lease ->
                            lease.holder().equals(run.run()) && lease.heldAt(clock.instant()));
        }
    }

    /// Closes runs of this host whose task is gone although nobody told, because the command that waited
    /// for it died, too. Runs that still go on, and those of other launchers, are left alone.
    public List<Closed> catchUp() {
        var closed = new ArrayList<Closed>();
        for (var open : runs.open()) {
            var now = clock.instant();
            if (open.run().isEmpty()) {
                forget(open, now);
                continue;
            }
            var run = open.run().get();
            if (run.state() == RunState.STARTED && ofAProcess(run)) {
                var gone = run.task().map(this::goneFromThisHost).orElse(false);
                var silent = run.asked().plus(GRACE).isBefore(now) && !holdsALease(run);
                if (gone || silent)
                    closed.add(
                            stopped(
                                    new TaskStopped(
                                            run.run(), Optional.empty(), "found dead", now)));
                else continue;
            }
            // Nobody waits to be told of a run that was not queued.
            if (run.turn().isEmpty() && runs.get(run.run()).state().ended())
                runs.close(run.order().server(), run.run());
        }
        return List.copyOf(closed);
    }

    /// Removes the marker of a run that was never recorded, once nobody can be about to do so.
    public void forget(Runs.Open open, Instant now) {
        if (open.run().isEmpty()
                && open.unreadable().isEmpty()
                && open.marker().asked().plus(MARKER_GRACE).isBefore(now))
            runs.close(open.marker().server(), open.marker().run());
    }

    private static boolean ofAProcess(Run run) {
        return run.starting() || run.task().filter(task -> task.startsWith("pid-")).isPresent();
    }

    private boolean goneFromThisHost(String task) {
        var at = task.indexOf('@');
        return task.startsWith("pid-")
                && at > 0
                && task.substring(at + 1).equals(host.name())
                && host.gone(Long.parseLong(task.substring("pid-".length(), at)));
    }
}
