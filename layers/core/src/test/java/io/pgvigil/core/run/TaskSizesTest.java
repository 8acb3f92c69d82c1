package io.pgvigil.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TaskSizesTest {
    private static final long GIB = 1L << 30;
    private static final Instant STARTED = Instant.parse("2026-11-22T02:30:00Z");

    @ParameterizedTest
    @CsvSource({
        // archive GiB, minutes, CPU, memory
        "1,    5,   1024, 2048",
        "49,   59,  1024, 2048",
        "50,   5,   2048, 4096",
        "1,    60,  2048, 4096",
        "499,  200, 2048, 4096",
        "500,  5,   4096, 8192",
        "1,    360, 4096, 8192"
    })
    void a_backup_gets_what_its_last_one_needed(int gib, int minutes, int cpu, int memory) {
        var size = TaskSizes.backup(List.of(manifest(0, 0, 1), manifest(gib, gib, minutes)));

        assertThat(size).isEqualTo(new TaskSize(cpu, memory, 21));
    }

    @Test
    void a_first_backup_is_small() {
        assertThat(TaskSizes.backup(List.of())).isEqualTo(new TaskSize(1024, 2048, 21));
    }

    @ParameterizedTest
    @CsvSource({
        // database GiB, archive GiB, disk: 1.5 databases, the archive, 5 GiB of headroom
        "0,   0,   21",
        "10,  10,  30",
        "60,  40,  135",
        "100, 45,  200"
    })
    void a_drills_disk_holds_the_archive_and_the_database(int database, int archive, int disk) {
        assertThat(TaskSizes.drill(manifest(database, archive, 5)).diskGib()).isEqualTo(disk);
    }

    @Test
    void a_drill_that_no_task_can_hold_is_refused_and_pointed_to_another_way() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> TaskSizes.drill(manifest(100, 46, 5)))
                .withMessageContaining("201 GiB")
                .withMessageContaining("instance in RDS")
                .extracting(Problem::code)
                .isEqualTo(ErrorCode.SPACE_MISSING);
    }

    @Test
    void a_restore_needs_room_for_the_archive_only() {
        assertThat(TaskSizes.restore(manifest(900, 100, 5), false).diskGib()).isEqualTo(105);
    }

    @Test
    void a_part_of_a_large_backup_can_be_restored() {
        assertThat(TaskSizes.restore(manifest(900, 800, 5), true).diskGib()).isEqualTo(200);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> TaskSizes.restore(manifest(900, 800, 5), false))
                .withMessageContaining("a part at a time");
    }

    @Test
    void a_first_copy_gets_the_disk_it_would_need_if_the_server_has_tablespaces() {
        assertThat(TaskSizes.physical(List.of())).isEqualTo(new TaskSize(1024, 2048, 21));
        assertThat(TaskSizes.physical(List.of(manifest(40, 10, 5), manifest(20, 5, 5))))
                .isEqualTo(new TaskSize(2048, 4096, 71));
        assertThat(TaskSizes.physical(List.of(manifest(900, 100, 5))).diskGib()).isEqualTo(200);
    }

    @Test
    void a_copy_of_a_server_without_tablespaces_needs_no_disk() {
        assertThat(TaskSizes.physical(List.of(manifest(900, 100, 5), base(900, false))))
                .isEqualTo(new TaskSize(4096, 8192, 21));
    }

    @Test
    void a_copy_that_no_task_can_hold_is_refused_and_pointed_to_another_way() {
        assertThat(TaskSizes.physical(List.of(base(100, true))).diskGib()).isEqualTo(115);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> TaskSizes.physical(List.of(base(900, true))))
                .withMessageContaining("tablespaces")
                .extracting(Problem::code)
                .isEqualTo(ErrorCode.SPACE_MISSING);
    }

    private static Manifest base(int databaseGib, boolean tablespace) {
        var like = manifest(databaseGib, databaseGib, 30);
        var physical =
                new Physical(
                        Lsn.parse("0/2000028"),
                        Lsn.parse("0/2000100"),
                        1,
                        1 << 24,
                        List.of("000000010000000000000002"),
                        false,
                        true,
                        STARTED,
                        Optional.empty(),
                        Optional.empty(),
                        tablespace
                                ? List.of(
                                        new Physical.Tablespace(
                                                16400, "fast", "/fast", "tablespace-16400"))
                                : List.of(),
                        1);
        return new Manifest(
                like.format(),
                new BackupId("20261122T023000Z-p-9f3c21d0"),
                BackupKind.PHYSICAL,
                like.server(),
                DatabaseName.CLUSTER,
                like.run(),
                Optional.empty(),
                like.serverVersion(),
                like.tool(),
                like.pgvigilVersion(),
                like.command(),
                like.selection(),
                like.snapshot(),
                like.started(),
                like.finished(),
                like.shape(),
                like.totals(),
                like.compression(),
                like.objects(),
                like.warnings(),
                like.notices(),
                like.restoreWith(),
                Optional.of(physical));
    }

    private static Manifest manifest(int databaseGib, int archiveGib, int minutes) {
        return new Manifest(
                Manifest.FORMAT,
                new BackupId("20261122T023000Z-l-9f3c21d0"),
                BackupKind.LOGICAL,
                new ServerName("orders"),
                new DatabaseName("orders"),
                new RunId("20261122T023000Z-backup-9f3c21d0a4"),
                Optional.empty(),
                "17.6",
                new Manifest.Tool("pg_dump", "17.6", false),
                "0.1.0",
                "pg_dump",
                Selection.EVERYTHING,
                new Manifest.Snapshot(STARTED, Optional.empty(), Optional.empty(), 1),
                STARTED,
                STARTED.plus(Duration.ofMinutes(minutes)),
                new Manifest.Shape(17, "UTF8", "C", "C", "libc", Optional.empty(), "postgres"),
                new Manifest.Totals(databaseGib * GIB, archiveGib * GIB, 10, 1, 1, 1, 0),
                new Manifest.Compression("zstd", 3),
                List.of(),
                List.of(),
                List.of(),
                "…");
    }
}
