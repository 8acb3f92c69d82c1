package io.pgvigil.core.wal;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.Lsn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The history of a server that never was, with everything that happens to one: commits, promotions,
/// a primary that goes on after its standby was promoted, base backups, harvests, lost segments.
///
/// It also knows how PostgreSQL replays, and is the judge of what a plan promises.
final class World {
    static final WalSegmentSize SIZE = new WalSegmentSize(1 << 20);

    final Random random;
    final Map<TimelineId, Branch> branches = new TreeMap<>();
    final List<PhysicalBase> bases = new ArrayList<>();
    final Set<SegmentName> segments = new HashSet<>();
    final Set<PartialSegment> partials = new HashSet<>();
    final List<Mark> marks = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-22T00:00:00Z");
    private long nextId = 1000;

    /// @param end where the record ends
    record Commit(long id, TimelineId timeline, Lsn begin, Lsn end, Instant at) {}

    static final class Branch {
        final TimelineHistory history;
        final List<Commit> commits = new ArrayList<>();
        Lsn end;

        Branch(TimelineHistory history, Lsn end) {
            this.history = history;
            this.end = end;
        }

        TimelineId timeline() {
            return history.timeline();
        }
    }

    World(long seed) {
        random = new Random(seed);
        var first = new Branch(TimelineHistory.of(TimelineId.FIRST), Lsn.parse("0/1000028"));
        branches.put(first.timeline(), first);
        var living = new ArrayList<>(List.of(first));
        var steps = 20 + random.nextInt(60);
        for (var i = 0; i < steps; i++) step(living);
        harvest(living.getLast(), random.nextInt(4) == 0);
        loseSome();
    }

    private void step(List<Branch> living) {
        var branch = living.get(random.nextInt(living.size()));
        switch (random.nextInt(20)) {
            case 0 -> promote(branch, living);
            case 1, 2 -> base(branch);
            case 3, 4, 5 -> harvest(branch, random.nextInt(3) == 0);
            case 6 -> mark(branch);
            default -> commit(branch);
        }
    }

    private void commit(Branch branch) {
        tick();
        var length =
                random.nextInt(10) == 0 ? random.nextInt(3 << 20) : 8 + random.nextInt(1 << 18);
        branch.end = branch.end.plus(length & ~7);
        var end = branch.end.plus(48);
        branch.commits.add(new Commit(nextId++, branch.timeline(), branch.end, end, now));
        branch.end = end;
    }

    private void promote(Branch parent, List<Branch> living) {
        tick();
        // A standby may have been behind; what it had not seen stays on the old branch.
        var begin = parent.history.beginOf(parent.timeline()).orElseThrow();
        var seen =
                parent.commits.stream().filter(_ -> random.nextBoolean()).map(Commit::end).toList();
        var at = random.nextBoolean() || seen.isEmpty() ? parent.end : seen.getLast();
        if (random.nextInt(5) == 0) at = SIZE.begin(SIZE.segmentOf(parent.end));
        if (at.isBefore(begin) || at.value() == 0) return;
        var left = new ArrayList<>(parent.history.left());
        left.add(new TimelineHistory.Left(parent.timeline(), at));
        var next = new TimelineId(branches.size() + 1);
        var child = new Branch(new TimelineHistory(next, left), at);
        branches.put(next, child);
        living.add(child);
        // Mostly the old primary is gone; sometimes it goes on, unaware.
        if (random.nextInt(3) > 0) living.remove(parent);
    }

    private void base(Branch branch) {
        var begin = branch.end;
        for (var i = random.nextInt(4); i > 0; i--) commit(branch);
        var end = branch.end.plus(40);
        branch.end = end;
        tick();
        bases.add(
                new PhysicalBase(
                        BackupId.of(now, BackupKind.PHYSICAL, "%08x".formatted(bases.size())),
                        branch.timeline(),
                        begin,
                        end,
                        now,
                        OptionalLong.of(nextId)));
        for (var n = SIZE.segmentOf(begin); n <= SIZE.segmentOf(end.plus(-1)); n++)
            segments.add(new SegmentName(branch.timeline(), n, SIZE));
    }

    private void mark(Branch branch) {
        tick();
        marks.add(new Mark(branch.timeline(), branch.end, now));
    }

    /// Everything of the branch's own that is full, and the part of the last segment sometimes.
    private void harvest(Branch branch, boolean partial) {
        mark(branch);
        var begin = branch.history.beginOf(branch.timeline()).orElseThrow();
        var last = SIZE.segmentOf(branch.end);
        for (var n = SIZE.segmentOf(begin); n < last; n++)
            segments.add(new SegmentName(branch.timeline(), n, SIZE));
        if (partial && SIZE.offset(branch.end) > 0)
            partials.add(
                    new PartialSegment(new SegmentName(branch.timeline(), last, SIZE), branch.end));
    }

    private void loseSome() {
        if (random.nextBoolean()) return;
        segments.removeIf(_ -> random.nextInt(40) == 0);
    }

    private void tick() {
        now = now.plusMillis(1 + random.nextInt(60_000));
    }

    Branch branch(TimelineId timeline) {
        return Objects.requireNonNull(branches.get(timeline));
    }

    StoredWal stored() {
        return new StoredWal(
                SIZE,
                segments,
                partials,
                branches.values().stream()
                        .map(branch -> branch.history)
                        .filter(history -> !history.left().isEmpty())
                        .toList(),
                marks);
    }

    Instant someTime() {
        return Instant.parse("2026-11-22T00:00:00Z")
                .plusMillis(
                        random.nextLong(
                                now.toEpochMilli()
                                        - Instant.parse("2026-11-22T00:00:00Z").toEpochMilli()
                                        + 60_000));
    }

    /// What committed on the way to a timeline, in the order of the log.
    List<Commit> truth(TimelineHistory path) {
        return branches.values().stream()
                .flatMap(branch -> branch.commits.stream())
                .filter(commit -> path.includes(commit.timeline(), commit.end()))
                .sorted((one, other) -> one.end().compareTo(other.end()))
                .toList();
    }

    /// @param replayed the commits that a server would have, beyond its base backup
    /// @param stopper what told it that it had arrived, if anything did
    /// @param end where it stopped reading
    record Replay(List<Commit> replayed, @Nullable Commit stopper, Lsn end) {}

    /// Replays like PostgreSQL: segment by segment, each from the newest timeline of the path that has
    /// it, until the target is passed or nothing is left.
    Replay replay(
            PhysicalBase base,
            TimelineHistory path,
            Set<SegmentName> files,
            RecoveryTarget target) {
        var replayed = new ArrayList<Commit>();
        for (var n = SIZE.segmentOf(base.begin()); ; n++) {
            var file = openAnyTimeline(path, n, files);
            if (file.isEmpty()) return new Replay(replayed, null, SIZE.begin(n));
            var name = file.get();
            var until = end(name);
            for (var commit : truth(branch(name.timeline()).history)) {
                if (!SIZE.begin(n).isBefore(commit.end()) || commit.end().isAfter(until)) continue;
                if (!commit.end().isAfter(base.begin())) continue;
                if (target instanceof RecoveryTarget.Time(var time) && commit.at().isAfter(time))
                    return new Replay(replayed, commit, commit.begin());
                if (commit.end().isAfter(base.end())) replayed.add(commit);
                var arrived =
                        switch (target) {
                            case RecoveryTarget.Position(var lsn) -> !commit.begin().isBefore(lsn);
                            case RecoveryTarget.Transaction(var id) -> commit.id() == id;
                            default -> false;
                        };
                if (arrived && commit.end().isAfter(base.end()))
                    return new Replay(replayed, commit, commit.end());
            }
            if (until.isBefore(name.end())) return new Replay(replayed, null, until);
        }
    }

    private Lsn end(SegmentName name) {
        if (segments.contains(name)) return name.end();
        return partials.stream()
                .filter(partial -> partial.segment().equals(name))
                .map(PartialSegment::end)
                .max(Lsn::compareTo)
                .orElseThrow();
    }

    private Optional<SegmentName> openAnyTimeline(
            TimelineHistory path, long number, Set<SegmentName> files) {
        var line = new ArrayList<TimelineId>();
        path.left().forEach(left -> line.add(left.timeline()));
        line.add(path.timeline());
        for (var timeline : line.reversed()) {
            if (number < SIZE.segmentOf(path.beginOf(timeline).orElseThrow())) continue;
            var name = new SegmentName(timeline, number, SIZE);
            if (files.contains(name)) return Optional.of(name);
        }
        return Optional.empty();
    }
}
