package io.pgvigil.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.store.StorageClass;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random years of a store, with everything that goes wrong in them, and what must hold after every
/// step whatever happened.
///
/// `-Dpgvigil.test.args=-Dpgvigil.retention.seeds=500` looks at more lives than the usual few.
final class RetentionModelTest {
    private static final List<ZoneId> ZONES =
            List.of(
                    ZoneId.of("UTC"),
                    ZoneId.of("Europe/Paris"),
                    ZoneId.of("America/New_York"),
                    ZoneId.of("Pacific/Apia"),
                    ZoneId.of("Australia/Lord_Howe"));

    static LongStream lives() {
        return LongStream.range(0, Integer.getInteger("pgvigil.retention.seeds", 10));
    }

    @ParameterizedTest(name = "life {0}")
    @MethodSource("lives")
    void whatever_happens_in_years_nothing_that_is_needed_is_deleted(long seed) {
        new Life(seed).live();
    }

    /// One store and its days.
    private static final class Life {
        private final long seed;
        private final Random random;
        private final History history = new History();
        private final List<Database> databases;
        private Instant now;
        private Instant drillsWorkAgain = Instant.EPOCH;

        Life(long seed) {
            this.seed = seed;
            this.random = new Random(seed * 7919 + 1);
            now = Instant.parse("2023-01-01T00:00:00Z").plus(Duration.ofDays(random.nextInt(900)));
            history.keep = keep();
            history.zone = ZONES.get(random.nextInt(ZONES.size()));
            history.gigabytes = random.nextInt(3) * 10L;
            history.tiers = tiers();
            history.budget = chance(0.5) ? Budget.CONSENTED : Budget.STANDARD;
            history.proofEvery = chance(0.6) ? Optional.of(Duration.ofDays(7)) : Optional.empty();
            // One name is the beginning of the other.
            databases =
                    List.of(
                            new Database("app", BackupKind.LOGICAL),
                            new Database("app_test", BackupKind.LOGICAL),
                            new Database("app", BackupKind.PHYSICAL));
        }

        private static final class Database {
            private final DatabaseName name;
            private final BackupKind kind;
            private double size = 1_000_000;
            private Instant worksAgain = Instant.EPOCH;
            private Instant wholeAgain = Instant.EPOCH;
            private Optional<BackupRef> base = Optional.empty();

            Database(String name, BackupKind kind) {
                this.name = new DatabaseName(name);
                this.kind = kind;
            }
        }

        private Keep keep() {
            return new Keep(
                    chance(0.4) ? random.nextInt(9) : 0,
                    Duration.ofDays(chance(0.4) ? random.nextInt(40) : 0),
                    random.nextInt(20),
                    random.nextInt(6),
                    random.nextInt(6),
                    random.nextInt(3),
                    chance(0.2) ? random.nextInt(3) : 0);
        }

        private Tiers tiers() {
            var classes = StorageClass.values();
            var sorted = random.ints(4, 0, classes.length).sorted().toArray();
            return new Tiers(
                    classes[sorted[0]], classes[sorted[1]], classes[sorted[2]], classes[sorted[3]]);
        }

        void live() {
            for (var day = 0; day < 600; day++) {
                now = now.plus(Duration.ofMinutes(1200 + random.nextInt(480)));
                databases.forEach(this::backUp);
                drill();
                people();
                if (chance(0.01)) history.zone = ZONES.get(random.nextInt(ZONES.size()));
                if (chance(0.004)) history.keep = keep();
                if (chance(0.004)) history.tiers = tiers();
                if (chance(0.4)) retention(now);
                // A host whose clock is wrong, for one run.
                if (chance(0.02)) retention(now.plus(Duration.ofDays(random.nextInt(2000) - 1000)));
            }
        }

        private void backUp(Database database) {
            if (chance(0.004)) database.worksAgain = now.plus(Duration.ofDays(random.nextInt(70)));
            if (chance(0.006)) database.wholeAgain = now.plus(Duration.ofDays(random.nextInt(20)));
            if (now.isBefore(database.worksAgain) || chance(0.04)) return;
            database.size *= 0.97 + random.nextDouble() * 0.065;
            var share = now.isBefore(database.wholeAgain) || chance(0.01) ? 0.05 : 1.0;
            var size = (long) (database.size * share);
            history.database = database.name;
            history.kind = database.kind;
            var measures = new Measures(size * 50, size * 10, size, 40);
            // Now and then a host with a wrong clock makes one.
            var finished = chance(0.003) ? now.plus(Duration.ofDays(random.nextInt(60) - 30)) : now;
            if (database.kind == BackupKind.LOGICAL) {
                history.backup(finished, measures, Proof.UNTRIED);
                return;
            }
            var increment = database.base.isPresent() && chance(0.8);
            var made =
                    increment
                            ? history.backup(finished, measures, Proof.UNTRIED, database.base.get())
                            : history.backup(finished, measures, Proof.UNTRIED);
            // Increments of increments, and of the base.
            if (!increment || chance(0.7)) database.base = Optional.of(made);
        }

        private void drill() {
            if (chance(0.003)) drillsWorkAgain = now.plus(Duration.ofDays(random.nextInt(80)));
            for (var database : databases) {
                if (!chance(0.16)) continue;
                var lane = new Lane(History.SERVER, database.name, database.kind);
                var members = lane(lane);
                if (members.isEmpty()) continue;
                var which =
                        chance(0.8)
                                ? members.getLast()
                                : members.get(random.nextInt(members.size()));
                var good = !now.isBefore(drillsWorkAgain) && chance(0.9);
                history.drilled(which.ref(), good ? Proof.PROVEN : Proof.FAILED);
            }
        }

        private void people() {
            if (history.backups.isEmpty()) return;
            var any = history.backups.get(random.nextInt(history.backups.size())).ref();
            if (chance(0.01)) history.held(any, "legal", "case " + seed);
            if (chance(0.01))
                history.holds.keySet().stream().findAny().ifPresent(history.holds::remove);
            if (chance(0.03)) history.accepted.add(any);
            if (chance(0.003)) history.damaged(any);
            if (chance(0.01)) history.locked(any, now.plus(Duration.ofDays(random.nextInt(100))));
            history.leased.clear();
            if (chance(0.3)) history.leased.put(any, "read by a drill");
            history.holes.clear();
            if (chance(0.02))
                history.holes.add(
                        new Hole(
                                History.SERVER,
                                new DatabaseName("app"),
                                "a document is damaged",
                                Hole.Hides.values()[random.nextInt(3)]));
        }

        private void retention(Instant at) {
            var decision = history.decide(at);
            var before = List.copyOf(history.backups);
            everyDeletionHasAReasonThatIsTrue(decision, at);
            stopsStop(decision);
            movesAreSafeAndPay(decision, at);
            aloneItIsDecidedAlike(decision, at);
            // Stopped anywhere, and it is a prefix of the order that is gone.
            var done = chance(0.3) ? random.nextInt(decision.order().size() + 1) : -1;
            var gone =
                    done < 0 ? decision.expired() : Set.copyOf(decision.order().subList(0, done));
            history.usual.putAll(decision.usual());
            history.backups.removeIf(backup -> gone.contains(backup.ref()));
            var told = decision.moves();
            told.stream()
                    .limit(done < 0 ? told.size() : random.nextInt(told.size() + 1))
                    .forEach(move -> history.told(move, at));
            nothingLacksWhatItNeeds(before);
            theNewestProofIsThere(before, gone);
            if (done < 0 && history.budget.equals(Budget.CONSENTED))
                assertThat(history.decide(at).order())
                        .as("life %d at %s: a plan that was applied leaves nothing to do", seed, at)
                        .isEmpty();
            if (done < 0)
                assertThat(history.decide(at).moves())
                        .as("life %d at %s: what was told is not told again", seed, at)
                        .noneMatch(move ->
                                told.stream()
                                        .anyMatch(one ->
                                                one.backup().equals(move.backup())
                                                        && one.to() == move.to()));
        }

        private void everyDeletionHasAReasonThatIsTrue(Decision decision, Instant at) {
            var byRef =
                    history.backups.stream()
                            .collect(Collectors.toMap(BackupFacts::ref, backup -> backup));
            var order = decision.expired();
            for (var one : decision.verdicts()) {
                if (!(one.verdict() instanceof Verdict.Expire expire)) continue;
                var backup = one.backup();
                assertThat(order.contains(backup.ref())).isTrue();
                assertThat(expire.reason()).startsWith("no rule wants it");
                assertThat(history.leased).doesNotContainKey(backup.ref());
                var hold = history.holds.get(backup.ref());
                assertThat(hold == null || !hold.activeAt(at)).isTrue();
                assertThat(
                                Optional.ofNullable(history.locks.get(backup.ref()))
                                        .flatMap(lock -> lock.obstacle(at)))
                        .isEmpty();
                assertThat(backup.finished().plus(RetentionRules.MINIMUM_AGE))
                        .isBeforeOrEqualTo(at);
                if (!history.keep.within().isZero())
                    assertThat(backup.finished())
                            .isBeforeOrEqualTo(at.minus(history.keep.within()));
                simplyCounted(backup, at, byRef);
                newOnesArrive(backup.lane(), at, byRef);
            }
        }

        /// Whatever the rules say about stopping: looked at from outside, new backups and new proofs
        /// do arrive where something is deleted.
        private void newOnesArrive(Lane lane, Instant at, Map<BackupRef, BackupFacts> byRef) {
            var there =
                    lane(lane).stream()
                            .filter(other -> restorable(other, byRef))
                            .filter(other ->
                                    !other.finished().isAfter(at.plus(LaneRules.CLOCK_TOLERANCE)))
                            .toList();
            assertThat(there.getLast().finished()).isAfter(at.minus(Duration.ofDays(4)));
            if (history.proofEvery.isPresent())
                assertThat(there)
                        .anyMatch(other ->
                                other.proof() == Proof.PROVEN
                                        && other.finished().isAfter(at.minus(Duration.ofDays(18))));
            assertThat(history.holes)
                    .noneMatch(hole ->
                            hole.hides() == Hole.Hides.ITS_SERVER
                                    || hole.hides() == Hole.Hides.ITS_DATABASE
                                            && hole.database().equals(lane.database()));
        }

        /// The rules once more, as one would count on paper: so many newer periods have a backup
        /// that is at least as good, or an older one of the same period stands for it.
        private void simplyCounted(
                BackupFacts backup, Instant at, Map<BackupRef, BackupFacts> byRef) {
            var rivals =
                    lane(backup.lane()).stream()
                            .filter(other -> restorable(other, byRef))
                            .filter(other ->
                                    !other.finished().isAfter(at.plus(LaneRules.CLOCK_TOLERANCE)))
                            .toList();
            if (history.keep.last() > 0)
                assertThat(
                                rivals.stream()
                                        .filter(other ->
                                                BackupFacts.BY_TIME.compare(other, backup) > 0)
                                        .count())
                        .isGreaterThanOrEqualTo(history.keep.last());
            period(backup, rivals, Period.DAILY, history.keep.daily());
            period(backup, rivals, Period.WEEKLY, history.keep.weekly());
            period(backup, rivals, Period.MONTHLY, history.keep.monthly());
            period(backup, rivals, Period.YEARLY, history.keep.yearly());
        }

        private void period(
                BackupFacts backup, List<BackupFacts> rivals, Period period, int count) {
            if (count == 0) return;
            var mine = number(period, backup);
            var newer =
                    rivals.stream()
                            .map(other -> number(period, other))
                            .filter(number -> number > mine)
                            .distinct()
                            .count();
            var mates = rivals.stream().filter(other -> number(period, other) == mine).toList();
            var isFirst = mates.getFirst().ref().equals(backup.ref());
            var failed = backup.proof() == Proof.FAILED;
            var relieved = mates.stream().anyMatch(other -> other.proof() == Proof.PROVEN);
            if (newer < count && isFirst)
                assertThat(failed && relieved)
                        .as("life %d: %s is the first of its %s", seed, backup.ref(), period)
                        .isTrue();
        }

        private long number(Period period, BackupFacts backup) {
            return period.number(LocalDate.ofInstant(backup.finished(), history.zone));
        }

        private static boolean restorable(BackupFacts backup, Map<BackupRef, BackupFacts> byRef) {
            return backup.whole()
                    && backup.needs().stream()
                            .map(byRef::get)
                            .allMatch(need -> need != null && restorable(need, byRef));
        }

        /// What moves stays, gets colder, is sound, and leaves whatever a restore takes today readable at
        /// once.
        private void movesAreSafeAndPay(Decision decision, Instant at) {
            var facts =
                    history.backups.stream()
                            .collect(Collectors.toMap(BackupFacts::ref, backup -> backup));
            var stopped = decision.stops().stream().map(Stop::lane).collect(Collectors.toSet());
            for (var move : decision.moves()) {
                var backup = Objects.requireNonNull(facts.get(move.backup()));
                assertThat(decision.expired()).doesNotContain(move.backup());
                assertThat(stopped).doesNotContain(backup.lane());
                assertThat(backup.proof()).isNotEqualTo(Proof.FAILED);
                assertThat(backup.needs()).isEmpty();
                assertThat(move.to().colderThan(backup.storage().bound())).isTrue();
                assertThat(move.dollars()).isGreaterThanOrEqualTo(TierRules.WORTH_DOLLARS);
                assertThat(backup.finished().plus(RetentionRules.MINIMUM_AGE))
                        .isBeforeOrEqualTo(at);
                if (move.to().readable()) continue;
                var lane =
                        lane(backup.lane()).stream()
                                .filter(one ->
                                        !one.finished().isAfter(at.plus(LaneRules.CLOCK_TOLERANCE)))
                                .filter(one -> restorable(one, facts))
                                .toList();
                assertThat(lane.getLast()).isNotEqualTo(backup);
                assertThat(
                                lane.reversed().stream()
                                        .filter(one -> one.proof() == Proof.PROVEN)
                                        .findFirst())
                        .isNotEqualTo(Optional.of(backup));
            }
        }

        private void stopsStop(Decision decision) {
            var stopped = decision.stops().stream().map(Stop::lane).collect(Collectors.toSet());
            for (var one : decision.verdicts())
                if (one.verdict() instanceof Verdict.Expire)
                    assertThat(stopped).doesNotContain(one.backup().lane());
        }

        /// What happens in one database changes nothing in another.
        private void aloneItIsDecidedAlike(Decision decision, Instant at) {
            if (!chance(0.05)) return;
            for (var database : databases) {
                var lane = new Lane(History.SERVER, database.name, database.kind);
                var all = List.copyOf(history.backups);
                history.backups.removeIf(backup -> !backup.lane().equals(lane));
                var alone = history.decide(at);
                history.backups.clear();
                history.backups.addAll(all);
                assertThat(alone.verdicts())
                        .isEqualTo(
                                decision.verdicts().stream()
                                        .filter(one -> one.backup().lane().equals(lane))
                                        .toList());
            }
        }

        private void nothingLacksWhatItNeeds(List<BackupFacts> before) {
            var had = before.stream().collect(Collectors.toMap(BackupFacts::ref, backup -> backup));
            var has = new HashMap<BackupRef, BackupFacts>();
            history.backups.forEach(backup -> has.put(backup.ref(), backup));
            for (var backup : history.backups)
                if (restorable(backup, had))
                    assertThat(restorable(backup, has))
                            .as("life %d at %s: %s lost its base", seed, now, backup.ref())
                            .isTrue();
        }

        private void theNewestProofIsThere(List<BackupFacts> before, Set<BackupRef> gone) {
            var newest = new LinkedHashMap<Lane, BackupRef>();
            var newestWhole = new LinkedHashMap<Lane, BackupRef>();
            var byRef =
                    before.stream().collect(Collectors.toMap(BackupFacts::ref, backup -> backup));
            before.stream()
                    .sorted(BackupFacts.BY_TIME)
                    .filter(backup -> restorable(backup, byRef))
                    .forEach(backup -> {
                        newestWhole.put(backup.lane(), backup.ref());
                        if (backup.proof() == Proof.PROVEN) newest.put(backup.lane(), backup.ref());
                    });
            var last = new HashSet<>(newest.values());
            last.addAll(newestWhole.values());
            assertThat(gone)
                    .as("life %d at %s: the newest, and the newest proof, stay", seed, now)
                    .doesNotContainAnyElementsOf(last);
        }

        private List<BackupFacts> lane(Lane lane) {
            var members = new ArrayList<BackupFacts>();
            for (var backup : history.backups) if (backup.lane().equals(lane)) members.add(backup);
            members.sort(
                    Comparator.comparing(BackupFacts::finished).thenComparing(BackupFacts::ref));
            return members;
        }

        private boolean chance(double share) {
            return random.nextDouble() < share;
        }
    }
}
