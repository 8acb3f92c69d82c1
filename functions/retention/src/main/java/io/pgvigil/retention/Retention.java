package io.pgvigil.retention;

import io.pgvigil.core.RunId;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Budget;
import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.HiddenBackup;
import io.pgvigil.core.retention.Hold;
import io.pgvigil.core.retention.Hole;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Decides, shows, and carries out: the plan that was shown is the plan that runs.
public final class Retention {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private static final Duration RENEWAL = Leases.LENGTH.dividedBy(4);
    private static final int RUN_DIGITS = 10;

    private final ObjectStore store;
    private final ConfigurationSource configuration;
    private final Leases leases;
    private final InstantSource clock;

    public Retention(
            ObjectStore store,
            ConfigurationSource configuration,
            Leases.Host host,
            InstantSource clock) {
        this.store = store;
        this.configuration = configuration;
        this.leases = new Leases(store, clock, host);
        this.clock = clock;
    }

    /// Looks, and changes nothing.
    public Plan plan(boolean beyondBudget) {
        var now = clock.instant();
        return prepared(now, beyondBudget).plan();
    }

    /// The same by the clock, which leaves what it decided for the page.
    public Plan planned() {
        var plan = plan(false);
        note(plan);
        return plan;
    }

    private void note(Plan plan) {
        store.put(Layout.RETENTION_NOTE, Json.compactBytes(Notes.of(plan)));
    }

    private record Prepared(Plan plan, Inventory.Found found, StoreLocks locks) {}

    private Prepared prepared(Instant now, boolean beyondBudget) {
        var budget = beyondBudget ? Budget.CONSENTED : Budget.STANDARD;
        var known = configuration.current();
        var locks = StoreLocks.of(store);
        var found = Inventory.read(store, known, locks, leases, budget, now);
        var decision = locks.judge(found.facts(), budget, now);
        return new Prepared(
                Plan.of(
                        store.uri() + "",
                        found,
                        decision,
                        Logs.decide(found, decision, budget, now),
                        StoreNotes.of(store, found.facts())
                                .and(locks.notes(known))
                                .and(undo(found.hidden())),
                        now,
                        beyondBudget),
                found,
                locks);
    }

    private List<String> undo(List<HiddenBackup> hidden) {
        return store.uri() instanceof StoreUri.S3 bucket
                ? hidden.stream()
                        .map(one -> one.backup() + " comes back with: " + one.undo(bucket))
                        .toList()
                : List.of();
    }

    /// Decides again and deletes.
    ///
    /// @param shown the plan that somebody agreed to; refused when another one follows from what is
    ///     there now. Empty: whatever is decided is done
    public AuditRecord apply(Optional<String> shown, boolean beyondBudget) {
        var now = clock.instant();
        var run =
                new RunId(
                        TIME.format(now)
                                + "-retention-"
                                + shown.orElse("0".repeat(RUN_DIGITS))
                                        .replaceAll("[^0-9a-f]", "0")
                                        .concat("0".repeat(RUN_DIGITS))
                                        .substring(0, RUN_DIGITS));
        return switch (leases.claim(Layout.retentionLease(), run)) {
            case Leases.Claim.Busy(var lease) ->
                    throw new Problem(
                            ErrorCode.RUN_IN_PROGRESS,
                            "retention is at work already, on %s".formatted(lease.host()),
                            "Let it finish. If that host is gone, its claim ends by itself at "
                                    + lease.expires()
                                    + ".");
            case Leases.Claim.Taken(var held) -> {
                try (held) {
                    yield applied(shown, beyondBudget, now, held);
                }
            }
        };
    }

    private AuditRecord applied(
            Optional<String> shown, boolean beyondBudget, Instant now, Leases.Held held) {
        var prepared = prepared(now, beyondBudget);
        var plan = prepared.plan();
        if (shown.filter(id -> !id.equals(plan.id())).isPresent())
            throw new Problem(
                    ErrorCode.PLAN_CHANGED,
                    "plan %s is not what follows from the store any more; that is plan %s"
                            .formatted(shown.get(), plan.id()),
                    "A backup, a drill, a hold, the configuration or the day changed. Look at"
                            + " pgvigil retention plan again.");
        var found = prepared.found();
        var decision = plan.decision();

        // What was learned, before what it was learned from is deleted.
        decision.usual()
                .forEach((lane, usual) -> {
                    if (!usual.equals(found.facts().usual().get(lane)))
                        store.put(
                                Layout.usual(lane.server(), lane.database(), lane.kind()),
                                Json.bytes(usual));
                });
        var intention = intention(plan);
        var place = Layout.retentionRecord(TIME.format(now), plan.id());
        store.put(place, Json.bytes(intention));

        // First what stays: whatever happens below, it is safe.
        var locked = prepared.locks().carryOut(decision, found.facts(), held::renew);

        var expiry = new Expiry(store, leases, now);
        finishEarlier(found.deletions(), decision, found, expiry);
        var outcomes = expired(plan, expiry, held);
        for (var debris : plan.goingDebris()) expiry.sweep(debris.folder());
        for (PendingUpload upload : found.abandoned()) store.abort(upload);
        var adopted = new AdoptedWal(store).remove(now);
        if (!adopted.isEmpty())
            store.put(
                    Layout.retentionRecord(TIME.format(now), "adopted-wal"),
                    Json.bytes(new AdoptedWal.Removed(1, adopted)));

        var moved = new Moves(store, leases, now).carryOut(decision.moves(), left(plan, outcomes));
        var kept =
                outcomes.stream()
                        .filter(one -> !one.outcome().equals(AuditRecord.DELETED))
                        .map(AuditRecord.Entry::backup)
                        .collect(Collectors.toSet());
        var logs = Logs.carryOut(store, plan.wal(), kept, held::renew);
        var done = intention.with(outcomes, locked, moved, logs, clock.instant());
        store.put(place, Json.bytes(done));
        note(plan);
        return done;
    }

    /// A deletion that was begun ends now, unless its manifest is there still: then it was decided
    /// about again.
    private void finishEarlier(
            List<Deletion> begun, Decision decision, Inventory.Found found, Expiry expiry) {
        var sealed = new HashMap<BackupRef, BackupFacts>();
        found.facts().backups().forEach(backup -> sealed.put(backup.ref(), backup));
        var expired = decision.expired();
        for (var deletion : begun) {
            var ref = deletion.backup();
            if (!sealed.containsKey(ref)) expiry.finish(deletion);
            else if (!expired.contains(ref))
                store.delete(Layout.deleting(ref.server(), ref.database(), ref.backup()));
        }
    }

    private List<AuditRecord.Entry> expired(Plan plan, Expiry expiry, Leases.Held held) {
        var facts = new HashMap<BackupRef, Decision.Decided>();
        plan.decision().verdicts().forEach(one -> facts.put(one.backup().ref(), one));
        var outcomes = new ArrayList<AuditRecord.Entry>();
        var renewed = clock.instant();
        for (var ref : plan.decision().order()) {
            if (renewed.plus(RENEWAL).isBefore(clock.instant())) {
                held.renew();
                renewed = clock.instant();
            }
            var one = facts.get(ref);
            if (one == null) throw new IllegalStateException("nothing is known of " + ref);
            var reason = one.verdict().why();
            outcomes.add(entry(one, expiry.expire(one.backup(), plan.id(), reason)));
        }
        return outcomes;
    }

    /// What is there after the deletions, those included that did not happen.
    private static Map<Lane, List<BackupFacts>> left(Plan plan, List<AuditRecord.Entry> outcomes) {
        var gone =
                outcomes.stream()
                        .filter(one -> one.outcome().equals(AuditRecord.DELETED))
                        .map(AuditRecord.Entry::backup)
                        .collect(Collectors.toSet());
        return plan.decision().verdicts().stream()
                .map(Decision.Decided::backup)
                .filter(backup -> !gone.contains(backup.ref()))
                .collect(Collectors.groupingBy(BackupFacts::lane));
    }

    private AuditRecord intention(Plan plan) {
        var expired = plan.decision().expired();
        return new AuditRecord(
                AuditRecord.FORMAT,
                plan.id(),
                Optional.of(store.uri()),
                plan.now(),
                plan.beyondBudget(),
                plan.decision().stops().stream()
                        .map(stop -> stop.lane() + ": " + stop.why())
                        .toList(),
                plan.holes().stream().map(Hole::what).toList(),
                plan.decision().verdicts().stream()
                        .filter(one -> expired.contains(one.backup().ref()))
                        .map(one -> entry(one, AuditRecord.PLANNED))
                        .toList(),
                plan.decision().locks().stream().map(AuditRecord.Locked::of).toList(),
                plan.decision().moves().stream().map(AuditRecord.Moved::of).toList(),
                plan.wal().stream()
                        .filter(one -> !one.changesNothing())
                        .map(AuditRecord.Wal::of)
                        .toList(),
                plan.goingDebris().stream()
                        .map(one ->
                                new AuditRecord.Swept(
                                        one.folder(), one.objects(), one.bytes(), one.why()))
                        .toList(),
                plan.abandoned(),
                plan.decision().verdicts().size(),
                plan.decision().bytesNow(),
                Optional.empty());
    }

    private static AuditRecord.Entry entry(Decision.Decided one, String outcome) {
        return new AuditRecord.Entry(
                one.backup().ref(),
                one.backup().finished(),
                one.backup().bytes(),
                one.verdict().why(),
                outcome);
    }

    // What people say

    /// Keeps a backup until it is released.
    public Hold hold(
            String backup,
            Catalog.Filter filter,
            String owner,
            String reason,
            Optional<Instant> until) {
        var now = clock.instant();
        var ref = resolved(backup, filter);
        var hold =
                valid(() ->
                        new Hold(Hold.FORMAT, ref, owner, reason, now, until, Optional.empty()));
        var key = Layout.hold(ref.server(), ref.database(), ref.backup());
        store.put(key, Json.bytes(hold));
        // Whoever deletes says so before it looks for holds: if it says nothing now, it will see
        // ours.
        if (store.stat(Layout.deleting(ref.server(), ref.database(), ref.backup())).isPresent()) {
            store.delete(key);
            throw new Problem(
                    ErrorCode.BACKUP_BEING_DELETED,
                    "backup " + ref.backup() + " is being deleted by retention",
                    "Hold another one; pgvigil list shows them.");
        }
        record(now, "hold", ref, hold);
        return hold;
    }

    public Hold release(String backup, Catalog.Filter filter, String by, String reason) {
        var now = clock.instant();
        var ref = resolved(backup, filter);
        var key = Layout.hold(ref.server(), ref.database(), ref.backup());
        var document = store.document(key).orElseThrow(() -> notHeld(ref));
        var hold = Json.read(document, Hold.class, Hold.FORMAT);
        if (!hold.activeAt(now)) throw notHeld(ref);
        var released = hold.release(new Hold.Release(now, by, reason));
        if (!store.replace(key, Json.bytes(released), document.token()))
            throw new Problem(
                    ErrorCode.STORE_FAILED,
                    "the hold on " + ref + " changed meanwhile",
                    "Look at it again: pgvigil retention plan.",
                    true,
                    null);
        record(now, "release", ref, released);
        return released;
    }

    /// Says that a backup which looks wrong is right, and what comes after it is compared with it.
    public SizeAccepted accept(String backup, Catalog.Filter filter, String owner, String reason) {
        var now = clock.instant();
        var ref = resolved(backup, filter);
        var accepted = valid(() -> new SizeAccepted(SizeAccepted.FORMAT, ref, owner, reason, now));
        store.put(
                Layout.accepted(ref.server(), ref.database(), ref.backup()), Json.bytes(accepted));
        record(now, "accept", ref, accepted);
        return accepted;
    }

    private void record(Instant now, String what, BackupRef ref, Object said) {
        store.put(
                Layout.retentionRecord(TIME.format(now), what + "-" + ref.backup()),
                Json.bytes(said));
    }

    private BackupRef resolved(String backup, Catalog.Filter filter) {
        Manifest manifest = new Catalog(store).resolve(backup, filter);
        return new BackupRef(manifest.server(), manifest.database(), manifest.backup());
    }

    private static Problem notHeld(BackupRef ref) {
        return new Problem(
                ErrorCode.HOLD_NOT_FOUND,
                "backup " + ref + " is not on hold",
                "pgvigil retention plan shows what is.");
    }

    private interface Made<T> {
        T make();
    }

    private static <T> T valid(Made<T> made) {
        try {
            return made.make();
        } catch (IllegalArgumentException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    String.valueOf(e.getMessage()),
                    "Say who stands for it with --owner and why with --reason.");
        }
    }
}
