package io.pgvigil.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
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
