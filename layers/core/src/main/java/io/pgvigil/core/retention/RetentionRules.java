package io.pgvigil.core.retention;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Decides what may go.
///
/// A backup expires when no rule wants it **and** nothing forbids it: a stop of its lane, a lease, a
/// lock, its youth, a backup that needs it and stays, the budget of the run. What is not configured
/// stays.
public final class RetentionRules {
    /// Nothing younger is deleted, whatever the rules say: a rule that is wrong by a slip of the pen
    /// is noticed within a day.
    public static final Duration MINIMUM_AGE = Duration.ofDays(1);

    private final Facts facts;
    private final Budget budget;
    private final Instant now;

    private RetentionRules(Facts facts, Budget budget, Instant now) {
        this.facts = facts;
        this.budget = budget;
        this.now = now;
    }

    public static Decision decide(Facts facts, Budget budget, Instant now) {
        return new RetentionRules(facts, budget, now).decide();
    }

    private Decision decide() {
        var lanes = new TreeMap<Lane, List<BackupFacts>>();
        for (var backup : facts.backups())
            lanes.computeIfAbsent(backup.lane(), _ -> new ArrayList<>()).add(backup);
        lanes.values().forEach(lane -> lane.sort(BackupFacts.BY_TIME));

        var judged = new HashMap<Lane, Usual>();
        lanes.forEach((lane, backups) ->
                judged.put(
                        lane,
                        facts.usual()
                                .getOrDefault(lane, Usual.UNKNOWN)
                                .after(backups, facts.accepted())));
        var left = new HashMap<Lane, Integer>();
        lanes.forEach((lane, backups) -> left.put(lane, budget.of(backups.size())));

        // What goes no longer counts, and then another may go: until a look finds nothing more, so
        // that a plan which was carried out leaves nothing to do.
        var expired = new LinkedHashMap<BackupRef, Verdict>();
        while (true) {
            var look = new Look(lanes, judged, left);
            if (look.order.isEmpty()) return decision(look, judged, expired);
            for (var ref : look.order) expired.put(ref, look.verdict(ref));
            lanes.replaceAll((lane, backups) -> {
                var stay =
                        backups.stream()
                                .filter(backup -> !expired.containsKey(backup.ref()))
                                .toList();
                left.merge(lane, stay.size() - backups.size(), Integer::sum);
                return stay;
            });
        }
    }

    private Decision decision(Look last, Map<Lane, Usual> judged, Map<BackupRef, Verdict> expired) {
        var sorted = new TreeMap<Lane, List<BackupFacts>>();
        for (var backup : facts.backups())
            sorted.computeIfAbsent(backup.lane(), _ -> new ArrayList<>()).add(backup);
        var decided = new ArrayList<Decision.Decided>(facts.backups().size());
        for (var lane : sorted.values()) {
            lane.sort(BackupFacts.BY_TIME);
            for (var backup : lane) {
                var gone = expired.get(backup.ref());
                decided.add(
                        new Decision.Decided(
                                backup,
                                gone == null ? last.verdict(backup.ref()) : gone,
                                Optional.ofNullable(last.tiers.get(backup.ref()))));
            }
        }
        return new Decision(
                decided,
                last.stops,
                List.copyOf(expired.keySet()),
                List.copyOf(last.locks.values()),
                judged);
    }

    /// One look at what is there.
    private final class Look {
        private final Map<Lane, List<BackupFacts>> lanes;
        private final Map<Lane, Usual> judged;
        private final Map<Lane, Integer> left;
        private final Map<BackupRef, BackupFacts> all = new LinkedHashMap<>();
        private final Map<BackupRef, Verdict> verdicts = new HashMap<>();
        private final Map<BackupRef, Period> tiers = new HashMap<>();
        private final Map<BackupRef, LockUntil> locks = new TreeMap<>();
        private final List<Stop> stops = new ArrayList<>();
        private final List<BackupRef> order;

        /// @param lanes oldest first
        /// @param left how many of each may go
        Look(Map<Lane, List<BackupFacts>> lanes, Map<Lane, Usual> judged, Map<Lane, Integer> left) {
            this.lanes = lanes;
            this.judged = judged;
            this.left = left;
            for (var backups : lanes.values())
                for (var backup : backups)
                    if (all.put(backup.ref(), backup) != null)
                        throw new IllegalArgumentException(
                                "backup " + backup.ref() + " is there twice");
            var broken = LaneRules.broken(all);
            lanes.forEach((lane, backups) -> lane(lane, backups, broken));
            together();
            needed();
            lockedTogether();
            order = affordable();
        }

        private void lane(Lane lane, List<BackupFacts> backups, Map<BackupRef, String> broken) {
            var policy = facts.policies().get(lane);
            if (policy == null) {
                for (var backup : backups)
                    put(
                            new Verdict.Keep(
                                    backup.ref(),
                                    List.of("server " + lane.server() + " is not configured")));
                return;
            }
            var answer =
                    new LaneRules(
                                    lane,
                                    policy,
                                    backups,
                                    broken,
                                    judged.getOrDefault(lane, Usual.UNKNOWN),
                                    facts,
                                    now)
                            .decide();
            answer.stop().ifPresent(stops::add);
            answer.kept().values().forEach(this::put);
            tiers.putAll(answer.tiers());
            locks.putAll(answer.locks());
            answer.blocked().forEach((ref, why) -> put(new Verdict.Blocked(ref, why)));
            for (var entry : answer.unwanted().entrySet()) {
                var ref = entry.getKey();
                var obstacle = obstacle(backup(ref), answer.stop().map(Stop::why).orElse(""));
                put(
                        obstacle.isEmpty()
                                ? new Verdict.Expire(ref, entry.getValue())
                                : new Verdict.Blocked(ref, obstacle));
            }
        }

        /// What forbids to delete a backup that nobody wants; empty when nothing does.
        private String obstacle(BackupFacts backup, String stop) {
            if (!stop.isEmpty()) return stop;
            var lease = facts.leased().get(backup.ref());
            if (lease != null) return lease;
            var locked =
                    Optional.ofNullable(facts.locks().get(backup.ref()))
                            .flatMap(lock -> lock.obstacle(now));
            if (locked.isPresent()) return locked.get();
            if (backup.finished().plus(MINIMUM_AGE).isAfter(now)) return "younger than a day";
            return "";
        }

        /// What leans on others is read with them, and so stays with them, where it is.
        private void together() {
            for (var backup : all.values()) {
                if (backup.needs().isEmpty()) continue;
                stay(backup.ref());
                backup.needs().forEach(this::stay);
            }
        }

        private void stay(BackupRef ref) {
            if (verdicts.get(ref) instanceof Verdict.Move move)
                put(new Verdict.Keep(ref, move.reasons()));
        }

        /// What stays keeps what it needs, and so on down to the base.
        private void needed() {
            var open = new ArrayList<BackupFacts>();
            for (var backup : all.values())
                if (!backup.needs().isEmpty() && stays(backup.ref())) open.add(backup);
            while (!open.isEmpty()) {
                var backup = open.removeLast();
                for (var need : backup.needs()) {
                    var base = all.get(need);
                    if (base == null || stays(need)) continue;
                    put(
                            verdict(backup.ref()).wanted()
                                    ? new Verdict.Keep(
                                            need, List.of("needed by " + backup.ref().backup()))
                                    : new Verdict.Blocked(
                                            need,
                                            "needed by "
                                                    + backup.ref().backup()
                                                    + ", which stays for now"));
                    open.add(base);
                }
            }
        }

        /// A base is locked for as long as what leans on it.
        private void lockedTogether() {
            var open = new ArrayList<>(locks.values());
            while (!open.isEmpty()) {
                var lock = open.removeLast();
                for (var need : backup(lock.backup()).needs()) {
                    if (!all.containsKey(need)
                            || Optional.ofNullable(facts.locks().get(need))
                                    .filter(known -> known.covers(lock.mode(), lock.until()))
                                    .isPresent()
                            || Optional.ofNullable(locks.get(need))
                                    .filter(wish -> !wish.until().isBefore(lock.until()))
                                    .isPresent()) continue;
                    var longer = new LockUntil(need, lock.mode(), lock.until());
                    locks.put(need, longer);
                    open.add(longer);
                }
            }
        }

        private boolean stays(BackupRef ref) {
            return !(verdict(ref) instanceof Verdict.Expire);
        }

        /// What expires, as much as the budget allows, the oldest first, in an order in which each prefix
        /// leaves nothing without what it needs.
        private List<BackupRef> affordable() {
            var expiring =
                    lanes.values().stream()
                            .flatMap(List::stream)
                            .filter(backup -> !stays(backup.ref()))
                            .toList();
            var leaning = leaning(expiring);
            var order = new ArrayList<BackupRef>();
            var seen = new HashSet<BackupRef>();
            for (var backup : expiring) visit(backup.ref(), leaning, seen, order);

            var wished = new HashMap<Lane, Integer>();
            order.forEach(ref -> wished.merge(backup(ref).lane(), 1, Integer::sum));
            var spent = new HashMap<Lane, Integer>();
            var affordable = new LinkedHashSet<BackupRef>();
            for (var ref : order) {
                var lane = backup(ref).lane();
                var allowed = left.getOrDefault(lane, 0);
                if (!affordable.containsAll(leaning.getOrDefault(ref, List.of()))) {
                    put(new Verdict.Blocked(ref, "needed by a backup that stays for now"));
                } else if (spent.merge(lane, 1, Integer::sum) <= allowed) {
                    affordable.add(ref);
                } else {
                    put(
                            new Verdict.Blocked(
                                    ref,
                                    "the budget of one run is spent, and %d could go; consent lifts it"
                                            .formatted(wished.getOrDefault(lane, 0))));
                }
            }
            return List.copyOf(affordable);
        }

        /// Who needs each of these, among them.
        private static Map<BackupRef, List<BackupRef>> leaning(List<BackupFacts> expiring) {
            var leaning = new HashMap<BackupRef, List<BackupRef>>();
            for (var backup : expiring)
                for (var need : backup.needs())
                    leaning.computeIfAbsent(need, _ -> new ArrayList<>()).add(backup.ref());
            return leaning;
        }

        private static void visit(
                BackupRef ref,
                Map<BackupRef, List<BackupRef>> leaning,
                Set<BackupRef> seen,
                List<BackupRef> order) {
            if (!seen.add(ref)) return;
            leaning.getOrDefault(ref, List.of()).stream()
                    .sorted(Comparator.reverseOrder())
                    .forEach(leaner -> visit(leaner, leaning, seen, order));
            order.add(ref);
        }

        private BackupFacts backup(BackupRef ref) {
            var backup = all.get(ref);
            if (backup == null) throw new IllegalStateException("there is no backup " + ref);
            return backup;
        }

        private Verdict verdict(BackupRef ref) {
            var verdict = verdicts.get(ref);
            if (verdict == null)
                throw new IllegalStateException("nothing was decided about " + ref);
            return verdict;
        }

        private void put(Verdict verdict) {
            verdicts.put(verdict.backup(), verdict);
        }
    }
}
