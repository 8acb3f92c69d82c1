package io.pgvigil.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.report.DatabaseReport;
import io.pgvigil.core.report.Protection;
import io.pgvigil.core.report.Report;
import io.pgvigil.core.report.ReportFacts;
import io.pgvigil.core.report.ReportRules;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import io.pgvigil.core.watch.History;
import io.pgvigil.core.watch.LockFacts;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.core.watch.RuleFacts;
import io.pgvigil.core.watch.WatchFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ReportRulesTest {
    @Test
    void a_fleet_that_is_well_is_protected() {
        var report = of(new Fleet(4, 0));

        assertThat(report.answer().protection()).isEqualTo(Protection.PROTECTED);
        assertThat(report.answer().headline())
                .isEqualTo("Protected: all 4 databases can be restored.");
        assertThat(report.totals().guarded()).isEqualTo(4);
        assertThat(report.databases()).allMatch(one -> one.protection() == Protection.PROTECTED);
    }

    /// The first one's drill failed, the second has had no backup for three nights, the third was never
    /// proven.
    @Test
    void what_is_wrong_is_told_first_and_why() {
        var report = of(new Fleet(4, 3));

        assertThat(report.answer().protection()).isEqualTo(Protection.AT_RISK);
        assertThat(report.answer().headline())
                .isEqualTo("Not fully protected: 3 of 4 databases need attention.");
        assertThat(report.answer().because()).hasSize(3);
        assertThat(report.databases().subList(0, 3))
                .allMatch(one -> one.protection() == Protection.AT_RISK);
        assertThat(database(report, "orders").why()).contains("did not prove it");
        assertThat(database(report, "orders").drill()).isPresent();
        assertThat(database(report, "billing").loss().orElseThrow())
                .isEqualTo(Duration.ofDays(3).plusHours(6).plusMinutes(30));
        assertThat(database(report, "stock").proof()).isEmpty();
        assertThat(report.totals().loss().orElseThrow().database().value()).isEqualTo("billing");
    }

    @Test
    void three_nights_without_a_backup_are_missed_in_the_calendar() {
        var calendar = database(of(new Fleet(4, 3)), "billing").calendar();

        assertThat(calendar.backups()).hasSize(90).endsWith("#xxx");
        assertThat(database(of(new Fleet(4, 0)), "billing").calendar().backups()).endsWith("####");
    }

    @Test
    void the_newest_drill_that_failed_is_a_sign_in_the_calendar() {
        var calendar = database(of(new Fleet(4, 3)), "orders").calendar();

        // The last Sunday before a Wednesday.
        assertThat(calendar.drills()).endsWith("!...");
    }

    @Test
    void figures_are_those_of_the_newest_backup_and_drill() {
        var fleet = new Fleet(1, 0);
        var known = fleet.history().databases().getFirst();
        var one = of(fleet).databases().getFirst();

        assertThat(one.newest().orElseThrow().backup())
                .isEqualTo(known.newest().orElseThrow().backup());
        assertThat(one.recovery()).isEqualTo(known.newestProof().orElseThrow().recoveryTime());
        assertThat(one.proof().orElseThrow().age())
                .isEqualTo(
                        Duration.between(known.newestProof().orElseThrow().finished(), Fleet.NOW));
        assertThat(one.promised().rpo()).contains(Duration.ofHours(26));
        assertThat(one.window().orElseThrow().anyMoment()).isFalse();
        assertThat(one.series().backups().getLast().bytes())
                .isEqualTo(known.newest().orElseThrow().storedBytes());
        assertThat(one.series().backups()).hasSizeBetween(90, 120);
    }

    @Test
    void a_store_without_a_backup_protects_nothing() {
        var nothing =
                new ReportFacts(
                        "file:///backups",
                        new WatchFacts(
                                Optional.empty(),
                                Optional.empty(),
                                History.NONE,
                                Map.of(),
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                Duration.ZERO,
                                List.of(),
                                List.of(),
                                LockFacts.none(StoreUri.parse("s3://acme-backups/pg")),
                                Map.of(),
                                Map.of(),
                                Optional.empty(),
                                RuleFacts.NONE,
                                Map.of()),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        List.of(),
                        Optional.empty());

        var report = ReportRules.of(nothing, Instant.EPOCH);

        assertThat(report.answer().protection()).isEqualTo(Protection.NOT_PROTECTED);
        assertThat(new Page().html(report))
                .contains("Not protected: there is no backup of anything.");
    }

    @Test
    void a_server_whose_backups_rds_makes_is_protected_once_rds_restored_it_in_a_drill() {
        var seen = Optional.of(Fleet.NOW.minusSeconds(300));

        assertThat(byRds(Optional.empty(), drilled(DrillVerdict.PROVEN)).protection())
                .as("nobody asked RDS")
                .isEqualTo(Protection.AT_RISK);
        assertThat(byRds(seen, List.of()).why()).contains("was ever restored");
        assertThat(byRds(seen, drilled(DrillVerdict.NOT_PROVEN)).protection())
                .isEqualTo(Protection.AT_RISK);
        var one = byRds(seen, drilled(DrillVerdict.PROVEN));
        assertThat(one.protection()).isEqualTo(Protection.PROTECTED);
        assertThat(one.recovery()).contains(Duration.ofMinutes(5));
        assertThat(one.loss()).contains(Duration.ofMinutes(5));
        assertThat(one.calendar().backups()).as("RDS has its own").doesNotContain("x");
    }

    @Test
    void the_page_says_that_rds_makes_the_backups() {
        var report =
                ReportRules.of(
                        rds(Optional.of(Fleet.NOW), drilled(DrillVerdict.PROVEN)), Fleet.NOW);

        assertThat(report.answer().because())
                .containsExactly("RDS restored it in a drill, and every row could be read.");
        assertThat(new Page().html(report))
                .contains("Protected: orders (the whole server) can be restored.")
                .contains("made by RDS")
                .contains("restored by RDS");
    }

    private static DatabaseReport byRds(Optional<Instant> restorable, List<DrillNote> drills) {
        return ReportRules.of(rds(restorable, drills), Fleet.NOW).databases().getFirst();
    }

    private static List<DrillNote> drilled(DrillVerdict verdict) {
        var run = new RunId("20261122T030000Z-verify-0a1b2c3d4e");
        return List.of(
                new DrillNote(
                        run,
                        RunIds.backup(run, DatabaseName.CLUSTER),
                        verdict,
                        Fleet.NOW.minusSeconds(900),
                        Fleet.NOW.minusSeconds(600),
                        Optional.of(300.0),
                        List.of(),
                        Optional.empty()));
    }

    private static ReportFacts rds(Optional<Instant> restorable, List<DrillNote> drills) {
        var server = new ServerName("orders");
        return new ReportFacts(
                "s3://acme-backups/pg",
                new WatchFacts(
                        Optional.empty(),
                        Optional.empty(),
                        new History(
                                History.FORMAT,
                                Fleet.NOW,
                                Fleet.NOW,
                                List.of(
                                        new DatabaseHistory(
                                                server,
                                                DatabaseName.CLUSTER,
                                                List.of(),
                                                drills,
                                                Fleet.NOW,
                                                List.of())),
                                List.of()),
                        Map.of(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Duration.ZERO,
                        List.of(),
                        List.of(),
                        LockFacts.none(StoreUri.parse("s3://acme-backups/pg")),
                        Map.of(),
                        Map.of(server, restorable.orElse(Instant.EPOCH)),
                        Optional.empty(),
                        RuleFacts.NONE,
                        Map.of()),
                List.of(),
                List.of(new Readiness(server, DatabaseName.CLUSTER, List.of())),
                Optional.empty(),
                List.of(),
                Optional.empty());
    }

    private static Report of(Fleet fleet) {
        return ReportRules.of(fleet.facts(), Fleet.NOW);
    }

    private static DatabaseReport database(Report report, String name) {
        return report.databases().stream()
                .filter(one -> one.database().value().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
