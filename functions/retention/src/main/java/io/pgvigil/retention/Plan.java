package io.pgvigil.retention;

import io.pgvigil.core.Sha256;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.Hole;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.Period;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.core.retention.WalRules;
import io.pgvigil.core.store.StorageClass;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What would be done to a store now, and everything it rests on.
///
/// @param id the same as long as the facts and what follows from them are the same
/// @param abandoned uploads that would be ended
/// @param finishing backups that an earlier run began to delete
/// @param wal what becomes of each server's harvested log
/// @param notes where the rules of the bucket are not what the profiles say; nothing depends on them
/// @param undoDays how long what is deleted stays, and is paid for
public record Plan(
        String id,
        String store,
        Instant now,
        boolean beyondBudget,
        Decision decision,
        List<Debris> debris,
        List<String> abandoned,
        List<BackupRef> finishing,
        List<WalRules.Decided> wal,
        List<Hole> holes,
        List<String> notes,
        Optional<Integer> undoDays) {
    private static final int ID_DIGITS = 12;

    /// One line of sums for each database.
    ///
    /// @param money dollars a month; empty where the store has no storage classes, and so no price
    public record Sum(
            int backups, long bytes, int backupsAfter, long bytesAfter, Optional<Money> money) {
        Sum plus(Sum other) {
            return new Sum(
                    backups + other.backups,
                    bytes + other.bytes,
                    backupsAfter + other.backupsAfter,
                    bytesAfter + other.bytesAfter,
                    Money.sum(money, other.money));
        }
    }

    /// What lies, or is to lie, in one storage class.
    public record InClass(long bytes, double dollars, long bytesAfter, double dollarsAfter) {}

    static Plan of(
            String store,
            Inventory.Found found,
            Decision decision,
            List<WalRules.Decided> wal,
            StoreNotes notes,
            Instant now,
            boolean beyondBudget) {
        var abandoned =
                found.abandoned().stream().map(upload -> upload.key() + "").sorted().toList();
        var finishing = found.deletions().stream().map(Deletion::backup).sorted().toList();
        return new Plan(
                id(found, decision, wal, abandoned, finishing),
                store,
                now,
                beyondBudget,
                decision,
                found.debris(),
                abandoned,
                finishing,
                wal,
                found.facts().holes(),
                notes.notes(),
                notes.undoDays());
    }

    public Map<Lane, Sum> sums() {
        var sums = new TreeMap<Lane, Sum>();
        for (var one : decision.verdicts()) {
            var bytes = one.backup().bytes();
            var gone = one.verdict() instanceof Verdict.Expire;
            sums.merge(
                    one.backup().lane(),
                    new Sum(1, bytes, gone ? 0 : 1, gone ? 0 : bytes, money(one)),
                    Sum::plus);
        }
        return sums;
    }

    /// What one backup costs in a month, now and under this plan.
    public Optional<Money> money(Decision.Decided one) {
        return Money.of(one, undoDays.map(Duration::ofDays).orElse(Duration.ZERO), now);
    }

    public Map<StorageClass, InClass> classes() {
        return Money.classes(decision.verdicts());
    }

    /// Of a bucket: backups, and dollars a month, of each tier.
    public Map<String, Sum> tiers() {
        var tiers = new TreeMap<Integer, Sum>();
        for (var one : decision.verdicts()) {
            var bytes = one.backup().bytes();
            var gone = one.verdict() instanceof Verdict.Expire;
            tiers.merge(
                    one.tier().map(Period::ordinal).orElse(-1),
                    new Sum(1, bytes, gone ? 0 : 1, gone ? 0 : bytes, money(one)),
                    Sum::plus);
        }
        var named = new LinkedHashMap<String, Sum>();
        tiers.forEach(
                (tier, sum) -> named.put(tier < 0 ? "none" : Period.values()[tier].word(), sum));
        return named;
    }

    public List<Debris> goingDebris() {
        return debris.stream().filter(Debris::goes).toList();
    }

    public boolean changesNothing() {
        return decision.order().isEmpty()
                && decision.moves().isEmpty()
                && decision.locks().isEmpty()
                && wal.stream().allMatch(WalRules.Decided::changesNothing)
                && goingDebris().isEmpty()
                && abandoned.isEmpty()
                && finishing.isEmpty();
    }

    private static String id(
            Inventory.Found found,
            Decision decision,
            List<WalRules.Decided> wal,
            List<String> abandoned,
            List<BackupRef> finishing) {
        var facts = found.facts();
        var digest = Sha256.digest();
        facts.backups().stream()
                .sorted(Comparator.comparing(one -> one.ref()))
                .forEach(one ->
                        add(
                                digest,
                                "%s %s %s %s %s %d"
                                        .formatted(
                                                one.ref(),
                                                one.finished(),
                                                one.proof(),
                                                one.whole(),
                                                one.measures(),
                                                one.bytes())));
        new TreeMap<>(facts.policies()).forEach((lane, policy) -> add(digest, lane + " " + policy));
        new TreeMap<>(facts.holds())
                .forEach((_, hold) -> add(digest, "hold " + hold.backup() + hold));
        facts.accepted().stream().sorted().forEach(one -> add(digest, "accepted " + one));
        facts.holes().stream().map(Hole::what).sorted().forEach(what -> add(digest, what));
        // Time alone changes what follows from the same facts.
        decision.order().forEach(one -> add(digest, "delete " + one));
        decision.moves()
                .forEach(one -> add(digest, "move " + one.backup() + " " + one.tier() + one.to()));
        // Until when may follow from the time of the look.
        decision.locks().forEach(one -> add(digest, "lock " + one.backup() + " " + one.mode()));
        // How much log there is changes with every harvest; what goes of it does not.
        wal.stream()
                .filter(one -> !one.changesNothing())
                .forEach(one ->
                        add(
                                digest,
                                "log %s %s %s %d %s"
                                        .formatted(
                                                one.log().server(),
                                                one.log().system(),
                                                one.from(),
                                                one.segments(),
                                                one.superseded())));
        found.debris().stream()
                .filter(Debris::goes)
                .forEach(one -> add(digest, "debris " + one.folder()));
        abandoned.forEach(one -> add(digest, "upload " + one));
        finishing.forEach(one -> add(digest, "finish " + one));
        return Sha256.hex(digest).substring(0, ID_DIGITS);
    }

    private static void add(MessageDigest digest, String line) {
        digest.update((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
