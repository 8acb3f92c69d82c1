package io.pgvigil.core.wal;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.problem.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Chooses the base backup, the timeline and the segments for a target.
///
/// The newest base that still lies before the target is the quickest. A target that lies before the
/// end of every base, behind a gap, or behind what is stored is refused: a server would come up with
/// other data than was asked for, or not at all.
public final class RecoveryPlanner {
    private final List<PhysicalBase> bases;
    private final StoredWal wal;

    /// @param wal everything that is stored, the segments beside the base backups included
    public RecoveryPlanner(List<PhysicalBase> bases, StoredWal wal) {
        this.bases =
                bases.stream()
                        .sorted(
                                Comparator.comparing(PhysicalBase::ended)
                                        .thenComparing(PhysicalBase::backup))
                        .toList();
        this.wal = wal;
    }

    /// @param timeline to recover along, or empty for the newest one
    /// @param only the base backup to use, or empty to have one chosen
    public RecoveryPlan plan(
            RecoveryTarget target, Optional<TimelineId> timeline, Optional<BackupId> only) {
        var named =
                bases.stream()
                        .filter(base -> only.map(base.backup()::equals).orElse(true))
                        .toList();
        if (named.isEmpty())
            return new RecoveryPlan.Refused(
                    ErrorCode.BACKUP_NOT_FOUND,
                    only.map(id -> "there is no physical backup " + id)
                            .orElse("there is no physical backup of this server"),
                    "Recovery begins with one; pgvigil list shows what there is.");

        var goal = timeline.orElseGet(this::newestTimeline);
        var history = wal.history(goal);
        if (history.isEmpty())
            return refused(
                    "the history of timeline "
                            + goal
                            + " is not stored, so nobody can say where it came from",
                    "Harvest WAL from the server that is on this timeline, or choose another one with"
                            + " --timeline.");
        var path = history.get();
        var onPath =
                named.stream()
                        .filter(base -> path.includes(base.timeline(), base.end()))
                        .map(base -> new Candidate(base, wal.reach(path, base.begin())))
                        .filter(Candidate::consistent)
                        .toList();
        if (onPath.isEmpty())
            return refused(
                    named.size() == 1
                            ? "backup "
                                    + named.getFirst().backup()
                                    + " is not on the way to timeline "
                                    + goal
                                    + ", or its own WAL is missing"
                            : "no physical backup is on the way to timeline " + goal,
                    "Choose another timeline with --timeline: "
                            + wal.timelines().stream().map(TimelineId::toString).toList()
                            + ".");
        return switch (target) {
            case RecoveryTarget.Latest _ -> latest(path, onPath);
            case RecoveryTarget.Immediate _ ->
                    reachable(
                            path,
                            onPath.getLast(),
                            onPath.getLast().base().end(),
                            target,
                            List.of());
            case RecoveryTarget.Time time -> time(path, onPath, time);
            case RecoveryTarget.Position position -> position(path, onPath, position);
            case RecoveryTarget.Transaction transaction -> transaction(path, onPath, transaction);
            case RecoveryTarget.RestorePoint point -> restorePoint(path, onPath, point);
        };
    }

    private record Candidate(PhysicalBase base, Lsn reach) {
        boolean consistent() {
            return !reach.isBefore(base.end());
        }
    }

    private TimelineId newestTimeline() {
        var known = new TreeSet<>(wal.timelines());
        bases.forEach(base -> known.add(base.timeline()));
        return known.last();
    }

    private RecoveryPlan latest(TimelineHistory path, List<Candidate> candidates) {
        // Whoever reaches farthest; of those that reach as far, the newest has the least to replay.
        var best =
                candidates.stream()
                        .max(
                                Comparator.comparing(Candidate::reach)
                                        .thenComparing(one -> one.base().end()))
                        .orElseThrow();
        var reasons = new ArrayList<String>();
        wal.gaps(path, best.base().begin()).stream()
                .findFirst()
                .ifPresent(gap ->
                        reasons.add(
                                "the log breaks off at "
                                        + best.reach()
                                        + ": "
                                        + gap
                                        + " is missing, and what comes behind cannot be reached"));
        path.beginOf(path.timeline())
                .filter(best.reach()::isBefore)
                .ifPresent(begin ->
                        reasons.add(
                                "timeline "
                                        + path.timeline()
                                        + " begins at "
                                        + begin
                                        + ", and the log ends before it"));
        return reachable(path, best, best.reach(), new RecoveryTarget.Latest(), reasons);
    }

    private RecoveryPlan time(
            TimelineHistory path, List<Candidate> candidates, RecoveryTarget.Time target) {
        var base = newest(candidates, one -> one.base().ended().isBefore(target.time()));
        if (base.isEmpty()) return tooEarly(target, candidates);
        for (var candidate : base) {
            var mark =
                    wal.marks().stream()
                            .filter(one -> one.at().isAfter(target.time()))
                            .filter(one -> RecoveryWindow.on(path, one))
                            .filter(one -> !one.end().isAfter(candidate.reach()))
                            .findFirst();
            if (mark.isPresent())
                return reachable(
                        path,
                        candidate,
                        later(mark.get().end(), candidate.base().end()),
                        target,
                        otherBranches(path, target));
        }
        return beyond(path, target, base);
    }

    private RecoveryPlan position(
            TimelineHistory path, List<Candidate> candidates, RecoveryTarget.Position target) {
        var before = newest(candidates, one -> !one.base().end().isAfter(target.lsn()));
        if (before.isEmpty()) return tooEarly(target, candidates);
        // Only the record at or behind the target tells recovery that it has arrived.
        return before.stream()
                .filter(one -> target.lsn().isBefore(one.reach()))
                .findFirst()
                .<RecoveryPlan>map(
                        one -> reachable(path, one, target.lsn().plus(1), target, List.of()))
                .orElseGet(() -> beyond(path, target, before));
    }

    private RecoveryPlan transaction(
            TimelineHistory path, List<Candidate> candidates, RecoveryTarget.Transaction target) {
        var before =
                newest(
                        candidates,
                        one ->
                                one.base().nextTransaction().isPresent()
                                        && target.notBefore(
                                                one.base().nextTransaction().getAsLong()));
        if (before.isEmpty()) return tooEarly(target, candidates);
        var one = farthest(before);
        return reachable(
                path,
                one,
                one.reach(),
                target,
                List.of(
                        "where transaction "
                                + target.id()
                                + " committed shows only during replay"));
    }

    private RecoveryPlan restorePoint(
            TimelineHistory path, List<Candidate> candidates, RecoveryTarget.RestorePoint target) {
        var one = farthest(newest(candidates, _ -> true));
        return reachable(
                path,
                one,
                one.reach(),
                target,
                List.of(
                        "where "
                                + target.words()
                                + " lies shows only during replay; if it is older than "
                                + one.base().ended()
                                + ", name an older backup"));
    }

    /// Newest first.
    private static List<Candidate> newest(List<Candidate> all, Predicate<Candidate> fits) {
        return all.reversed().stream().filter(fits).toList();
    }

    /// Of those that get as far as any, the first.
    private static Candidate farthest(List<Candidate> all) {
        var best = all.getFirst();
        for (var one : all) if (one.reach().isAfter(best.reach())) best = one;
        return best;
    }

    private static Lsn later(Lsn one, Lsn other) {
        return one.isBefore(other) ? other : one;
    }

    private RecoveryPlan tooEarly(RecoveryTarget target, List<Candidate> candidates) {
        var oldest = candidates.getFirst().base();
        return refused(
                target.words()
                        + " is before the end of "
                        + (candidates.size() == 1 ? "backup " : "the oldest backup ")
                        + oldest.backup()
                        + ", which ended at "
                        + oldest.ended()
                        + ", position "
                        + oldest.end(),
                "Recovery can only go forward from the end of a base backup. Use an older one if there"
                        + " is one, or --immediate for the end of this one.");
    }

    private RecoveryPlan beyond(
            TimelineHistory path, RecoveryTarget target, List<Candidate> candidates) {
        var one = farthest(candidates);
        var window = RecoveryWindow.on(path, one.base(), wal);
        var until =
                window.toTime()
                        .map(at -> "the log reaches " + one.reach() + ", as of " + at)
                        .orElse("the log reaches " + one.reach());
        var why =
                window.gaps().stream()
                        .findFirst()
                        .map(gap -> until + ", and " + gap + " is missing behind it")
                        .orElse(until);
        return refused(
                target.words() + " is behind what is stored: " + why,
                "Harvest WAL if the server still has it, or recover to the latest point there is.");
    }

    /// At that time the server, or another one, may have been at work on a branch that was left.
    private List<String> otherBranches(TimelineHistory path, RecoveryTarget.Time target) {
        return wal.marks().stream()
                .filter(mark -> !mark.at().isBefore(target.time()))
                .filter(mark -> !RecoveryWindow.on(path, mark))
                .map(Mark::timeline)
                .distinct()
                .sorted()
                .map(other ->
                        "timeline "
                                + other
                                + " was also written to at that time and is not replayed; choose it with"
                                + " --timeline "
                                + other)
                .toList();
    }

    private RecoveryPlan.Reachable reachable(
            TimelineHistory path,
            Candidate chosen,
            Lsn until,
            RecoveryTarget target,
            List<String> more) {
        var base = chosen.base();
        var reasons = new ArrayList<String>();
        reasons.add(
                "backup "
                        + base.backup()
                        + ", which ended at "
                        + base.ended()
                        + ", is the "
                        + (bases.getLast().equals(base) ? "newest" : "newest that leads there"));
        if (!path.timeline().equals(base.timeline()))
            reasons.add(
                    "from timeline " + base.timeline() + " recovery follows to " + path.timeline());
        reasons.addAll(more);
        var last = until.isAfter(chosen.reach()) ? chosen.reach() : until;
        return new RecoveryPlan.Reachable(
                base,
                path,
                segments(path, base.begin(), last),
                segments(path, wal.size().begin(after(last)), chosen.reach()),
                chosen.reach(),
                settings(path, target),
                reasons);
    }

    /// The number of the first segment that begins at or behind a position.
    private long after(Lsn position) {
        var number = wal.size().segmentOf(position);
        return wal.size().offset(position) == 0 ? number : number + 1;
    }

    private List<SegmentName> segments(TimelineHistory path, Lsn from, Lsn until) {
        var segments = new ArrayList<SegmentName>();
        for (var number = wal.size().segmentOf(from); number < after(until); number++)
            segments.add(path.segment(number, wal.size()));
        return segments;
    }

    private static Map<String, String> settings(TimelineHistory path, RecoveryTarget target) {
        var settings = new LinkedHashMap<String, String>();
        switch (target) {
            case RecoveryTarget.Latest _ -> {}
            case RecoveryTarget.Immediate _ -> settings.put("recovery_target", "immediate");
            case RecoveryTarget.Time time -> settings.put("recovery_target_time", time.setting());
            case RecoveryTarget.Position position ->
                    settings.put("recovery_target_lsn", position.lsn().toString());
            case RecoveryTarget.Transaction transaction ->
                    settings.put("recovery_target_xid", Long.toString(transaction.inTheLog()));
            case RecoveryTarget.RestorePoint point ->
                    settings.put("recovery_target_name", point.name());
        }
        // Never "latest": a history that turns up meanwhile must not change where we go.
        settings.put("recovery_target_timeline", path.timeline().toString());
        return settings;
    }

    private static RecoveryPlan.Refused refused(String what, String hint) {
        return new RecoveryPlan.Refused(ErrorCode.POINT_NOT_REACHABLE, what, hint);
    }
}
