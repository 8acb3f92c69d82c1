package io.pgvigil.core.retention;

import io.pgvigil.core.schedule.Spans;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The decision about one lane: what is wanted, and whether anything may be deleted at all.
final class LaneRules {
    /// A clock may be off by so much without anybody noticing.
    static final Duration CLOCK_TOLERANCE = Duration.ofHours(1);

    /// How many gaps between backups show the rhythm of a lane without a schedule.
    private static final int RHYTHM_GAPS = 8;

    private static final Duration DAY = Duration.ofDays(1);

    private final Lane lane;
    private final Policy policy;
    private final Facts facts;
    private final Instant now;

    /// Oldest first.
    private final List<BackupFacts> backups;

    private final Map<BackupRef, String> broken;
    private final Usual usual;
    private final String reason;

    LaneRules(
            Lane lane,
            Policy policy,
            List<BackupFacts> backups,
            Map<BackupRef, String> broken,
            Usual usual,
            Facts facts,
            Instant now) {
        this.lane = lane;
        this.policy = policy;
        this.backups = backups;
        this.broken = broken;
        this.usual = usual;
        this.facts = facts;
        this.now = now;
        this.reason = "no rule wants it (" + policy.keep().words() + "), finished ";
    }

    /// @param kept what becomes of each backup that something wants
    /// @param unwanted the others that could go, as far as the rules are concerned
    record Answer(
            Map<BackupRef, Verdict> kept,
            Map<BackupRef, String> blocked,
            Map<BackupRef, String> unwanted,
            Map<BackupRef, Period> tiers,
            Map<BackupRef, LockUntil> locks,
            Optional<Stop> stop) {}

    Answer decide() {
        var blocked = new LinkedHashMap<BackupRef, String>();
        var left = new ArrayList<BackupFacts>();
        for (var backup : backups) {
            if (broken.containsKey(backup.ref()))
                blocked.put(backup.ref(), broken.get(backup.ref()));
            else if (backup.finished().isAfter(now.plus(CLOCK_TOLERANCE)))
                blocked.put(
                        backup.ref(),
                        "finished at %s, which is yet to come: a clock was or is wrong"
                                .formatted(backup.finished()));
            else left.add(backup);
        }
        var stop = stop(left);
        var sound = sound(left);
        var newest = newest(left, sound);
        var answer =
                Wanted.of(
                        left,
                        backup -> sound.contains(backup.ref()),
                        policy.keep(),
                        policy.zone(),
                        now);
        var wanted = wanted(left, answer.reasons(), newest);
        var kept = new LinkedHashMap<BackupRef, Verdict>();
        var tiers = new HashMap<BackupRef, Period>();
        var locks = new LinkedHashMap<BackupRef, LockUntil>();
        var unwanted = new LinkedHashMap<BackupRef, String>();
        for (var backup : left) {
            var ref = backup.ref();
            var reasons = wanted.get(ref);
            if (reasons == null) {
                unwanted.put(ref, reason(backup));
                continue;
            }
            kept.put(ref, new Verdict.Keep(ref, reasons));
            var standing = answer.standing().get(ref);
            LockRules.of(
                            backup,
                            Optional.ofNullable(standing),
                            newest.containsKey(ref),
                            policy,
                            Optional.ofNullable(facts.locks().get(ref)),
                            now)
                    .ifPresent(lock -> locks.put(ref, lock));
            if (standing == null) continue;
            tiers.put(ref, standing.tier());
            // While something is wrong, everything stays where it can be read.
            if (stop.isEmpty())
                TierRules.move(
                                backup,
                                standing,
                                newest.containsKey(ref),
                                policy.tiers(),
                                reasons,
                                now)
                        .ifPresent(move -> kept.put(ref, move));
        }
        return new Answer(kept, blocked, unwanted, tiers, locks, stop);
    }

    private Set<BackupRef> sound(List<BackupFacts> left) {
        var sound = new HashSet<BackupRef>();
        for (var backup : left)
            if (policy.counts(backup.selection())
                    && backup.proof() != Proof.FAILED
                    && usual.complaint(backup.ref().backup()).isEmpty()) sound.add(backup.ref());
        return sound;
    }

    private Map<BackupRef, List<String>> wanted(
            List<BackupFacts> left,
            Map<BackupRef, List<String>> wanted,
            Map<BackupRef, String> newest) {
        newest.forEach(
                (backup, why) -> wanted.computeIfAbsent(backup, _ -> new ArrayList<>()).add(why));
        for (var backup : left) {
            var hold = facts.holds().get(backup.ref());
            if (hold != null && hold.activeAt(now))
                wanted.computeIfAbsent(backup.ref(), _ -> new ArrayList<>()).add(hold + "");
            if (policy.keep().keepsNothing())
                wanted.computeIfAbsent(backup.ref(), _ -> new ArrayList<>())
                        .add("keep has no rule, and without one nothing is deleted");
        }
        return wanted;
    }

    /// Whatever the rules count: what a restore would take now is never deleted.
    private static Map<BackupRef, String> newest(List<BackupFacts> left, Set<BackupRef> sound) {
        var newest = new LinkedHashMap<BackupRef, String>();
        if (!left.isEmpty()) newest.put(left.getLast().ref(), "newest");
        left.reversed().stream()
                .filter(backup -> sound.contains(backup.ref()))
                .findFirst()
                .ifPresent(backup -> newest.merge(backup.ref(), "newest sound", (one, _) -> one));
        left.reversed().stream()
                .filter(backup -> backup.proof() == Proof.PROVEN)
                .findFirst()
                .ifPresent(backup -> newest.put(backup.ref(), "newest proven"));
        return newest;
    }

    private String reason(BackupFacts backup) {
        return reason + LocalDate.ofInstant(backup.finished(), policy.zone());
    }

    // Safety

    /// Why nothing of this lane may be deleted, if so.
    private Optional<Stop> stop(List<BackupFacts> left) {
        return holes().or(() -> stale(left))
                .or(() -> unproven(left))
                .or(() -> wrong(left))
                .map(why -> new Stop(lane, why));
    }

    private Optional<String> holes() {
        return facts.holes().stream()
                .filter(hole -> hole.blocks(lane))
                .findFirst()
                .map(hole -> "the catalogue could not be read completely: " + hole.what());
    }

    private Optional<String> stale(List<BackupFacts> left) {
        var counted = left.stream().filter(backup -> policy.counts(backup.selection())).toList();
        if (counted.isEmpty()) return Optional.of("there is no backup as it is configured now");
        var every = policy.backupEvery().orElseGet(() -> rhythm(counted));
        return late(
                counted.getLast().finished(),
                every.multipliedBy(2).plus(DAY),
                "no new backup since %s; one is expected every " + Spans.print(every));
    }

    /// The longest of the last gaps, at least a day.
    private static Duration rhythm(List<BackupFacts> counted) {
        var longest = DAY;
        var first = Math.max(1, counted.size() - RHYTHM_GAPS);
        for (var i = first; i < counted.size(); i++) {
            var gap = Duration.between(counted.get(i - 1).finished(), counted.get(i).finished());
            if (gap.compareTo(longest) > 0) longest = gap;
        }
        return longest;
    }

    private Optional<String> unproven(List<BackupFacts> left) {
        // Only a whole backup can be proven; where none is configured, no proof can be waited for.
        if (policy.proofEvery().isEmpty() || !policy.selection().complete())
            return Optional.empty();
        var proofEvery = policy.proofEvery().get();
        var proven =
                left.reversed().stream()
                        .filter(backup -> policy.counts(backup.selection()))
                        .filter(backup -> backup.proof() == Proof.PROVEN)
                        .findFirst();
        if (proven.isEmpty())
            return Optional.of(
                    "no backup is proven; a drill is expected every " + Spans.print(proofEvery));
        // The drill may take a backup that is almost a whole rhythm old.
        var patience =
                proofEvery
                        .plus(policy.backupEvery().orElse(Duration.ZERO))
                        .multipliedBy(2)
                        .plus(DAY);
        return late(
                proven.get().finished(),
                patience,
                "no proven backup since %s; a drill is expected every " + Spans.print(proofEvery));
    }

    private Optional<String> late(Instant last, Duration patience, String words) {
        return last.plus(patience).isBefore(now)
                ? Optional.of(words.formatted(LocalDate.ofInstant(last, policy.zone())))
                : Optional.empty();
    }

    private Optional<String> wrong(List<BackupFacts> left) {
        return left.reversed().stream()
                .filter(backup -> policy.counts(backup.selection()))
                .findFirst()
                .filter(backup -> !usual.complaint(backup.ref().backup()).isEmpty())
                .map(backup ->
                        "the newest backup %s looks wrong: %s"
                                .formatted(
                                        backup.ref().backup(),
                                        usual.complaint(backup.ref().backup())));
    }

    /// What cannot be restored, and why; it never counts, and is left to a person.
    static Map<BackupRef, String> broken(Map<BackupRef, BackupFacts> all) {
        var broken = new HashMap<BackupRef, String>();
        for (var backup : all.values())
            if (!backup.whole())
                broken.put(
                        backup.ref(),
                        "cannot be restored: not every object of its manifest is there");
        // A chain breaks at one link and then for everything that leans on it.
        for (var before = -1; before != broken.size(); ) {
            before = broken.size();
            for (var backup : all.values())
                if (!backup.needs().isEmpty() && !broken.containsKey(backup.ref()))
                    for (var need : backup.needs())
                        if (!all.containsKey(need) || broken.containsKey(need))
                            broken.putIfAbsent(
                                    backup.ref(),
                                    "cannot be restored: %s, which it needs, is not there whole"
                                            .formatted(need.backup()));
        }
        return broken;
    }
}
