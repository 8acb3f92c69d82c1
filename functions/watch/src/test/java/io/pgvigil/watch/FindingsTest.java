package io.pgvigil.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.StoreRulesCheck;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.schedule.Tick;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.watch.ChannelsTested;
import io.pgvigil.core.watch.Finding;
import io.pgvigil.core.watch.FindingKind;
import io.pgvigil.core.watch.HarvestNote;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.runtime.Announcements;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.config.ConfigurationReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

final class FindingsTest {
    private static final ServerName SERVER = new ServerName("orders-test");
    private static final DatabaseName ORDERS = new DatabaseName("orders");
    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");

    private final RememberingAnnouncer announcer = new RememberingAnnouncer();
    private Findings.KeySight key = Findings.KeySight.NONE;
    private Instant now = START;
    private final InMemoryObjectStore store = new InMemoryObjectStore(() -> now);
    private Configuration configuration =
            configuration(
                    "logical: 'daily 02:30 UTC', drill: 'weekly sun 06:00 UTC', keep: {daily: 7}");

    @Test
    void a_fleet_that_is_well_says_nothing() {
        for (var day = 0; day < 21; day++) night(day, 1_000_000);

        assertThat(announcer.told()).isEmpty();
        assertThat(look()).isEmpty();
    }

    /// A server that RDS runs no more: its drills are history, and nothing is missed because of them.
    @Test
    void drills_of_what_rds_restored_once_ask_for_nothing() {
        for (var day = 0; day < 21; day++) night(day, 1_000_000);
        managedDrill(DrillVerdict.NOT_PROVEN, 300);

        assertThat(look()).isEmpty();
        for (var day = 21; day < 42; day++) night(day, 1_000_000);
        assertThat(look()).isEmpty();
        assertThat(announcer.told()).isEmpty();
    }

    // Servers that RDS runs

    @Test
    void what_rds_can_restore_is_due_to_be_proven_like_any_backup() {
        configuration = managed(PLACE);
        tick(START.plus(Duration.ofHours(12)));
        assertThat(look()).as("the first drill is not due yet").isEmpty();

        // A Sunday, and nothing came of it.
        tick(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(12)));
        assertThat(look())
                .singleElement()
                .matches(one -> one.key().startsWith("proof-late orders-test/_cluster"))
                .matches(one -> one.what().startsWith("never proven; a drill is due since"));
        assertThat(tested().mark()).isEqualTo(Readiness.Mark.NOT_READY);

        managedDrill(DrillVerdict.PROVEN, 300);
        assertThat(look()).isEmpty();
        assertThat(tested().mark()).isEqualTo(Readiness.Mark.READY);
        assertThat(tested().evidence()).isEqualTo("2026-11-08 12:02 UTC, recovered in 5m");
    }

    @Test
    void where_no_place_is_said_no_drill_by_rds_is_missed_and_no_proof_is_enough() {
        configuration = managed("");
        tick(START.plus(Duration.ofHours(12)));
        assertThat(look()).isEmpty();
        tick(START.plus(Duration.ofDays(21)));
        assertThat(look()).isEmpty();
        assertThat(tested().evidence()).isEqualTo("RDS was never asked to restore it");

        managedDrill(DrillVerdict.PROVEN, 300);

        assertThat(look()).isEmpty();
        assertThat(tested().mark()).isEqualTo(Readiness.Mark.NOT_READY);
        assertThat(tested().hint().orElseThrow()).contains("drill.rds");
    }

    @Test
    void a_drill_in_which_rds_did_not_restore_everything_is_told_until_one_does() {
        configuration = managed(PLACE);
        tick(START.plus(Duration.ofHours(5)));
        look();
        managedDrill(DrillVerdict.PROVEN, 300);
        managedDrill(DrillVerdict.NOT_PROVEN, 300);

        assertThat(look())
                .singleElement()
                .matches(one -> one.key().equals("drill-failed orders-test/_cluster"))
                .matches(one -> one.what().startsWith("the drill of RDS's own restore did not"))
                .matches(one -> one.hint().contains("orders-test/_cluster/drills/"));
        assertThat(announcer.heard())
                .containsExactly("finding.raised drill-failed orders-test/_cluster");
        assertThat(tested().mark()).isEqualTo(Readiness.Mark.NOT_READY);

        managedDrill(DrillVerdict.PROVEN, 300);
        assertThat(look()).isEmpty();
        assertThat(tested().mark()).isEqualTo(Readiness.Mark.READY);
    }

    @Test
    void a_recovery_by_rds_that_takes_longer_than_promised_is_told() {
        configuration = managed(PLACE, "1h");
        tick(START.plus(Duration.ofHours(5)));
        look();

        managedDrill(DrillVerdict.PROVEN, 2 * 3600);

        assertThat(look())
                .extracting(Finding::key)
                .containsExactly("recovery-slow orders-test/_cluster");
    }

    @Test
    void what_rds_takes_care_of_is_not_asked_of_us() {
        configuration = managed(PLACE);
        tick(START.plus(Duration.ofHours(5)));

        assertThat(findings(store).readiness(findings(store).see(now), now))
                .singleElement()
                .extracting(Readiness::lines)
                .asInstanceOf(InstanceOfAssertFactories.list(Readiness.Line.class))
                .extracting(line -> line.item().words() + ": " + line.mark())
                .containsExactly(
                        "automated backups: UNKNOWN",
                        "restore tested: NOT_READY",
                        "procedure documented: READY",
                        "monitoring: NOT_READY",
                        "retention: UNKNOWN",
                        "WAL archiving: UNKNOWN",
                        "off-site copy: UNKNOWN");

        var asked = findings(store).look(now, Optional.of(configuration), Map.of(SERVER, now));
        assertThat(findings(store).readiness(asked, now).getFirst().lines())
                .filteredOn(
                        line -> line.evidence().contains("can restore it up to 2026-11-01 05:00"))
                .extracting(line -> line.item().words() + ": " + line.mark())
                .containsExactly("automated backups: READY", "WAL archiving: READY");
    }

    private static final String PLACE =
            ", rds: { subnet_group: drills, security_groups: [ sg-0123456789abcdef0 ] }";

    private Readiness.Line tested() {
        return findings(store).readiness(findings(store).see(now), now).getFirst().lines().stream()
                .filter(line -> line.item() == Readiness.Item.RESTORE_TESTED)
                .findFirst()
                .orElseThrow();
    }

    /// @param seconds until the restored server answered
    private void managedDrill(DrillVerdict verdict, double seconds) {
        now = now.plusSeconds(120);
        var stamp = BackupId.of(now, BackupKind.PHYSICAL, "000000").value().substring(0, 16);
        var run = new RunId(stamp + "-verify-0a1b2c3d4e");
        var backup = RunIds.backup(run, DatabaseName.CLUSTER);
        store.put(
                Layout.drill(SERVER, DatabaseName.CLUSTER, run),
                Json.bytes(
                        SampleBackup.drill(
                                SERVER, DatabaseName.CLUSTER, backup, run, verdict, now, seconds)));
    }

    private static Configuration managed(String place) {
        return managed(place, "24h");
    }

    private static Configuration managed(String place, String rto) {
        return ConfigurationReader.read(
                """
                store: s3://acme-backups/pg
                servers:
                  orders-test:
                    connect: { host: orders.c9akciq32rga.eu-west-1.rds.amazonaws.com, user: backup, secret: iam }
                    databases: all
                    profile: by-rds
                profiles:
                  by-rds:
                    physical: weekly
                    wal: hourly
                    drill: { schedule: 'weekly sun 06:00 UTC'%s }
                    rto: %s
                    keep: { daily: 7 }
                """
                        .formatted(place, rto),
                "the test");
    }

    @Test
    void a_night_without_a_backup_is_told_once_in_the_morning_and_once_when_it_is_over() {
        for (var day = 0; day < 7; day++) night(day, 1_000_000);
        tick(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(2).plusMinutes(45)));
        assertThat(look()).as("15 minutes after it fell due").isEmpty();

        tick(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(3).plusMinutes(30)));
        assertThat(look())
                .extracting(Finding::key)
                .containsExactly("backup-late orders-test/orders logical");
        look();
        assertThat(announcer.heard())
                .containsExactly("finding.raised backup-late orders-test/orders logical");
        var told = announcer.told().getFirst();
        assertThat(told.severity()).isEqualTo(Announcement.Severity.WARNING);
        assertThat(told.text())
                .contains("no new logical backup since 7 Nov 02:34 UTC")
                .contains("due since 8 Nov 02:30 UTC")
                .contains("pgvigil backup --server orders-test");

        backup(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(5)), 1_000_000);
        tick(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(5).plusMinutes(10)));
        look();
        assertThat(announcer.heard())
                .containsExactly(
                        "finding.cleared backup-late orders-test/orders logical",
                        "finding.raised backup-late orders-test/orders logical");
    }

    @Test
    void what_lasts_for_a_day_is_told_once_more_as_critical() {
        configuration = configuration("logical: 'daily 02:30 UTC', keep: {daily: 7}");
        for (var day = 0; day < 7; day++) night(day, 1_000_000);
        for (var hour = 3; hour < 60; hour++) {
            tick(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(hour)).plusSeconds(1800));
            look();
        }

        assertThat(announcer.heard())
                .containsExactly(
                        "finding.escalated backup-late orders-test/orders logical",
                        "finding.raised backup-late orders-test/orders logical");
        assertThat(announcer.told().getLast().severity()).isEqualTo(Announcement.Severity.CRITICAL);
    }

    // Copies

    @Test
    void a_backup_that_is_in_no_further_store_is_told_until_its_copy_is_checked() {
        configuration = configuration("keep: {daily: 7}, copies: [s3://far-away/pg]");
        var backup = backup(START, 1_000_000);
        now = now.plus(Duration.ofHours(5));
        assertThat(look()).as("it may be under way").isEmpty();
        assertThat(offSite().mark()).isEqualTo(Readiness.Mark.UNKNOWN);

        now = now.plus(Duration.ofHours(2));
        assertThat(look())
                .singleElement()
                .matches(one -> one.key().startsWith("copy-missing orders-test/orders logical"))
                .matches(one -> one.severity() == Announcement.Severity.WARNING)
                .matches(one -> one.what().contains("is not in s3://far-away/pg; nothing is"));
        assertThat(offSite().mark()).isEqualTo(Readiness.Mark.NOT_READY);

        store.create(
                Layout.copy(SERVER, ORDERS, backup, StoreUri.parse("s3://elsewhere/pg")),
                "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(look()).as("that is another store").hasSize(1);
        store.create(
                Layout.copy(SERVER, ORDERS, backup, StoreUri.parse("s3://far-away/pg")),
                "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(look()).isEmpty();
        assertThat(offSite().mark()).isEqualTo(Readiness.Mark.READY);
    }

    private Readiness.Line offSite() {
        return findings(store).readiness(findings(store).see(now), now).getFirst().lines().stream()
                .filter(line -> line.item() == Readiness.Item.OFF_SITE_COPY)
                .findFirst()
                .orElseThrow();
    }

    // Locks

    @Test
    void what_must_stay_and_is_not_locked_is_told_and_over_once_it_is() {
        store.lockable();
        configuration = configuration("keep: {daily: 7}, lock: governance");
        var backup = backup(START, 1_000_000);
        now = now.plus(Duration.ofMinutes(20));
        assertThat(look()).as("it may just be sealed").isEmpty();

        now = now.plus(Duration.ofMinutes(20));
        assertThat(look())
                .extracting(Finding::key)
                .containsExactly("lock-missing orders-test/orders " + backup);
        assertThat(findings(store).readiness(findings(store).see(now), now).getFirst().lines())
                .anyMatch(line ->
                        line.item() == Readiness.Item.RETENTION
                                && line.mark() == Readiness.Mark.NOT_READY
                                && line.evidence().contains("is not locked"));

        lock(backup, now.plus(Duration.ofDays(7)));
        assertThat(look()).isEmpty();
    }

    @Test
    void a_lock_that_ends_soon_is_told_while_its_backup_must_stay() {
        store.lockable();
        configuration = configuration("keep: {daily: 7}, lock: governance");
        var older = backup(START, 1_000_000);
        var newest = backup(START.plus(Duration.ofDays(1)), 1_000_000);
        lock(older, now.plus(Duration.ofMinutes(90)));
        lock(newest, now.plus(Duration.ofDays(7)));
        now = now.plus(Duration.ofHours(1));
        assertThat(look()).as("the older one may go").isEmpty();

        now = now.plus(Duration.ofDays(6)).plus(Duration.ofHours(12));

        assertThat(look())
                .extracting(Finding::key)
                .containsExactly("lock-ending orders-test/orders " + newest);
    }

    @Test
    void a_locked_backup_that_somebody_hid_is_told_with_the_way_back() {
        store.lockable();
        configuration = configuration("keep: {daily: 7}, lock: governance");
        var hidden = backup(START, 1_000_000);
        var newest = backup(START.plus(Duration.ofDays(1)), 1_000_000);
        lock(hidden, now.plus(Duration.ofDays(7)));
        lock(newest, now.plus(Duration.ofDays(7)));
        now = now.plus(Duration.ofHours(1));
        assertThat(look()).isEmpty();
        store.delete(Layout.of(SERVER, ORDERS, hidden, Layout.MANIFEST));

        var found = look();

        assertThat(found)
                .extracting(Finding::key)
                .containsExactly("backup-hidden orders-test/orders " + hidden);
        assertThat(found.getFirst().hint()).contains("aws s3api list-object-versions");
        now = now.plus(Duration.ofDays(7));
        lock(newest, now.plus(Duration.ofDays(7)));
        assertThat(look()).as("its lock is over").isEmpty();
    }

    @Test
    void a_bucket_that_cannot_lock_is_told_once_and_only_where_somebody_asks() {
        configuration = configuration("keep: {daily: 7}");
        backup(START, 1_000_000);
        now = now.plus(Duration.ofHours(1));
        assertThat(look()).isEmpty();

        configuration = configuration("keep: {daily: 7}, lock: governance");

        assertThat(look()).extracting(Finding::key).containsExactly("lock-missing -");
    }

    private void lock(BackupId backup, Instant until) {
        store.locking()
                .orElseThrow()
                .lock(
                        Layout.of(SERVER, ORDERS, backup, Layout.MANIFEST),
                        LockMode.GOVERNANCE,
                        until);
    }

    @Test
    void a_server_that_was_just_added_has_until_its_first_due_time() {
        tick(START.plus(Duration.ofHours(12)));
        assertThat(look()).isEmpty();
        tick(START.plus(Duration.ofHours(26)));
        assertThat(look()).isEmpty();
        tick(START.plus(Duration.ofHours(28)));

        assertThat(look())
                .extracting(Finding::what)
                .containsExactly("there is no logical backup; due since 2 Nov 02:30 UTC");
    }

    @Test
    void two_looks_at_the_same_time_tell_it_once() {
        for (var day = 0; day < 7; day++) night(day, 1_000_000);
        tick(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(6)));
        // The first has read the state and stands still; the second goes from end to end.
        var second = findings(store);
        var racing = new Racing(store, () -> second.look(now));

        findings(racing).look(now);

        assertThat(announcer.heard())
                .containsExactly("finding.raised backup-late orders-test/orders logical");
    }

    @Test
    void what_nobody_could_be_told_is_told_by_the_next_look() {
        for (var day = 0; day < 7; day++) night(day, 1_000_000);
        tick(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(6)));
        announcer.failNext(1);
        assertThatThrownBy(this::look).isInstanceOf(Problem.class);
        assertThat(announcer.told()).isEmpty();

        look();
        look();

        assertThat(announcer.heard())
                .containsExactly("finding.raised backup-late orders-test/orders logical");
    }

    @Test
    void a_scheduler_that_looks_no_more_is_critical_and_so_are_the_backups_it_did_not_start() {
        for (var day = 0; day < 7; day++) night(day, 1_000_000);
        now = START.plus(Duration.ofDays(7)).plus(Duration.ofHours(7));

        assertThat(look())
                .extracting(Finding::key)
                .containsExactly("scheduler-silent -", "backup-late orders-test/orders logical");
    }

    @Test
    void a_drill_that_did_not_prove_its_backup_is_told_until_one_does() {
        for (var day = 0; day < 8; day++) night(day, 1_000_000);
        var last = backup(now.plusSeconds(60), 1_000_000);
        drill(last, DrillVerdict.NOT_PROVEN);
        tick(now.plusSeconds(600));

        assertThat(look())
                .extracting(Finding::key)
                .containsExactly("drill-failed orders-test/orders");

        drill(last, DrillVerdict.PROVEN);
        tick(now.plusSeconds(600));
        assertThat(look()).isEmpty();
    }

    @Test
    void a_proof_that_is_overdue_is_found() {
        for (var day = 0; day < 4; day++) night(day, 1_000_000, false);
        // The first Sunday's drill, 2026-11-01 06:00, had one backup to prove; nobody did.
        assertThat(look())
                .extracting(Finding::key)
                .containsExactly("proof-late orders-test/orders");
    }

    @Test
    void a_backup_far_smaller_than_usual_is_found() {
        for (var day = 0; day < 10; day++) night(day, 1_000_000);
        backup(START.plus(Duration.ofDays(10)).plus(Duration.ofMinutes(150)), 1_000);
        tick(START.plus(Duration.ofDays(10)).plus(Duration.ofHours(3)));

        assertThat(look())
                .extracting(Finding::key)
                .containsExactly("backup-unusual orders-test/orders");
    }

    @Test
    void the_newest_backup_gone_is_critical_at_the_next_look() {
        for (var day = 0; day < 5; day++) night(day, 1_000_000);
        look();
        var newest =
                store.keys().stream()
                        .filter(key -> key.endsWith("manifest.json"))
                        .toList()
                        .getLast();
        store.delete(new ObjectKey(newest));
        tick(now.plusSeconds(60));

        assertThat(look())
                .extracting(finding -> finding.kind().word() + " " + finding.severity())
                .contains("backup-gone CRITICAL");
    }

    @Test
    void a_manifest_that_cannot_be_believed_is_named() {
        for (var day = 0; day < 3; day++) night(day, 1_000_000);
        store.put(
                Layout.of(
                        SERVER,
                        ORDERS,
                        new BackupId("20261103T120000Z-l-0a0a0a0a"),
                        Layout.MANIFEST),
                "{}".getBytes(StandardCharsets.UTF_8));

        assertThat(look())
                .extracting(finding -> finding.kind().word())
                .containsExactly("manifest-unreadable");
        assertThat(look()).hasSize(1);
    }

    @Test
    void a_server_that_cannot_be_read_is_said_and_nothing_of_it_is_cleared() {
        for (var day = 0; day < 7; day++) night(day, 1_000_000);
        tick(START.plus(Duration.ofDays(7)).plus(Duration.ofHours(6)));
        look();
        var blind = new Blind(store, SERVER + "/");

        var found = findings(blind).look(now).findings();

        assertThat(found)
                .extracting(finding -> finding.kind().word())
                .contains("unseen", "backup-late");
        assertThat(announcer.heard()).noneMatch(line -> line.startsWith("finding.cleared"));
    }

    @Test
    void twelve_databases_that_are_late_at_once_are_one_announcement() {
        configuration =
                configuration(
                        "logical: 'daily 02:30 UTC', keep: {daily: 7}",
                        List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"));
        tick(START.plus(Duration.ofHours(1)));
        look();
        tick(START.plus(Duration.ofHours(6)));
        look();

        assertThat(announcer.heard()).containsExactly("finding.raised backup-late (12)");
        assertThat(announcer.told().getFirst().details()).containsEntry("count", "12");
    }

    @Test
    void a_look_costs_one_listing_for_each_database_and_a_few_calls_for_all_of_them() {
        configuration =
                configuration(
                        "logical: 'daily 02:30 UTC', keep: {daily: 7}",
                        List.of("orders", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"));
        for (var day = 0; day < 3; day++) night(day, 1_000_000);
        look();
        tick(now.plus(Duration.ofMinutes(15)));
        var calls = new ArrayList<String>();

        findings(WatchTest.counting(store, calls)).look(now);

        assertThat(calls.stream().filter(call -> call.startsWith("list orders-test/"))).hasSize(12);
        assertThat(calls).hasSizeLessThan(12 + 15);
    }

    @Test
    void monitoring_is_ready_once_every_channel_took_a_test_and_for_three_months() {
        for (var day = 0; day < 8; day++) night(day, 1_000_000);
        look();
        var announcements = new Announcements(store, Optional.of(announcer), () -> now);
        var test = new ChannelTest(store, announcements, () -> now);
        assertThat(monitoring()).isEqualTo(Readiness.Mark.NOT_READY);

        announcer.failNext(1);
        assertThatExceptionOfType(Problem.class).isThrownBy(test::send);
        assertThat(monitoring()).as("nobody took it").isEqualTo(Readiness.Mark.NOT_READY);

        test.send();
        assertThat(announcer.told().getLast().event()).isEqualTo("channels.tested");
        assertThat(monitoring()).isEqualTo(Readiness.Mark.READY);

        now = now.plus(Duration.ofDays(93));
        look();
        assertThat(monitoring()).as("addresses change").isEqualTo(Readiness.Mark.NOT_READY);
    }

    @Test
    void without_a_channel_there_is_nothing_to_test() {
        var nobody = new Announcements(store, Optional.empty(), () -> now);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> new ChannelTest(store, nobody, () -> now).send())
                .withMessageStartingWith("PGV-1012");
        assertThat(store.keys()).isEmpty();
    }

    @Test
    void a_key_that_cannot_be_asked_about_hides_nothing_else() {
        for (var day = 0; day < 8; day++) night(day, 1_000_000);
        now = now.plus(Duration.ofDays(3));
        key =
                () -> {
                    throw new Problem(ErrorCode.STORE_UNREACHABLE, "no answer", "Try again.");
                };
        assertThat(look())
                .extracting(Finding::kind)
                .contains(FindingKind.BACKUP_LATE)
                .doesNotContain(FindingKind.KEY_UNUSABLE);

        key = () -> Optional.of("the key of the store is disabled");
        assertThat(look()).extracting(Finding::kind).contains(FindingKind.KEY_UNUSABLE);
    }

    @Test
    void rules_of_the_bucket_that_are_not_those_of_the_profiles_are_told_until_they_are_mended() {
        for (var day = 0; day < 8; day++) night(day, 1_000_000);
        store.rules(new StoreRules(TEMPLATE));
        assertThat(look()).as("as the template makes them").isEmpty();

        store.rules(
                new StoreRules(
                        Stream.concat(
                                        TEMPLATE.stream(),
                                        Stream.of(
                                                rule(
                                                        "by-hand",
                                                        Map.of(),
                                                        Map.of(),
                                                        Optional.of(30))))
                                .toList()));

        assertThat(look())
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.key()).isEqualTo("lifecycle-differs -");
                    assertThat(one.severity()).isEqualTo(Announcement.Severity.CRITICAL);
                    assertThat(one.what())
                            .contains("rule by-hand of the bucket deletes backups 30");
                });
        store.rules(new StoreRules(TEMPLATE));
        assertThat(look()).isEmpty();
        assertThat(announcer.heard())
                .containsExactly(
                        "finding.cleared lifecycle-differs -",
                        "finding.raised lifecycle-differs -");
    }

    @Test
    void rules_that_cost_money_and_delete_nothing_are_a_warning() {
        for (var day = 0; day < 8; day++) night(day, 1_000_000);

        store.rules(new StoreRules(List.of()));

        assertThat(look())
                .singleElement()
                .satisfies(
                        one -> assertThat(one.severity()).isEqualTo(Announcement.Severity.WARNING));
    }

    @Test
    void rules_that_may_not_be_looked_at_hide_nothing_else() {
        for (var day = 0; day < 8; day++) night(day, 1_000_000);
        now = now.plus(Duration.ofDays(3));
        var closed =
                new ForwardingObjectStore(store) {
                    @Override
                    public Optional<StoreRules> rules() {
                        throw new Problem(ErrorCode.STORE_DENIED, "no", "Ask for the right.");
                    }
                };

        assertThat(findings(closed).look(now).findings())
                .extracting(Finding::kind)
                .contains(FindingKind.BACKUP_LATE)
                .doesNotContain(FindingKind.LIFECYCLE_DIFFERS);
    }

    private static final List<StoreRules.Rule> TEMPLATE =
            List.of(
                    rule("versions", Map.of(), Map.of(), Optional.empty()),
                    moving(StorageClass.STANDARD_IA),
                    moving(StorageClass.GLACIER_IR));

    private static StoreRules.Rule moving(StorageClass to) {
        return rule(
                to.name(),
                Map.of(StoreRulesCheck.CLASS_TAG, to.name()),
                Map.of(to, (int) to.waits().toDays()),
                Optional.empty());
    }

    private static StoreRules.Rule rule(
            String id,
            Map<String, String> tags,
            Map<StorageClass, Integer> moves,
            Optional<Integer> deletes) {
        return new StoreRules.Rule(id, "", tags, moves, deletes, Optional.of(30), Optional.of(7));
    }

    private Readiness.Mark monitoring() {
        var judged = findings(store);
        return judged.readiness(judged.see(now), now).getFirst().lines().stream()
                .filter(line -> line.item() == Readiness.Item.MONITORING)
                .findFirst()
                .orElseThrow()
                .mark();
    }

    @Test
    void readiness_is_judged_by_what_is_there_and_changes_nothing() {
        for (var day = 0; day < 8; day++) night(day, 1_000_000);
        var before = store.keys();

        var judged = findings(store);
        var lines = judged.readiness(judged.see(now), now).getFirst().lines();

        assertThat(lines)
                .extracting(line -> line.item().words() + ": " + line.mark())
                .containsExactly(
                        "automated backups: READY",
                        "restore tested: READY",
                        "procedure documented: NOT_READY",
                        "monitoring: NOT_READY",
                        "retention: NOT_READY",
                        "WAL archiving: NOT_ASKED",
                        "off-site copy: NOT_READY");
        assertThat(lines)
                .filteredOn(line -> line.mark() == Readiness.Mark.NOT_READY)
                .allSatisfy(line -> assertThat(line.hint()).isPresent());
        assertThat(store.keys()).isEqualTo(before);

        store.put(Layout.runbook(SERVER, ORDERS), "the way back".getBytes(StandardCharsets.UTF_8));
        store.put(
                Layout.retentionRecord("20261108T070000Z", "applied"),
                "{}".getBytes(StandardCharsets.UTF_8));
        store.put(Layout.CHANNELS, Json.bytes(ChannelsTested.at(now)));
        assertThat(judged.readiness(judged.see(now), now).getFirst().lines())
                .filteredOn(line -> line.mark() == Readiness.Mark.NOT_READY)
                .extracting(line -> line.item().word())
                .containsExactly("off-site-copy");
    }

    // A little world

    @Test
    void a_copy_without_its_proof_is_told() {
        configuration = configuration("keep: {daily: 7}, copies: [s3://far-away/pg]");
        var backup = backup(START, 1_000_000);
        copied(Layout.copy(SERVER, ORDERS, backup, FAR));
        drill(backup, DrillVerdict.PROVEN);
        now = now.plus(Duration.ofHours(5));
        assertThat(look()).as("it may be under way").isEmpty();

        now = now.plus(Duration.ofHours(2));
        assertThat(look())
                .singleElement()
                .matches(one -> one.key().startsWith("copy-missing orders-test/orders verdict"))
                .matches(one -> one.what().contains("that it was proven is not"));

        var drill = new Catalog(store).drills(SERVER, ORDERS).getLast().drill();
        copied(Layout.copiedLater(SERVER, ORDERS, backup, FAR, drill + ""));
        assertThat(look()).isEmpty();
    }

    @Test
    void log_that_does_not_follow_its_base_is_told() {
        configuration = configuration("keep: {daily: 7}, copies: [s3://far-away/pg]");
        var base = SampleBackup.physical();
        var system = base.systemIdentifier().orElseThrow();
        now = base.finished().plus(Duration.ofHours(1));
        store.create(
                Layout.of(SERVER, DatabaseName.CLUSTER, base.backup(), Layout.MANIFEST),
                Manifests.bytes(base));
        copied(Layout.copy(SERVER, DatabaseName.CLUSTER, base.backup(), FAR));
        var harvest =
                new Harvest(
                        Harvest.FORMAT,
                        new RunId("20261122T043000Z-wal-0a1b2c3d4e"),
                        SERVER,
                        system,
                        1,
                        16 << 20,
                        Lsn.parse("16/4000000"),
                        now,
                        now,
                        now,
                        1,
                        0,
                        10,
                        10,
                        0,
                        List.of());
        store.create(Layout.harvest(SERVER, system, harvest.run()), Json.bytes(harvest));
        assertThat(look()).as("it may be under way").isEmpty();

        now = now.plus(Duration.ofHours(7));
        assertThat(look())
                .singleElement()
                .matches(one -> one.key().startsWith("copy-missing orders-test log"))
                .matches(one -> one.what().startsWith("no log that was harvested since"));

        copied(
                Layout.copiedLater(
                        SERVER,
                        DatabaseName.CLUSTER,
                        base.backup(),
                        FAR,
                        HarvestNote.of(harvest).copied()));
        assertThat(look()).isEmpty();
    }

    /// A base from before the gap reaches nothing that was written behind it, whatever was harvested since.
    @Test
    void a_gap_in_the_log_is_told_until_a_base_was_begun_behind_it() {
        configuration = configuration("keep: {daily: 7}, rpo: 3h");
        var base = SampleBackup.physical();
        base(base);
        var begun = base.finished();
        harvest(1, begun.plus(Duration.ofHours(1)));
        harvest(2, begun.plus(Duration.ofHours(2)), "a gap: 000000010000001600000005 to …06");
        harvest(3, begun.plus(Duration.ofHours(5)));

        now = begun.plus(Duration.ofHours(5));
        assertThat(look())
                .filteredOn(one -> one.kind() == FindingKind.WAL_GAP)
                .singleElement()
                .matches(one -> one.since().equals(begun.plus(Duration.ofHours(2))))
                .matches(one -> one.what().contains("000000010000001600000005"));
        assertThat(look())
                .filteredOn(one -> one.kind() == FindingKind.LOSS_TOO_LARGE)
                .as("what was harvested behind the gap is of no use")
                .isNotEmpty();

        base(
                SampleBackup.physical(
                        new BackupId("20261122T093000Z-p-7c11d0ab"),
                        now.plus(Duration.ofMinutes(1)),
                        now.plus(Duration.ofMinutes(2))));
        harvest(4, now.plus(Duration.ofMinutes(5)));
        now = now.plus(Duration.ofMinutes(10));
        assertThat(look())
                .extracting(Finding::kind)
                .doesNotContain(FindingKind.WAL_GAP, FindingKind.LOSS_TOO_LARGE);
    }

    private void base(Manifest base) {
        store.create(
                Layout.of(SERVER, DatabaseName.CLUSTER, base.backup(), Layout.MANIFEST),
                Manifests.bytes(base));
    }

    /// One record of an always-on harvest.
    private void harvest(int record, Instant at, String... notices) {
        var system = SampleBackup.physical().systemIdentifier().orElseThrow();
        var run = new RunId("20261122T043000Z-wal-0a1b2c3d4e");
        store.create(
                Layout.harvest(SERVER, system, run, record),
                Json.bytes(
                        new Harvest(
                                Harvest.FORMAT,
                                run,
                                SERVER,
                                system,
                                1,
                                16 << 20,
                                Lsn.parse("16/%X000000".formatted(3 + record)),
                                at,
                                at,
                                at,
                                1,
                                0,
                                10,
                                10,
                                0,
                                List.of(notices))));
    }

    private static final StoreUri FAR = StoreUri.parse("s3://far-away/pg");

    private void copied(ObjectKey place) {
        store.create(place, "{}".getBytes(StandardCharsets.UTF_8));
    }

    private void night(int day, long bytes) {
        night(day, bytes, true);
    }

    /// A backup at half past two, a drill of it on Sundays, and a look at four and at seven.
    private void night(int day, long bytes, boolean drilled) {
        var due = START.plus(Duration.ofDays(day)).plus(Duration.ofMinutes(150));
        var backup = backup(due, bytes);
        tick(START.plus(Duration.ofDays(day)).plus(Duration.ofHours(4)));
        look();
        tick(START.plus(Duration.ofDays(day)).plus(Duration.ofHours(6)));
        if (drilled && day % 7 == 0) drill(backup, DrillVerdict.PROVEN);
        tick(START.plus(Duration.ofDays(day)).plus(Duration.ofHours(7)));
        look();
    }

    private BackupId backup(Instant due, long bytes) {
        now = due.plus(Duration.ofMinutes(4));
        var tail = Long.toHexString(0x10000000L + due.getEpochSecond() % 0x1000000);
        var id = BackupId.of(due, BackupKind.LOGICAL, tail);
        var stamp = id.value().substring(0, 16);
        var manifest =
                SampleBackup.storeObjects(
                        store,
                        SERVER,
                        ORDERS,
                        id,
                        new RunId(stamp + "-backup-" + tail + "aa"),
                        due,
                        now,
                        new Manifest.Totals(bytes * 8, bytes, bytes / 10, 12, 1, 3, 0));
        store.create(Layout.of(SERVER, ORDERS, id, Layout.MANIFEST), Manifests.bytes(manifest));
        return id;
    }

    private void drill(BackupId backup, DrillVerdict verdict) {
        now = now.plusSeconds(120);
        var stamp = BackupId.of(now, BackupKind.LOGICAL, "000000").value().substring(0, 16);
        var run = new RunId(stamp + "-verify-0a1b2c3d4e");
        var drill = SampleBackup.drill(SERVER, ORDERS, backup, run, verdict, now);
        store.put(Layout.drill(SERVER, ORDERS, run), Json.bytes(drill));
    }

    private void tick(Instant time) {
        now = time;
        store.put(Layout.TICK, Json.bytes(Tick.at(time)));
    }

    private List<Finding> look() {
        return findings(store).look(now).findings();
    }

    private Findings findings(ObjectStore place) {
        return new Findings(
                place,
                () -> Optional.of(configuration),
                new Announcements(place, Optional.of(announcer), () -> now),
                key,
                StateLog.SILENT,
                () -> now);
    }

    private static Configuration configuration(String profile) {
        return configuration(profile, List.of("orders"));
    }

    private static Configuration configuration(String profile, List<String> databases) {
        return ConfigurationReader.read(
                """
                store: s3://acme-backups/pg
                servers:
                  orders-test:
                    connect: { host: orders.internal, user: backup, secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-AbCdEf }
                    databases: [%s]
                    profile: nightly
                profiles:
                  nightly: { %s }
                """
                        .formatted(String.join(", ", databases), profile),
                "the test");
    }

    /// Lets somebody else do all of it between the reading of the state and everything after.
    private static final class Racing extends ForwardingObjectStore {
        private final Runnable meanwhile;
        private boolean raced;

        Racing(ObjectStore inner, Runnable meanwhile) {
            super(inner);
            this.meanwhile = meanwhile;
        }

        @Override
        public Optional<Document> document(ObjectKey key) {
            var read = super.document(key);
            if (key.equals(Layout.WATCH) && !raced) {
                raced = true;
                meanwhile.run();
            }
            return read;
        }
    }

    /// Cannot list what is under a prefix.
    private static final class Blind extends ForwardingObjectStore {
        private final String hidden;

        Blind(ObjectStore inner, String hidden) {
            super(inner);
            this.hidden = hidden;
        }

        @Override
        public Stream<StoredObject> list(String prefix, String after) {
            refuse(prefix);
            return super.list(prefix, after);
        }

        @Override
        public Stream<StoredObject> list(String prefix) {
            refuse(prefix);
            return super.list(prefix);
        }

        private void refuse(String prefix) {
            if (prefix.startsWith(hidden))
                throw new Problem(
                        ErrorCode.STORE_UNREACHABLE,
                        "the store does not answer",
                        "Try again later.",
                        true,
                        null);
        }
    }
}
