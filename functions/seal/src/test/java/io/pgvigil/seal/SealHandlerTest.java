package io.pgvigil.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.managed.ManagedRestore;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retrieval.Retrieval;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.run.Turn;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.FlakyObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SealHandlerTest {
    private static final Instant NOW = Instant.parse("2026-11-22T02:34:42Z");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final Runs runs = new Runs(store);
    private Instant now = NOW;
    private final FakeTaskLauncher launcher = new FakeTaskLauncher();
    private final RememberingAnnouncer announcer = new RememberingAnnouncer();
    private final StringBuilder log = new StringBuilder();
    private final StringBuilder metrics = new StringBuilder();
    private final Flow flow = flow(store);
    private final SealHandler handler = handler(flow);

    @Test
    void a_task_that_stopped_well_leaves_a_sealed_backup() {
        startRun();
        report(SampleBackup.storeObjects(store));

        call(EventFiles.read("seal.task-stopped"));

        assertThat(runs.get(SampleBackup.RUN).state()).isEqualTo(RunState.SEALED);
        assertThat(new Catalog(store).backups(Catalog.Filter.ANY))
                .extracting(Manifest::backup)
                .containsExactly(SampleBackup.BACKUP);
    }

    @Test
    void what_is_sealed_is_locked_every_object_of_it_as_long_as_the_run_says() {
        store.lockable();
        startRun(Optional.of(new SealLock(LockMode.GOVERNANCE, Duration.ofDays(30))));
        var manifest = SampleBackup.storeObjects(store);
        report(manifest);

        var answer = call(EventFiles.read("seal.task-stopped"));

        var until = manifest.finished().plus(Duration.ofDays(30)).truncatedTo(ChronoUnit.SECONDS);
        try (var objects = store.list(SampleBackup.SERVER + "/")) {
            assertThat(objects.map(StoredObject::key))
                    .hasSize(manifest.objects().size() + 1)
                    .allMatch(key ->
                            store.locking()
                                    .orElseThrow()
                                    .lockOf(key)
                                    .equals(ObjectLock.until(LockMode.GOVERNANCE, until)));
        }
        assertThat(answer).contains("\"locked\"").contains(until + "");
        assertThat(log.toString()).contains("\"event\":\"locked\"");
    }

    @Test
    void a_profile_without_a_lock_locks_nothing() {
        store.lockable();
        startRun();
        var manifest = SampleBackup.storeObjects(store);
        report(manifest);

        call(EventFiles.read("seal.task-stopped"));

        assertThat(store.locking().orElseThrow().lockOf(manifest.object("data").key()))
                .isEqualTo(ObjectLock.NONE);
        assertThat(log.toString()).doesNotContain("locked");
    }

    @Test
    void a_store_that_cannot_lock_costs_no_backup_and_is_said() {
        startRun(Optional.of(new SealLock(LockMode.GOVERNANCE, Duration.ofDays(30))));
        report(SampleBackup.storeObjects(store));

        var answer = call(EventFiles.read("seal.task-stopped"));

        assertThat(runs.get(SampleBackup.RUN).state()).isEqualTo(RunState.SEALED);
        assertThat(new Catalog(store).backups(Catalog.Filter.ANY)).hasSize(1);
        assertThat(answer).contains("PGV-3015");
        assertThat(log.toString())
                .contains("\"event\":\"not-locked\"")
                .contains("has no Object Lock");
    }

    @Test
    void the_news_delivered_twice_leaves_one_manifest_and_the_first_end() {
        startRun();
        report(SampleBackup.storeObjects(store));
        var first = call(EventFiles.read("seal.task-stopped"));
        var left = store.keys();
        var versions = versions();

        now = NOW.plus(Duration.ofMinutes(2));
        var second = call(EventFiles.read("seal.task-stopped"));

        assertThat(second).isEqualTo(first);
        assertThat(store.keys()).isEqualTo(left);
        assertThat(versions()).isEqualTo(versions);
    }

    @Test
    void a_stored_object_that_is_not_what_was_sent_is_never_sealed() {
        startRun();
        var manifest = SampleBackup.storeObjects(store);
        report(manifest);
        store.delete(manifest.object("data").key());

        call(EventFiles.read("seal.task-stopped"));

        var run = runs.get(SampleBackup.RUN);
        assertThat(run.state()).isEqualTo(RunState.FAILED);
        assertThat(run.failure().orElseThrow().code()).isEqualTo("PGV-6005");
        assertThat(new Catalog(store).backups(Catalog.Filter.ANY)).isEmpty();
    }

    @Test
    void a_task_killed_for_want_of_memory_fails_its_run_and_says_so() {
        startRun();
        SampleBackup.storeObjects(store);

        call(EventFiles.read("seal.task-out-of-memory"));

        var failure = runs.get(SampleBackup.RUN).failure().orElseThrow();
        assertThat(failure.code()).isEqualTo("PGV-6002");
        assertThat(failure.what()).contains("exit code 137").contains("OutOfMemoryError");
        assertThat(failure.hint()).contains("want of memory");
        assertThat(failure.transientFailure()).isTrue();
        assertThat(new Catalog(store).backups(Catalog.Filter.ANY)).isEmpty();
    }

    @Test
    void a_task_whose_image_is_missing_fails_its_run_and_points_at_the_registry() {
        startRun();

        call(EventFiles.read("seal.task-image-missing"));

        var failure = runs.get(SampleBackup.RUN).failure().orElseThrow();
        assertThat(failure.what()).contains("no exit code").contains("CannotPullContainerError");
        assertThat(failure.hint()).contains("registry");
    }

    @Test
    void what_a_task_finished_is_sealed_even_when_the_news_of_its_end_came_first() {
        startRun();
        call(EventFiles.read("seal.task-out-of-memory"));

        report(SampleBackup.storeObjects(store));
        call(EventFiles.read("seal.task-out-of-memory"));

        assertThat(new Catalog(store).backups(Catalog.Filter.ANY)).hasSize(1);
        assertThat(runs.get(SampleBackup.RUN).state()).isEqualTo(RunState.FAILED);
    }

    @ParameterizedTest
    @CsvSource({
        "seal.task-spot-interruption, exit code 143, Fargate Spot",
        "seal.task-secret-missing,    no exit code,  secret",
        "seal.task-out-of-memory,     exit code 137, memory",
        "seal.task-image-missing,     no exit code,  registry"
    })
    void a_task_that_died_is_announced_once_with_its_cause_and_what_to_do(
            String event, String how, String hint) {
        startRun();

        call(EventFiles.read(event));
        call(EventFiles.read(event));

        assertThat(announcer.heard()).containsExactly("run.failed " + SampleBackup.RUN);
        var told = announcer.told().getFirst();
        assertThat(told.severity()).isEqualTo(Announcement.Severity.CRITICAL);
        assertThat(told.text()).contains(how).contains("What to do: ").contains(hint);
        assertThat(told.headline()).contains("orders-test/orders").contains("PGV-6002");
        assertThat(metrics.toString()).containsOnlyOnce("\"BackupsFailed\":1");
        assertThat(log.toString()).containsOnlyOnce("\"event\":\"ended\"");
    }

    @Test
    void a_sealed_backup_is_announced_once_with_its_sizes() {
        startRun();
        report(SampleBackup.storeObjects(store));

        call(EventFiles.read("seal.task-stopped"));
        call(EventFiles.read("seal.task-stopped"));

        assertThat(announcer.heard()).containsExactly("backup.sealed " + SampleBackup.RUN);
        var told = announcer.told().getFirst();
        assertThat(told.details())
                .containsEntry("databases", "orders")
                .containsEntry("storedBytes", "10")
                .containsEntry("seconds", "213.0");
        assertThat(told.text()).contains("pgvigil verify " + SampleBackup.BACKUP);
        assertThat(told.headline()).hasSizeLessThanOrEqualTo(Announcement.LONGEST_HEADLINE);
        assertThat(store.keys()).noneMatch(key -> key.startsWith("runs/open/"));
    }

    @Test
    void when_nobody_can_be_told_the_delivery_fails_and_the_next_one_tells() {
        startRun();
        report(SampleBackup.storeObjects(store));
        announcer.failNext(1);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call(EventFiles.read("seal.task-stopped")))
                .matches(Problem::transientFailure);
        // Sealed all the same, and still on the list of what is open.
        assertThat(runs.get(SampleBackup.RUN).state()).isEqualTo(RunState.SEALED);
        assertThat(store.keys()).anyMatch(key -> key.startsWith("runs/open/"));

        call(EventFiles.read("seal.task-stopped"));

        assertThat(announcer.heard()).containsExactly("backup.sealed " + SampleBackup.RUN);
        assertThat(store.keys()).noneMatch(key -> key.startsWith("runs/open/"));
    }

    @ParameterizedTest
    @EnumSource(DrillVerdict.class)
    void a_drill_is_announced_by_its_verdict(DrillVerdict verdict) {
        var run = drilled(SampleBackup.drill(verdict));

        assertThat(announcer.heard()).containsExactly("drill." + verdict.word() + " " + run);
        assertThat(metrics.toString())
                .contains("\"DrillsProven\":" + (verdict == DrillVerdict.NOT_PROVEN ? 0 : 1));
    }

    @Test
    void after_a_drill_the_runbook_says_how_to_bring_back_what_it_proved() {
        var manifest = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(
                        SampleBackup.SERVER,
                        SampleBackup.DATABASE,
                        SampleBackup.BACKUP,
                        Layout.MANIFEST),
                Manifests.bytes(manifest));

        drilled(SampleBackup.drill(DrillVerdict.PROVEN));

        assertThat(runbook())
                .contains("# Recovery of orders-test/orders")
                .contains("pgvigil restore " + SampleBackup.BACKUP + " --store s3://in-memory")
                .contains(manifest.restoreWith())
                .doesNotContain("did not prove");

        // A later drill that fails: the page says so, and goes on naming what was proven.
        var failed =
                SampleBackup.drill(
                        SampleBackup.SERVER,
                        SampleBackup.DATABASE,
                        new BackupId("20261123T023000Z-l-0b0b0b0b"),
                        new RunId("20261123T030000Z-verify-0a1b2c3d4f"),
                        DrillVerdict.NOT_PROVEN,
                        NOW.plusSeconds(86_400));
        drilled(failed);

        assertThat(runbook())
                .contains("The newest drill did not prove backup 20261123T023000Z-l-0b0b0b0b")
                .contains("pgvigil restore " + SampleBackup.BACKUP);
    }

    private String runbook() {
        return new String(
                store.document(Layout.runbook(SampleBackup.SERVER, SampleBackup.DATABASE))
                        .orElseThrow()
                        .content(),
                StandardCharsets.UTF_8);
    }

    @Test
    void a_drill_of_a_server_that_rds_runs_is_told_as_what_it_is() {
        var run = new RunId("20261122T030000Z-verify-0a1b2c3d4e");
        var record =
                SampleBackup.drill(
                        SampleBackup.SERVER,
                        DatabaseName.CLUSTER,
                        SampleBackup.BACKUP,
                        run,
                        DrillVerdict.PROVEN,
                        NOW);
        var place =
                new RdsPlacement(
                        "drills",
                        List.of("sg-0123456789abcdef0"),
                        "db.t4g.large",
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofHours(12));

        ended(
                run,
                new Order.ManagedDrill(SampleBackup.SERVER, "orders", List.of(), place),
                Layout.drill(SampleBackup.SERVER, DatabaseName.CLUSTER, run),
                record);

        var told = announcer.told().getFirst();
        assertThat(told.event()).isEqualTo("drill.proven");
        assertThat(told.headline()).startsWith("Restore by RDS proven: ");
        assertThat(told.text())
                .startsWith(SampleBackup.SERVER + " was restored by RDS into ")
                .contains("every row could be read");
        assertThat(runs.get(run).state()).isEqualTo(RunState.DONE);
        // There is no backup of ours that a runbook could bring back.
        assertThat(store.keys()).noneMatch(key -> key.endsWith("runbook.md"));
    }

    @Test
    void a_server_that_rds_restored_is_told_with_its_address() {
        var run = new RunId("20261122T030000Z-restore-0a1b2c3d4e");

        ended(
                run,
                new Order.PointInTime(
                        SampleBackup.SERVER,
                        "orders",
                        "orders-rescued",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        false),
                Layout.managedRestore(run),
                new ManagedRestore(
                        ManagedRestore.FORMAT,
                        run,
                        SampleBackup.SERVER,
                        "orders",
                        "orders-rescued",
                        Optional.empty(),
                        NOW,
                        false,
                        NOW,
                        NOW,
                        List.of("restore instance orders"),
                        Optional.of(
                                new ManagedRestore.Made(
                                        "orders-rescued", "rescued.example", 5432))));

        var told = announcer.told().getFirst();
        assertThat(told.event()).isEqualTo("restore.done");
        assertThat(told.text()).contains("rescued.example:5432").contains("orders-rescued");
        assertThat(told.details()).containsEntry("host", "rescued.example");
    }

    /// A drill that ended with this record, of which seal is told.
    private RunId drilled(Drill record) {
        var run = record.drill();
        ended(
                run,
                new Order.Drill(
                        SampleBackup.SERVER,
                        SampleBackup.DATABASE,
                        SampleBackup.BACKUP,
                        2,
                        List.of(),
                        List.of()),
                Layout.drill(SampleBackup.SERVER, SampleBackup.DATABASE, run),
                record);
        return run;
    }

    /// A run that ended well and left this record, of which seal is told.
    private void ended(RunId run, Order order, ObjectKey key, Object record) {
        runs.ask(Run.asked(run, order, NOW));
        store.create(key, Json.bytes(record));
        runs.report(
                new TaskReport(
                        TaskReport.FORMAT,
                        run,
                        List.of(
                                new TaskReport.Result(
                                        SampleBackup.DATABASE,
                                        SampleBackup.BACKUP,
                                        Optional.empty(),
                                        Optional.of(key),
                                        Optional.empty())),
                        Optional.empty()));

        call(EventFiles.read("seal.task-stopped").replace(SampleBackup.RUN.value(), run.value()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "20261122T023000Z-backup-9f3c21d0a4",
                "ecs-svc/1234567890123456789",
                "arn:aws:sts::123456789012:assumed-role/admin/jane"
            })
    void news_of_a_task_that_is_none_of_ours_is_answered_and_changes_nothing(String startedBy) {
        var answer =
                call(
                        EventFiles.read("seal.task-stopped")
                                .replace(SampleBackup.RUN.value(), startedBy));

        assertThat(answer).contains("\"ignored\"").contains(startedBy);
        assertThat(log.toString()).contains("\"event\":\"ignored\"").endsWith("\n");
        assertThat(store.keys()).isEmpty();
    }

    @Test
    void a_store_that_does_not_answer_is_no_reason_to_ignore_the_news() {
        startRun();
        var flaky = new FlakyObjectStore(store, 1);
        var away = flow(flaky);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(
                        () -> new Events(handler(away)).send(EventFiles.read("seal.task-stopped")))
                .matches(Problem::transientFailure);
    }

    @Test
    void a_task_that_still_runs_is_not_closed() {
        startRun();
        var left = store.keys();
        var event =
                EventFiles.read("seal.task-stopped")
                        .replace("\"lastStatus\": \"STOPPED\"", "\"lastStatus\": \"RUNNING\"");

        refused(event);

        assertThat(store.keys()).isEqualTo(left);
        assertThat(runs.get(SampleBackup.RUN).state()).isEqualTo(RunState.STARTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{}",
                "{\"detail\": {}}",
                "{\"detail\": {\"lastStatus\": \"STOPPED\", \"startedBy\": 7}}"
            })
    void a_bad_event_is_refused_with_the_file_that_shows_a_good_one(String event) {
        refused(event);

        assertThat(store.keys()).isEmpty();
    }

    private void refused(String event) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call(event))
                .withMessageStartingWith("PGV-1008: the event cannot be used")
                .withMessageContaining("HINT: events/seal.task-stopped.json shows");
    }

    @Test
    void a_run_goes_on_when_the_last_object_it_reads_is_back_from_the_archive() {
        var data = new ObjectKey("orders-prod/orders/b/data.pgdump.zst");
        var globals = new ObjectKey("orders-prod/orders/b/globals.sql.zst");
        for (var key : List.of(data, globals)) {
            store.create(key, new byte[] {1});
            store.assign(key, "yearly", StorageClass.DEEP_ARCHIVE);
        }
        store.moveAssigned();
        for (var key : List.of(data, globals))
            store.retrieve(key, RetrievalSpeed.BULK, Duration.ofDays(5));
        waitsFor(List.of(data, globals));

        store.bringBack(data);
        assertThat(call(retrieved(data))).isEqualTo("{\"started\":[]}");
        assertThat(launcher.launched()).isEmpty();
        store.bringBack(globals);
        var answer = call(retrieved(globals));
        var again = call(retrieved(globals));

        assertThat(answer).isEqualTo("{\"started\":[\"" + SampleBackup.RUN + "\"]}");
        assertThat(again).isEqualTo("{\"started\":[]}");
        assertThat(launcher.launched()).containsExactly(SampleBackup.RUN);
    }

    @Test
    void objects_of_others_that_come_back_are_none_of_our_business() {
        assertThat(call(EventFiles.read("seal.retrieved")))
                .as("of another bucket")
                .contains("none of this store");
    }

    private String retrieved(ObjectKey key) {
        return EventFiles.read("seal.retrieved")
                .replace("acme-backups", "in-memory")
                .replaceAll("\"key\": \"[^\"]+\"", "\"key\": \"" + key + "\"");
    }

    private void waitsFor(List<ObjectKey> objects) {
        var order =
                new Order.Drill(
                        new ServerName("orders-prod"),
                        SampleBackup.DATABASE,
                        SampleBackup.BACKUP,
                        1,
                        List.of(),
                        List.of());
        runs.ask(
                Run.queued(
                        SampleBackup.RUN,
                        order,
                        now,
                        Turn.of(Optional.empty(), now, now.plus(Duration.ofDays(3)))
                                .after(Optional.of(new Retrieval(objects, now)))));
    }

    private void startRun() {
        startRun(Optional.empty());
    }

    private void startRun(Optional<SealLock> lock) {
        var order =
                new Order.Backup(
                                SampleBackup.SERVER,
                                new ConnectionRef(
                                        "127.0.0.1",
                                        5432,
                                        "postgres",
                                        "prefer",
                                        Optional.empty(),
                                        Optional.of("env:ORDERS_PASSWORD")),
                                List.of(new DatabaseName("orders")),
                                List.of(),
                                Selection.EVERYTHING,
                                3,
                                Duration.ofMinutes(1),
                                Duration.ofHours(6))
                        .locked(lock);
        runs.ask(Run.asked(SampleBackup.RUN, order, NOW.minus(Duration.ofMinutes(5))));
        runs.move(SampleBackup.RUN, run -> run.started("task-1"));
    }

    private void report(Manifest manifest) {
        runs.report(
                new TaskReport(
                        TaskReport.FORMAT,
                        SampleBackup.RUN,
                        List.of(
                                new TaskReport.Result(
                                        SampleBackup.DATABASE,
                                        SampleBackup.BACKUP,
                                        Optional.of(manifest),
                                        Optional.empty(),
                                        Optional.empty())),
                        Optional.empty()));
    }

    private List<String> versions() {
        return store.list("").map(object -> object.key() + " " + object.versionId()).toList();
    }

    private Flow flow(ObjectStore place) {
        return Flow.of(
                place,
                launcher,
                launcher,
                Optional.of(announcer),
                Sizing.NONE,
                new Metrics("acme", metrics::append),
                new StateLog("seal", log::append),
                () -> now);
    }

    private static SealHandler handler(Flow flow) {
        return new SealHandler(
                flow.runs(),
                flow.endings(),
                new Arrivals(flow.store().uri(), flow.dispatcher()),
                flow.log());
    }

    private String call(String event) {
        return new Events(handler).send(event);
    }
}
