package io.pgvigil.report;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.report.ReportFacts;
import io.pgvigil.core.report.RetentionNote;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.watch.BackupNote;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import io.pgvigil.core.watch.History;
import io.pgvigil.core.watch.LockFacts;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.core.watch.RuleFacts;
import io.pgvigil.core.watch.WatchFacts;
import io.pgvigil.core.watch.WatchRules;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// Databases that were backed up every night of a year and proven every Sunday, with a bad night here and
/// there.
final class Fleet {
    static final Instant NOW = Instant.parse("2026-11-25T09:00:00Z");
    private static final int NIGHTS = 365;
    private static final int PER_SERVER = 8;

    private final List<DatabaseHistory> databases = new ArrayList<>();
    private final Configuration configuration;

    /// @param troubled how many of them are as they should not be
    Fleet(int size, int troubled) {
        configuration = configuration(size);
        for (var i = 0; i < size; i++)
            databases.add(
                    history(
                            server(i),
                            new DatabaseName(database(i)),
                            i < troubled ? i % 3 + 1 : 0,
                            new Random(i)));
    }

    private static ServerName server(int database) {
        return new ServerName("shop" + (database / PER_SERVER + 1));
    }

    private static String database(int number) {
        return List.of(
                        "orders",
                        "billing",
                        "stock",
                        "<b>crm</b>",
                        "events",
                        "search",
                        "users",
                        "mail")
                .get(number % PER_SERVER);
    }

    private static Configuration configuration(int size) {
        var servers = new StringBuilder();
        for (var from = 0; from < size; from += PER_SERVER) {
            var names = new ArrayList<String>();
            for (var i = from; i < Math.min(size, from + PER_SERVER); i++)
                names.add("'" + database(i) + "'");
            servers.append(
                    "  %1$s: { connect: { host: %1$s.internal, user: backup, secret: env:PW }, databases: %2$s, profile: prod }%n"
                            .formatted(server(from), names));
        }
        return ConfigurationReader.read(
                "store: s3://acme-backups/pg\nservers:\n"
                        + servers
                        + "profiles:\n  prod: { logical: 'daily 02:30 UTC', drill: 'weekly sun 06:00 UTC',"
                        + " rpo: 26h, rto: 1h, keep: { daily: 14, weekly: 8, monthly: 12 } }\n",
                "the test");
    }

    /// @param trouble 0: none; 1: the newest drill failed; 2: no backup for three nights; 3: never proven
    private static DatabaseHistory history(
            ServerName server, DatabaseName name, int trouble, Random random) {
        var backups = new ArrayList<BackupNote>();
        var drills = new ArrayList<DrillNote>();
        var size = 20_000_000L + random.nextInt(2_000_000_000);
        for (var night = NIGHTS; night >= 0; night--) {
            var due = Instant.parse("2026-11-25T02:30:00Z").minus(Duration.ofDays(night));
            size += random.nextInt(-200_000, 900_000);
            if (trouble == 2 && night < 3) continue;
            if (random.nextInt(160) == 0 && night > 0) continue;
            var took = Duration.ofSeconds(40 + size / 20_000_000 + random.nextInt(25));
            var id = BackupId.of(due, BackupKind.LOGICAL, "%08x".formatted(random.nextInt()));
            backups.add(
                    new BackupNote(
                            id,
                            BackupKind.LOGICAL,
                            due,
                            due.plus(took),
                            size * 6,
                            size,
                            size / 90,
                            42,
                            true,
                            "17.6",
                            List.of(),
                            stays(night) ? Optional.empty() : Optional.of(due)));
            var weekday = due.atZone(ZoneOffset.UTC).getDayOfWeek();
            if (weekday == DayOfWeek.SUNDAY && trouble != 3) {
                var failed = (trouble == 1 && night < 7) || (random.nextInt(40) == 0 && night > 10);
                drills.add(drill(id, due.plus(Duration.ofMinutes(210)), took, failed, random));
            }
        }
        return new DatabaseHistory(server, name, backups, drills, NOW, List.of());
    }

    private static boolean stays(int night) {
        return night < 14 || (night % 7 == 3 && night < 60) || night % 30 == 24;
    }

    private static DrillNote drill(
            BackupId backup, Instant due, Duration dump, boolean failed, Random random) {
        var stamp = backup.value().substring(0, 16);
        return new DrillNote(
                new RunId(stamp + "-verify-0a1b2c3d4e"),
                backup,
                failed
                        ? DrillVerdict.NOT_PROVEN
                        : random.nextInt(30) == 0
                                ? DrillVerdict.PROVEN_EXCEPT
                                : DrillVerdict.PROVEN,
                due,
                due.plus(dump.multipliedBy(4)),
                Optional.of(dump.toSeconds() * 2.5 + random.nextInt(30)),
                failed ? List.of("1 table differs: public.orders") : List.of(),
                Optional.of(new DrillNote.Checks(failed ? 2 : 3, 3)));
    }

    History history() {
        return new History(History.FORMAT, NOW, NOW, databases, List.of());
    }

    ReportFacts facts() {
        var expected = new HashMap<WatchFacts.Expectation, Instant>();
        for (var one : WatchRules.expectations(configuration))
            expected.put(one, NOW.minus(Duration.ofDays(NIGHTS)));
        var watched =
                new WatchFacts(
                        Optional.of(configuration),
                        Optional.empty(),
                        history(),
                        expected,
                        List.of(),
                        List.of(),
                        Optional.of(NOW),
                        Duration.ZERO,
                        List.of(),
                        List.of(),
                        LockFacts.none(StoreUri.parse("s3://acme-backups/pg")),
                        Map.of(),
                        Map.of(),
                        Optional.empty(),
                        RuleFacts.NONE,
                        Map.of());
        var findings = WatchRules.findings(watched, NOW);
        var runbooks = new HashMap<Readiness.DatabasePlace, Instant>();
        databases.forEach(one ->
                runbooks.put(new Readiness.DatabasePlace(one.server(), one.database()), NOW));
        var evidence =
                new Readiness.Evidence(
                        Optional.of(NOW),
                        Optional.of(NOW.minusSeconds(75_000)),
                        Optional.of(NOW.minusSeconds(750_000)),
                        runbooks);
        return new ReportFacts(
                "s3://acme-backups/pg",
                watched,
                findings,
                Readiness.of(watched, findings, evidence, NOW),
                Optional.of(NOW.minusSeconds(300)),
                List.of(),
                Optional.of(retention()));
    }

    private RetentionNote retention() {
        var backups = new ArrayList<RetentionNote.Backup>();
        for (var one : databases)
            for (var note : one.backups()) if (note.there()) backups.add(kept(one, note));
        var bytes = backups.stream().mapToLong(RetentionNote.Backup::bytes).sum();
        return new RetentionNote(
                RetentionNote.FORMAT,
                NOW.minusSeconds(75_000),
                "0123456789ab",
                backups,
                List.of(
                        new RetentionNote.InClass("STANDARD", bytes * 2 / 3, bytes * 0.015e-9),
                        new RetentionNote.InClass("GLACIER_IR", bytes / 3, bytes * 0.0013e-9)),
                Optional.of(new RetentionNote.Prices("us-east-1", "2026-11-01")));
    }

    private static RetentionNote.Backup kept(DatabaseHistory of, BackupNote note) {
        var age = Duration.between(note.finished(), NOW).toDays();
        var tier = age > 60 ? "monthly" : age > 13 ? "weekly" : "daily";
        var day = note.finished().toString().substring(0, 10);
        return new RetentionNote.Backup(
                of.server(),
                of.database(),
                note.backup(),
                note.kind(),
                note.finished(),
                note.storedBytes(),
                age > 330 ? "expire" : age > 60 && age < 100 ? "move" : "keep",
                age > 330 ? Optional.empty() : Optional.of(tier),
                age > 330
                        ? List.of(
                                "no rule wants it (14 daily, 8 weekly, 12 monthly), finished "
                                        + day)
                        : List.of(tier + " " + day + " (" + (age + 1) + " of 14)"),
                Optional.of(note.storedBytes() * 0.02e-9));
    }
}
