package io.pgvigil.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.run.OpenRun;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.core.run.Sweeper;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.run.TaskSight;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.core.run.Turn;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import io.pgvigil.wire.config.ConfigurationReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class WatchTest {
    private static final Instant ASKED = Instant.parse("2026-11-22T02:30:01Z");
    private static final RunId RUN = SampleBackup.RUN;

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final FakeTaskLauncher tasks = new FakeTaskLauncher();
    private final RememberingAnnouncer announcer = new RememberingAnnouncer();
    private final StringBuilder metrics = new StringBuilder();
    private final StringBuilder log = new StringBuilder();
    private final Runs runs = new Runs(store);
    private final List<String> temporary = new ArrayList<>();
    private final List<Problem> unswept = new ArrayList<>();
    private Instant now = ASKED;

    @Test
    void with_nothing_open_a_look_is_one_listing_and_says_that_nobody_waits() {
        var calls = new ArrayList<String>();

        look(counting(store, calls));

        assertThat(calls).containsExactly("list runs/open/");
        assertThat(metrics.toString()).contains("\"QueuedRuns\":0").endsWith("\n");
    }

    @Test
    void a_task_that_ended_without_news_is_closed_and_its_backup_sealed() {
        var task = start();
        report();
        tasks.show(
                task,
                new TaskSight.Look.Stopped(new TaskStopped(RUN, Optional.of(0), "exited", now)));

        var answer = look(store);

        assertThat(runs.get(RUN).state()).isEqualTo(RunState.SEALED);
        assertThat(new Catalog(store).backups(Catalog.Filter.ANY)).hasSize(1);
        assertThat(announcer.heard()).containsExactly("backup.sealed " + RUN);
        assertThat(answer.path("closed").toString()).contains(RUN.value());
        assertThat(open()).isEmpty();
    }

    @Test
    void a_task_that_lives_is_left_alone() {
        start();
        later(Duration.ofHours(11));

        look(store);

        assertThat(runs.get(RUN).state()).isEqualTo(RunState.STARTED);
        assertThat(announcer.told()).isEmpty();
    }

    @Test
    void a_task_that_nobody_knows_any_more_is_given_up_when_its_lease_has_long_run_out() {
        var task = start();
        tasks.show(task, new TaskSight.Look.Unknown(Optional.of("ECS does not know it")));
        lease(now.plus(Duration.ofMinutes(2)));

        later(Duration.ofMinutes(4));
        look(store);
        assertThat(runs.get(RUN).state())
                .as("2 minutes after the lease")
                .isEqualTo(RunState.STARTED);

        later(Duration.ofMinutes(2));
        look(store);

        var run = runs.get(RUN);
        assertThat(run.state()).isEqualTo(RunState.FAILED);
        assertThat(run.failure().orElseThrow().code()).isEqualTo("PGV-6002");
        assertThat(run.failure().orElseThrow().hint()).contains("Nothing was heard");
        assertThat(announcer.heard()).containsExactly("run.failed " + RUN);
    }

    @Test
    void a_run_that_waited_for_hours_before_its_task_began_is_not_taken_for_silent() {
        queue();
        later(Duration.ofHours(3));
        look(store);
        var task = runs.get(RUN).task().orElseThrow();
        tasks.show(task, new TaskSight.Look.Unknown(Optional.empty()));

        later(Duration.ofMinutes(1));
        look(store);

        assertThat(runs.get(RUN).state()).isEqualTo(RunState.STARTED);
    }

    @Test
    void a_run_whose_starter_died_is_started() {
        queue();
        runs.move(RUN, run -> run.starting(now, "somebody", Optional.of(1)));

        look(store);
        assertThat(tasks.launched()).as("at once").isEmpty();
        later(Duration.ofMinutes(4));
        look(store);

        assertThat(tasks.launched()).containsExactly(RUN);
        assertThat(runs.get(RUN).state()).isEqualTo(RunState.STARTED);
    }

    @Test
    void a_run_whose_starter_died_after_starting_it_is_left_to_its_task() {
        queue();
        runs.move(RUN, run -> run.starting(now, "somebody", Optional.of(1)));
        later(Duration.ofMinutes(4));
        lease(now.plus(Duration.ofMinutes(2)));

        look(store);

        assertThat(tasks.launched()).isEmpty();
    }

    @Test
    void a_run_that_somebody_recorded_and_did_not_start_is_closed() {
        runs.ask(Run.asked(RUN, order(), now));

        look(store);
        assertThat(runs.get(RUN).state()).isEqualTo(RunState.ASKED);
        later(Duration.ofMinutes(3));
        look(store);

        assertThat(runs.get(RUN).failure().orElseThrow().what()).contains("never started");
        assertThat(announcer.heard()).containsExactly("run.failed " + RUN);
        assertThat(open()).isEmpty();
    }

    @Test
    void an_end_that_nobody_announced_is_announced_and_once() {
        start();
        runs.move(RUN, run -> run.ended(RunState.SEALED, now, Optional.empty()));
        announcer.failNext(1);

        var first = look(store);
        assertThat(first.path("problems")).hasSize(1);
        assertThat(open()).hasSize(1);
        look(store);
        look(store);

        assertThat(announcer.heard()).containsExactly("backup.sealed " + RUN);
        assertThat(open()).isEmpty();
    }

    @Test
    void a_marker_without_a_run_goes_after_an_hour() {
        store.create(
                Layout.openRun(SampleBackup.SERVER, RUN),
                Json.bytes(OpenRun.of(Run.asked(RUN, order(), now))));

        later(Duration.ofMinutes(59));
        look(store);
        assertThat(open()).hasSize(1);
        later(Duration.ofMinutes(2));
        look(store);

        assertThat(open()).isEmpty();
    }

    @Test
    void one_run_that_cannot_be_read_does_not_keep_us_from_the_others() {
        var task = start();
        report();
        tasks.show(
                task,
                new TaskSight.Look.Stopped(new TaskStopped(RUN, Optional.of(0), "exited", now)));
        var other = new RunId("20261122T023000Z-backup-0000000000");
        runs.ask(Run.queued(other, order(), now, turn()));
        store.delete(Layout.run(other));
        store.put(Layout.run(other), "{".getBytes(StandardCharsets.UTF_8));

        var answer = look(store);

        assertThat(answer.path("problems").toString()).contains(other.value());
        assertThat(runs.get(RUN).state()).isEqualTo(RunState.SEALED);
    }

    @Test
    void what_was_swept_is_told_beside_what_could_not_be_looked_at() {
        temporary.add("pgvigil-drill-1 deleted");
        unswept.add(
                new Problem(
                        ErrorCode.INSTANCE_FAILED,
                        "RDS refuses to list its clusters: AccessDenied",
                        "Let it."));

        var answer = look(store);

        assertThat(answer.path("swept").toString()).contains("pgvigil-drill-1 deleted");
        assertThat(answer.path("problems").toString()).contains("refuses to list its clusters");
        assertThat(log.toString())
                .contains("\"event\":\"swept\"")
                .contains("\"event\":\"not-done\"");
    }

    @Test
    void what_dead_tasks_left_outside_the_store_is_swept() {
        temporary.add("pgvigil-drill-1 deleted");

        assertThat(look(store).path("swept").toString()).contains("pgvigil-drill-1 deleted");
        assertThat(log.toString()).contains("\"event\":\"swept\"");
    }

    private String start() {
        queue();
        look(store);
        return runs.get(RUN).task().orElseThrow();
    }

    private void queue() {
        runs.ask(Run.queued(RUN, order(), now, turn()));
    }

    private Turn turn() {
        return Turn.of(Optional.of(1), now, now.plus(Duration.ofHours(24)));
    }

    private static Order order() {
        return new Order.Backup(
                SampleBackup.SERVER,
                new ConnectionRef(
                        "127.0.0.1",
                        5432,
                        "postgres",
                        "prefer",
                        Optional.empty(),
                        Optional.empty()),
                List.of(new DatabaseName("orders")),
                List.of(),
                Selection.EVERYTHING,
                3,
                Duration.ofMinutes(1),
                Duration.ofHours(6));
    }

    private void report() {
        runs.report(
                new TaskReport(
                        TaskReport.FORMAT,
                        RUN,
                        List.of(
                                new TaskReport.Result(
                                        SampleBackup.DATABASE,
                                        SampleBackup.BACKUP,
                                        Optional.of(SampleBackup.storeObjects(store)),
                                        Optional.empty(),
                                        Optional.empty())),
                        Optional.empty()));
    }

    private void lease(Instant until) {
        store.put(
                Layout.backupLease(SampleBackup.SERVER, SampleBackup.DATABASE),
                Json.bytes(new Lease(Lease.FORMAT, RUN, "elsewhere", 1, until, false)));
    }

    private void later(Duration duration) {
        now = now.plus(duration);
    }

    private List<String> open() {
        return store.keys().stream().filter(key -> key.startsWith(Layout.OPEN_RUNS)).toList();
    }

    @Test
    void the_channels_are_tested_on_request_and_nothing_is_looked_at() {
        var answer = call(store, "watch.test-channels");

        assertThat(announcer.heard()).containsExactly("channels.tested s3://in-memory");
        assertThat(answer.path("at").asText()).isEqualTo(now.toString());
        assertThat(metrics).isEmpty();
    }

    @Test
    void a_backup_without_its_copy_is_sent_once_in_a_quarter_of_a_day() {
        var manifest = sealed();
        now = manifest.finished().plus(Duration.ofMinutes(10));

        lookForCopies();
        lookForCopies();

        assertThat(tasks.launched()).as("while it is under way").hasSize(1);
        var run = tasks.launched().getFirst();
        assertThat(runs.get(run).order())
                .isEqualTo(
                        new Order.Copy(
                                manifest.server(),
                                manifest.database(),
                                manifest.backup(),
                                "s3://far-away/pg",
                                Optional.empty(),
                                THREE_DAYS));

        runs.move(run, known -> known.ended(RunState.FAILED, now, Optional.empty()));
        runs.close(manifest.server(), run);
        lookForCopies();
        assertThat(tasks.launched()).as("it failed just now").hasSize(1);
        later(Duration.ofHours(6));
        lookForCopies();
        assertThat(tasks.launched()).hasSize(2);

        runs.close(manifest.server(), tasks.launched().getLast());
        store.create(
                Layout.copy(
                        manifest.server(),
                        manifest.database(),
                        manifest.backup(),
                        StoreUri.parse("s3://far-away/pg")),
                "{}".getBytes(StandardCharsets.UTF_8));
        later(Duration.ofHours(6));
        lookForCopies();
        assertThat(tasks.launched()).as("it is there").hasSize(2);
    }

    @Test
    void a_verdict_about_a_copied_backup_is_sent_after_it() {
        var manifest = sealed();
        now = manifest.finished().plus(Duration.ofMinutes(10));
        store.create(
                Layout.copy(manifest.server(), manifest.database(), manifest.backup(), FAR),
                "{}".getBytes(StandardCharsets.UTF_8));
        lookForCopies();
        assertThat(tasks.launched()).isEmpty();
        var drill = new RunId("20261122T033000Z-verify-aaaaaaaaaa");
        store.create(
                Layout.drill(manifest.server(), manifest.database(), drill),
                Json.bytes(
                        SampleBackup.drill(
                                manifest.server(),
                                manifest.database(),
                                manifest.backup(),
                                drill,
                                DrillVerdict.PROVEN,
                                now)));
        later(Duration.ofMinutes(15));

        lookForCopies();

        var order = (Order.Copy) runs.get(tasks.launched().getLast()).order();
        assertThat(order.backup()).isEqualTo(manifest.backup());
        assertThat(order.later()).contains(drill + "");

        runs.close(manifest.server(), tasks.launched().getLast());
        store.create(
                Layout.copiedLater(
                        manifest.server(), manifest.database(), manifest.backup(), FAR, drill + ""),
                "{}".getBytes(StandardCharsets.UTF_8));
        later(Duration.ofHours(6));
        lookForCopies();
        assertThat(tasks.launched()).as("it is there").hasSize(1);
    }

    @Test
    void a_copy_is_ordered_on_request_at_once_and_only_where_the_profile_sends_them() {
        var manifest = sealed();

        var answer = ask(EventFiles.read("watch.copy"));

        var run = new RunId(answer.path("runs").get(0).path("run").asText());
        assertThat(runs.get(run).order())
                .isEqualTo(
                        new Order.Copy(
                                manifest.server(),
                                manifest.database(),
                                manifest.backup(),
                                FAR + "",
                                Optional.empty(),
                                THREE_DAYS));
        assertThat(tasks.launched()).containsExactly(run);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(
                        () -> ask("{\"copy\": {\"backup\": \"latest\", \"to\": \"s3://mine/pg\"}}"))
                .withMessageStartingWith("PGV-1001: s3://mine/pg is not among the copies");
    }

    /// What is kept there, not what is kept in the store.
    private static final Optional<SealLock> THREE_DAYS =
            Optional.of(new SealLock(LockMode.GOVERNANCE, Duration.ofDays(3)));

    private static final StoreUri FAR = StoreUri.parse("s3://far-away/pg");

    private Manifest sealed() {
        var manifest = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(
                        manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST),
                Manifests.bytes(manifest));
        return manifest;
    }

    private JsonNode ask(String event) {
        return answer(copying(), event);
    }

    private void lookForCopies() {
        copying().look();
    }

    private Watch copying() {
        var known =
                ConfigurationReader.read(
                        """
                        store: s3://in-memory
                        servers:
                          orders-test:
                            connect: { host: orders.internal, user: backup, secret: iam }
                            databases: [orders]
                            profile: copied
                        profiles:
                          copied: { keep: { daily: 7 }, lock: governance, copies: [ { to: s3://far-away/pg, keep: { daily: 3 } } ] }
                        """,
                        "test");
        var flow = flow(store);
        var source = ConfigurationSource.fixed(Optional.of(known));
        return new Watch(
                flow,
                Sweeper.NONE,
                source,
                new Findings(
                        store,
                        source,
                        flow.announcements(),
                        Findings.KeySight.NONE,
                        StateLog.SILENT,
                        () -> now));
    }

    private JsonNode look(ObjectStore place) {
        return call(place, "watch.tick");
    }

    private JsonNode call(ObjectStore place, String event) {
        var flow = flow(place);
        Sweeper sweeper = _ -> new Sweeper.Swept(temporary, Optional.empty(), unswept);
        return answer(
                new Watch(
                        flow,
                        sweeper,
                        ConfigurationSource.fixed(Optional.empty()),
                        nothingToFind(flow)),
                EventFiles.read(event));
    }

    private static JsonNode answer(Watch watch, String event) {
        var answer = new Invocation("request-1").of(new WatchHandler(watch), event);
        return Json.readTree(answer.getBytes(StandardCharsets.UTF_8), "the answer");
    }

    private Flow flow(ObjectStore place) {
        return Flow.of(
                place,
                tasks,
                tasks,
                Optional.of(announcer),
                Sizing.NONE,
                new Metrics("acme", metrics::append),
                new StateLog("watch", log::append),
                () -> now);
    }

    /// What is found in a store is tested in FindingsTest.
    static Findings nothingToFind(Flow flow) {
        return new Findings(
                new InMemoryObjectStore(flow.clock()),
                ConfigurationSource.fixed(Optional.empty()),
                flow.announcements(),
                Findings.KeySight.NONE,
                StateLog.SILENT,
                flow.clock());
    }

    /// Writes down each call of a store.
    static ObjectStore counting(ObjectStore inner, List<String> calls) {
        return (ObjectStore)
                Proxy.newProxyInstance(
                        ObjectStore.class.getClassLoader(),
                        new Class<?>[] {ObjectStore.class},
                        (_, method, arguments) -> {
                            calls.add(
                                    method.getName()
                                            + (arguments == null ? "" : " " + arguments[0]));
                            return method.invoke(inner, arguments);
                        });
    }
}
