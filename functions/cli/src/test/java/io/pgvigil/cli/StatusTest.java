package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.retrieval.Retrieval;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunProgress;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.Turn;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.config.ConfigurationReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StatusTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final RunId AT_WORK = new RunId("20261122T115000Z-backup-0000000001");
    private static final RunId WAITING = new RunId("20261122T115500Z-backup-0000000002");

    private static final Configuration CONFIGURATION =
            ConfigurationReader.read(
                    """
                    store: file:///var/backups/pg
                    servers:
                      orders-test:
                        connect: { host: orders.internal, user: backup, secret: env:P }
                        profile: nightly
                      billing:
                        connect: { host: billing.internal, user: backup, secret: env:P }
                        profile: nightly
                    profiles:
                      nightly: { logical: "daily 02:30 UTC", drill: "weekly mon 03:00 UTC", keep: { daily: 7 } }
                    """,
                    "the test");

    private final Manifest newest = SampleBackup.storeObjects(new InMemoryObjectStore());

    @Test
    void a_queued_run_names_what_it_waits_for() {
        var status =
                Status.of(
                        List.of(
                                marker(WAITING, RunState.QUEUED),
                                marker(AT_WORK, RunState.STARTED)),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        NOW);

        assertThat(status.open()).extracting(Status.Open::id).containsExactly(AT_WORK, WAITING);
        assertThat(status.open().getLast().behind()).containsExactly(AT_WORK);
        assertThat(status.open().getFirst().behind()).isEmpty();
        assertThat(status.open().getFirst().age()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void a_run_that_waits_does_not_wait_for_another_server() {
        var elsewhere =
                new Status.Marker(
                        new ServerName("billing"),
                        AT_WORK,
                        Optional.of(run(AT_WORK, RunState.STARTED)),
                        Optional.empty());

        var status =
                Status.of(
                        List.of(marker(WAITING, RunState.QUEUED), elsewhere),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        NOW);

        assertThat(status.open()).allSatisfy(open -> assertThat(open.behind()).isEmpty());
    }

    @Test
    void a_run_that_waits_for_its_backup_to_come_back_says_until_when() {
        var back = new Retrieval(List.of(new ObjectKey("a/b/c/data")), NOW.plusSeconds(3600));
        var run =
                Run.queued(
                        WAITING,
                        FollowTest.order(),
                        NOW,
                        Turn.of(Optional.empty(), NOW, NOW).after(Optional.of(back)));
        var status =
                Status.of(
                        List.of(
                                new Status.Marker(
                                        SampleBackup.SERVER,
                                        WAITING,
                                        Optional.of(run),
                                        Optional.empty())),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        NOW);

        assertThat(StatusText.words(status, NOW))
                .contains("its backup, back by 2026-11-22T13:00:00Z");
        assertThat(Json.line(StatusText.shape(status)))
                .contains("\"ready\":\"2026-11-22T13:00:00Z\"");
    }

    @Test
    void a_marker_without_a_run_is_shown_as_such() {
        var status =
                Status.of(
                        List.of(
                                new Status.Marker(
                                        SampleBackup.SERVER,
                                        AT_WORK,
                                        Optional.empty(),
                                        Optional.empty())),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        NOW);

        assertThat(StatusText.words(status, NOW)).contains("not recorded");
    }

    @Test
    void a_configured_server_without_a_backup_is_not_passed_over() {
        var status =
                Status.of(List.of(), List.of(newest), List.of(), Optional.of(CONFIGURATION), NOW);

        assertThat(status.databases())
                .extracting(one -> one.server().value(), one -> one.newest().isPresent())
                .containsExactly(tuple("orders-test", true), tuple("billing", false));
        assertThat(StatusText.words(status, NOW)).contains("NONE").contains("never proven");
    }

    @Test
    void only_a_drill_that_proved_something_is_a_proof() {
        var failed = SampleBackup.drill(DrillVerdict.NOT_PROVEN);
        var passed = SampleBackup.drill(DrillVerdict.PROVEN);

        assertThat(with(List.of(failed)).databases().getFirst().proof()).isEmpty();
        assertThat(with(List.of(failed, passed)).databases().getFirst().proof()).contains(passed);
    }

    private Status with(List<Drill> drills) {
        return Status.of(List.of(), List.of(newest), drills, Optional.empty(), NOW);
    }

    @Test
    void what_is_due_next_comes_in_the_order_of_time() {
        var status = Status.of(List.of(), List.of(), List.of(), Optional.of(CONFIGURATION), NOW);

        // 2026-11-22 is a Sunday.
        assertThat(status.due())
                .extracting(one -> one.server() + " " + one.work().word() + " " + one.at())
                .containsExactly(
                        "billing logical 2026-11-23T02:30:00Z",
                        "orders-test logical 2026-11-23T02:30:00Z",
                        "billing drill 2026-11-23T03:00:00Z",
                        "orders-test drill 2026-11-23T03:00:00Z");
    }

    @Test
    void how_far_a_run_is_is_judged_by_the_last_dump_of_the_database() {
        var before = newest.totals().archiveBytes();

        var status = atWork(progress(before / 4, NOW.minusSeconds(10)));

        var open = status.open().getFirst();
        assertThat(open.pace().orElseThrow().expectedBytes()).contains(before);
        assertThat(open.pace().orElseThrow().left().orElseThrow().toSeconds()).isBetween(2L, 5L);
        assertThat(StatusText.words(status, NOW)).contains("dump orders: ").contains(" s left");
        assertThat(Json.line(StatusText.shape(status)))
                .contains("\"progress\":{\"stage\":\"dump\"")
                .contains("\"stale\":false");
    }

    @Test
    void a_task_that_nothing_was_heard_of_is_said_to_be_so_and_nothing_is_promised_of_it() {
        var status = atWork(progress(1_000, NOW.minus(Duration.ofMinutes(12))));

        assertThat(status.open().getFirst().pace().orElseThrow().left()).isEmpty();
        assertThat(StatusText.words(status, NOW))
                .contains("nothing was heard of it for 12 min")
                .doesNotContain(" left");
        assertThat(Json.line(StatusText.shape(status))).contains("\"stale\":true");
    }

    private Status atWork(RunProgress told) {
        var marker =
                new Status.Marker(
                        SampleBackup.SERVER,
                        AT_WORK,
                        Optional.of(run(AT_WORK, RunState.STARTED)),
                        Optional.of(told));
        return Status.of(List.of(marker), List.of(newest), List.of(), Optional.empty(), NOW);
    }

    /// After a second.
    private static RunProgress progress(long bytes, Instant at) {
        return new RunProgress(
                RunProgress.FORMAT,
                AT_WORK,
                "dump",
                "orders",
                bytes,
                12,
                0,
                at.minusSeconds(1),
                at);
    }

    @Test
    void the_table_for_people_is_this_one() {
        var status =
                Status.of(
                        List.of(
                                marker(WAITING, RunState.QUEUED),
                                marker(AT_WORK, RunState.STARTED)),
                        List.of(newest),
                        List.of(SampleBackup.drill(DrillVerdict.PROVEN)),
                        Optional.of(CONFIGURATION),
                        NOW);

        assertThat(StatusText.words(status, NOW))
                .isEqualTo(
                        """
                        Under way
                        RUN                                 SERVER       WHAT    STATE       AGE  HOW FAR
                        20261122T115000Z-backup-0000000001  orders-test  backup  started  10 min
                        20261122T115500Z-backup-0000000002  orders-test  backup  queued   10 min  behind 1 at work

                        Protection
                        SERVER       DATABASE  NEWEST BACKUP                       AGE  PROOF OF                            AGE
                        orders-test  orders    20261122T023000Z-l-9f3c21d0  9 h 25 min  20261122T023000Z-l-9f3c21d0  9 h 24 min
                        billing      -         NONE                                     never proven

                        Due next
                        AT (UTC)          SERVER       WHAT              IN  SCHEDULE
                        2026-11-23 02:30  billing      logical  14 h 30 min  daily 02:30 UTC
                        2026-11-23 02:30  orders-test  logical  14 h 30 min  daily 02:30 UTC
                        2026-11-23 03:00  billing      drill     15 h 0 min  weekly mon 03:00 UTC
                        2026-11-23 03:00  orders-test  drill     15 h 0 min  weekly mon 03:00 UTC
                        """);
        assertThat(Json.line(StatusText.shape(status)))
                .contains("\"behind\":[\"" + AT_WORK + "\"]");
    }

    private static Status.Marker marker(RunId id, RunState state) {
        return new Status.Marker(
                SampleBackup.SERVER, id, Optional.of(run(id, state)), Optional.empty());
    }

    private static Run run(RunId id, RunState state) {
        var asked = Run.asked(id, FollowTest.order(), NOW.minusSeconds(600));
        if (state == RunState.STARTED) return asked.started("task-1");
        var json = Json.line(asked).replace("\"ASKED\"", "\"" + state + "\"");
        return Json.read(json.getBytes(StandardCharsets.UTF_8), Run.class, "a run");
    }
}
