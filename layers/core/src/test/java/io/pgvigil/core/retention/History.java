package io.pgvigil.core.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.StorageClass;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The backups of a store, told from the first to the last, and what is decided about them.
final class History {
    static final ServerName SERVER = new ServerName("shop");
    static final Measures USUAL = new Measures(50_000_000, 10_000_000, 100_000, 40);

    final List<BackupFacts> backups = new ArrayList<>();
    final Map<BackupRef, Hold> holds = new HashMap<>();
    final Map<BackupRef, String> leased = new HashMap<>();
    final Map<Lane, Usual> usual = new HashMap<>();
    final Set<BackupRef> accepted = new HashSet<>();
    final Map<BackupRef, ObjectLock> locks = new HashMap<>();
    final List<Hole> holes = new ArrayList<>();
    Budget budget = Budget.CONSENTED;
    Keep keep = Keep.NOTHING;
    ZoneId zone = ZoneOffset.UTC;
    Optional<Duration> backupEvery = Optional.of(Duration.ofDays(1));
    Optional<Duration> proofEvery = Optional.empty();
    Selection selection = Selection.EVERYTHING;
    DatabaseName database = new DatabaseName("orders");
    BackupKind kind = BackupKind.LOGICAL;
    Tiers tiers = Tiers.STANDARD;
    Lock lock = Lock.NONE;

    /// Of a backup that is made from now on; zero: a directory.
    long gigabytes;

    private int made;

    static History keeping(Keep keep) {
        var history = new History();
        history.keep = keep;
        return history;
    }

    BackupRef backup(String finished) {
        return backup(Instant.parse(finished));
    }

    BackupRef backup(Instant finished) {
        return backup(finished, USUAL, Proof.UNTRIED);
    }

    BackupRef backup(Instant finished, Measures measures, Proof proof, BackupRef... needs) {
        var id = BackupId.of(finished, kind, "%08x".formatted(++made));
        var facts =
                new BackupFacts(
                        new BackupRef(SERVER, database, id),
                        kind,
                        finished,
                        selection,
                        true,
                        measures.storedBytes(),
                        measures,
                        proof,
                        Set.of(needs),
                        gigabytes == 0 ? Storage.NONE : inBucket(gigabytes << 30));
        backups.add(facts);
        return facts.ref();
    }

    /// One large object, and a small one beside it.
    static Storage inBucket(long bytes) {
        return new Storage(
                Map.of(StorageClass.STANDARD, bytes + 1_000),
                Map.of(StorageClass.STANDARD, 2),
                bytes,
                1,
                StorageClass.STANDARD,
                Optional.empty());
    }

    /// What a run does that carries out a move.
    void told(Verdict.Move move, Instant at) {
        replace(
                move.backup(),
                one ->
                        stored(
                                one,
                                new Storage(
                                        one.storage().bytes(),
                                        one.storage().objects(),
                                        one.storage().movableBytes(),
                                        one.storage().movableObjects(),
                                        one.storage().warmest(),
                                        Optional.of(
                                                new Storage.Assigned(
                                                        move.tier(), move.to(), at)))));
    }

    static BackupFacts stored(BackupFacts one, Storage storage) {
        return new BackupFacts(
                one.ref(),
                one.kind(),
                one.finished(),
                one.selection(),
                one.whole(),
                one.bytes(),
                one.measures(),
                one.proof(),
                one.needs(),
                storage);
    }

    /// One at the same time of each day, the oldest first.
    List<BackupRef> daily(String first, int days) {
        var refs = new ArrayList<BackupRef>();
        for (var day = 0; day < days; day++)
            refs.add(backup(Instant.parse(first).plus(Duration.ofDays(day))));
        return refs;
    }

    BackupFacts facts(BackupRef ref) {
        return backups.stream().filter(one -> one.ref().equals(ref)).findFirst().orElseThrow();
    }

    void drilled(BackupRef ref, Proof proof) {
        replace(ref, one -> with(one, proof, one.whole()));
    }

    void damaged(BackupRef ref) {
        replace(ref, one -> with(one, one.proof(), false));
    }

    void locked(BackupRef ref, Instant until) {
        locks.put(ref, ObjectLock.until(LockMode.GOVERNANCE, until));
    }

    Instant lockedUntil(BackupRef ref) {
        return Optional.ofNullable(locks.get(ref)).map(ObjectLock::end).orElse(Instant.EPOCH);
    }

    void held(BackupRef ref, String owner, String reason) {
        var since = facts(ref).finished();
        holds.put(
                ref,
                new Hold(
                        Hold.FORMAT,
                        ref,
                        owner,
                        reason,
                        since,
                        Optional.empty(),
                        Optional.empty()));
    }

    private interface Change {
        BackupFacts of(BackupFacts one);
    }

    private void replace(BackupRef ref, Change change) {
        backups.replaceAll(one -> one.ref().equals(ref) ? change.of(one) : one);
    }

    private static BackupFacts with(BackupFacts one, Proof proof, boolean whole) {
        return new BackupFacts(
                one.ref(),
                one.kind(),
                one.finished(),
                one.selection(),
                whole,
                one.bytes(),
                one.measures(),
                proof,
                one.needs(),
                one.storage());
    }

    Facts facts() {
        var policy = new Policy(keep, zone, backupEvery, proofEvery, selection, tiers, lock);
        var policies = new HashMap<Lane, Policy>();
        backups.forEach(backup -> policies.put(backup.lane(), policy));
        return new Facts(backups, policies, holds, leased, usual, accepted, locks, holes);
    }

    Decision decide(String now) {
        return decide(Instant.parse(now));
    }

    Decision decide(Instant now) {
        return RetentionRules.decide(facts(), budget, now);
    }

    void apply(Decision decision) {
        usual.putAll(decision.usual());
        backups.removeIf(backup -> decision.expired().contains(backup.ref()));
    }

    static Verdict verdict(Decision decision, BackupRef ref) {
        return decision.verdicts().stream()
                .map(Decision.Decided::verdict)
                .filter(verdict -> verdict.backup().equals(ref))
                .findFirst()
                .orElseThrow();
    }
}
