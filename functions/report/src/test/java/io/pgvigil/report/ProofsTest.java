package io.pgvigil.report;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import io.pgvigil.core.watch.History;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ProofsTest {
    private static final Instant FIRST = Instant.parse("2026-11-22T06:00:00Z");

    @Test
    void every_drill_is_a_line_the_oldest_first() {
        var text =
                Proofs.csv(
                        history(
                                drill(
                                        FIRST.plusSeconds(60),
                                        DrillVerdict.NOT_PROVEN,
                                        List.of("1 table differs, \"orders\"")),
                                drill(FIRST, DrillVerdict.PROVEN, List.of())));

        assertThat(text.lines())
                .containsExactly(
                        "time,server,database,backup,drill,verdict,recovery_seconds,checks_passed,checks,reasons",
                        "2026-11-22T06:00:00Z,shop,'=cmd,20261122T023000Z-l-0a0a0a0a,20261122T060000Z-verify-0a1b2c3d4e,proven,61.5,2,3,",
                        "2026-11-22T06:01:00Z,shop,'=cmd,20261122T023000Z-l-0a0a0a0a,20261122T060000Z-verify-0a1b2c3d4e,not-proven,61.5,2,3,\"1 table differs, \"\"orders\"\"\"");
        assertThat(text).endsWith("\r\n");
    }

    @Test
    void what_was_written_can_be_read() {
        var text =
                Proofs.csv(
                        history(
                                drill(
                                        FIRST,
                                        DrillVerdict.NOT_PROVEN,
                                        List.of("two\nlines", "a;b"))));

        var lines = CsvReader.builder().ofCsvRecord(text).stream().toList();

        assertThat(lines).hasSize(2);
        assertThat(lines.getLast().getField(9)).isEqualTo("two\nlines; a;b");
    }

    private static History history(DrillNote... drills) {
        return new History(
                History.FORMAT,
                FIRST,
                FIRST,
                List.of(
                        new DatabaseHistory(
                                new ServerName("shop"),
                                new DatabaseName("=cmd"),
                                List.of(),
                                List.of(drills),
                                FIRST,
                                List.of())),
                List.of());
    }

    private static DrillNote drill(Instant finished, DrillVerdict verdict, List<String> reasons) {
        return new DrillNote(
                new RunId("20261122T060000Z-verify-0a1b2c3d4e"),
                new BackupId("20261122T023000Z-l-0a0a0a0a"),
                verdict,
                FIRST,
                finished,
                Optional.of(61.5),
                reasons,
                Optional.of(new DrillNote.Checks(2, 3)));
    }
}
