package io.pgvigil.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.watch.BackupNote;
import io.pgvigil.core.watch.Change;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import io.pgvigil.core.watch.History;
import io.pgvigil.core.watch.LockFacts;
import io.pgvigil.core.watch.RuleFacts;
import io.pgvigil.core.watch.WatchFacts;
import io.pgvigil.core.watch.WatchRules;
import io.pgvigil.core.watch.WatchState;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Two years of fifty databases in five zones, whose clocks are changed eight times a year, looked at
/// every hour: what is wrong is told once, at the first look that can see it, and once when it is
/// over; what is right is never told.
final class FleetTest {
    private static final Instant START = Instant.parse("2025-01-01T00:10:00Z");
    private static final Instant END = START.plus(Duration.ofDays(731));
    private static final Duration LOOK = Duration.ofHours(1);
    private static final Duration TAKES = Duration.ofMinutes(7);

    /// 30 minutes to begin, and twice what it takes.
    private static final Duration GRACE = Duration.ofMinutes(30).plus(TAKES.multipliedBy(2));

    /// In most of them half past two is skipped once a year and comes twice once a year.
    private static final Map<String, String> ZONES =
            new TreeMap<>(
                    Map.of(
                            "paris", "Europe/Paris",
                            "york", "America/New_York",
                            "howe", "Australia/Lord_Howe",
                            "sydney", "Australia/Sydney",
                            "utc", "UTC"));

    private final Configuration configuration = configuration();
    private final Random random = new Random(20_261_125);
    private final List<Database> fleet = new ArrayList<>();

    @Test
    void a_quiet_fleet_says_nothing_in_two_years() {
        assertThat(live(List.of())).isEmpty();
    }

    @Test
    void every_problem_is_told_once_at_the_first_look_that_can_see_it_and_once_when_it_is_over() {
        var problems = new ArrayList<Problem>();
        fleet.addAll(databases());
        for (var database : fleet)
            for (var trouble : Trouble.values())
                // Apart from each other, and not before anything is usual.
                problems.add(
                        new Problem(
                                database.key(),
                                trouble,
                                60 + 150 * trouble.ordinal() + random.nextInt(120)));
        fleet.clear();

        var told = live(problems);

        var expected = new HashMap<String, Instant>();
        for (var problem : problems) {
            var database = database(problem.database());
            var at = database.troubled.get(problem.trouble());
            assertThat(at).as(problem + "").isNotNull();
            expected.put(problem.trouble().finding + " " + database.key(), at);
        }
        var raised = told.stream().filter(one -> one.kind() == Change.Kind.RAISED).toList();
        assertThat(raised).hasSize(problems.size());
        for (var change : raised) {
            var finding = change.standing().finding();
            var visible = expected.get(finding.kind().word() + " " + finding.place());
            assertThat(visible).as(finding.key()).isNotNull();
            assertThat(Duration.between(visible, change.at()))
                    .as(finding.key() + ", visible at " + visible + ", told at " + change.at())
                    .isBetween(Duration.ZERO, LOOK);
        }
        assertThat(told.stream().filter(one -> one.kind() == Change.Kind.CLEARED))
                .extracting(one -> one.standing().key())
                .doesNotHaveDuplicates()
                .hasSize(problems.size());
    }

    private enum Trouble {
        NO_BACKUP("backup-late"),
        SMALL("backup-unusual"),
        DRILL_FAILS("drill-failed"),
        NO_DRILL("proof-late");

        private final String finding;

        Trouble(String finding) {
            this.finding = finding;
        }
    }

    /// @param day from which on the next occasion goes wrong
    private record Problem(String database, Trouble trouble, int day) {}

    /// One database as it lives.
    private static final class Database {
        final ServerName server;
        final DatabaseName name;
        final Schedule backups;
        final Schedule drills;
        Instant nextBackup;
        Instant nextDrill;
        DatabaseHistory history;

        /// When each trouble could be seen first.
        final Map<Trouble, Instant> troubled = new LinkedHashMap<>();

        Database(ServerName server, DatabaseName name, Schedule backups, Schedule drills) {
            this.server = server;
            this.name = name;
            this.backups = backups;
            this.drills = drills;
            nextBackup = backups.next(START).orElseThrow();
            nextDrill = drills.next(START.plus(Duration.ofDays(2))).orElseThrow();
            history = DatabaseHistory.empty(server, name);
        }

        String key() {
            return server + "/" + name;
        }
    }

    private List<Change> live(List<Problem> problems) {
        fleet.addAll(databases());
        var told = new ArrayList<Change>();
        var state = WatchState.NONE;
        var open = new ArrayList<>(problems);
        var asked = WatchRules.expectations(configuration);
        for (var now = START; now.isBefore(END); now = now.plus(LOOK)) {
            for (var database : fleet) happen(database, now, open);
            var facts = facts(now, state.expectations(asked, now));
            state = state.after(WatchRules.findings(facts, now), facts, now);
            told.addAll(state.outbox());
            state = state.left(List.of());
        }
        assertThat(open).as("problems that had no occasion").isEmpty();
        return told;
    }

    private void happen(Database database, Instant now, List<Problem> open) {
        while (!database.nextBackup.plus(TAKES).isAfter(now)) {
            var due = database.nextBackup;
            database.nextBackup = database.backups.next(due).orElseThrow();
            if (take(database, Trouble.NO_BACKUP, due, open)) {
                database.troubled.put(Trouble.NO_BACKUP, due.plus(GRACE));
                continue;
            }
            var small = take(database, Trouble.SMALL, due, open);
            if (small) database.troubled.put(Trouble.SMALL, due.plus(TAKES));
            var backups = new ArrayList<>(database.history.backups());
            backups.add(backup(due, small ? 10 : 1));
            // What retention leaves.
            if (backups.size() > 40) backups.removeFirst();
            database.history = with(database, backups, database.history.drills());
        }
        while (!database.nextDrill.plus(TAKES).isAfter(now)) {
            var due = database.nextDrill;
            database.nextDrill = database.drills.next(due).orElseThrow();
            if (take(database, Trouble.NO_DRILL, due, open)) {
                database.troubled.put(
                        Trouble.NO_DRILL,
                        due.plus(Duration.ofHours(2)).plus(TAKES.multipliedBy(2)));
                continue;
            }
            var fails = take(database, Trouble.DRILL_FAILS, due, open);
            if (fails) database.troubled.put(Trouble.DRILL_FAILS, due.plus(TAKES));
            var drills = new ArrayList<>(database.history.drills());
            drills.add(drill(database, due, fails));
            if (drills.size() > 20) drills.removeFirst();
            database.history = with(database, database.history.backups(), drills);
        }
    }

    private static boolean take(
            Database database, Trouble trouble, Instant due, List<Problem> open) {
        return open.removeIf(one ->
                one.trouble() == trouble
                        && one.database().equals(database.key())
                        && !due.isBefore(START.plus(Duration.ofDays(one.day()))));
    }

    private static BackupNote backup(Instant due, long smaller) {
        return new BackupNote(
                BackupId.of(due, BackupKind.LOGICAL, "0a0a0a0a"),
                BackupKind.LOGICAL,
                due,
                due.plus(TAKES),
                80_000_000 / smaller,
                10_000_000 / smaller,
                1_000_000 / smaller,
                42,
                true,
                "17.6",
                List.of(),
                Optional.empty());
    }

    private static DrillNote drill(Database database, Instant due, boolean fails) {
        var stamp = BackupId.of(due, BackupKind.LOGICAL, "000000").value().substring(0, 16);
        return new DrillNote(
                new RunId(stamp + "-verify-0a1b2c3d4e"),
                database.history.newest().orElseThrow().backup(),
                fails ? DrillVerdict.NOT_PROVEN : DrillVerdict.PROVEN,
                due,
                due.plus(TAKES),
                Optional.of(61.5),
                fails ? List.of("1 table differs") : List.of(),
                Optional.empty());
    }

    private static DatabaseHistory with(
            Database database, List<BackupNote> backups, List<DrillNote> drills) {
        return new DatabaseHistory(
                database.server, database.name, backups, drills, START, List.of());
    }

    private WatchFacts facts(Instant now, Map<WatchFacts.Expectation, Instant> expected) {
        return new WatchFacts(
                Optional.of(configuration),
                Optional.empty(),
                new History(
                        History.FORMAT,
                        now,
                        now,
                        fleet.stream().map(one -> one.history).toList(),
                        List.of()),
                expected,
                List.of(),
                List.of(),
                Optional.of(now),
                Duration.ZERO,
                List.of(),
                List.of(),
                LockFacts.none(configuration.store()),
                Map.of(),
                Map.of(),
                Optional.empty(),
                RuleFacts.NONE,
                Map.of());
    }

    private Database database(String key) {
        return fleet.stream().filter(one -> one.key().equals(key)).findFirst().orElseThrow();
    }

    private List<Database> databases() {
        var all = new ArrayList<Database>();
        configuration
                .servers()
                .forEach((name, server) -> {
                    for (var i = 0; i < 10; i++)
                        all.add(
                                new Database(
                                        name,
                                        new DatabaseName("db" + i),
                                        server.policy().logical().orElseThrow(),
                                        server.policy().drill().schedule().orElseThrow()));
                });
        return all;
    }

    private static Configuration configuration() {
        var servers = new StringBuilder();
        var profiles = new StringBuilder();
        ZONES.forEach((name, zone) -> {
            servers.append(
                    """
                      %1$s:
                        connect: { host: %1$s.internal, user: backup, secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf }
                        databases: [db0, db1, db2, db3, db4, db5, db6, db7, db8, db9]
                        profile: %1$s
                    """
                            .formatted(name));
            profiles.append(
                    "  %s: { logical: 'daily 02:30 %s', drill: 'weekly sun 06:00 %s', keep: { daily: 30 } }%n"
                            .formatted(name, zone, zone));
        });
        return ConfigurationReader.read(
                "store: s3://acme-backups/pg\nservers:\n" + servers + "profiles:\n" + profiles,
                "the test");
    }
}
