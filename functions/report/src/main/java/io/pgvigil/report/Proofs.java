package io.pgvigil.report;

import de.siegmar.fastcsv.writer.CsvWriter;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import io.pgvigil.core.watch.History;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Comparator;

/// Every drill as a line of a table, for auditors. What failed is in it, too.
public final class Proofs {
    /// For spreadsheets a text that begins so is a formula.
    private static final String FORMULA = "=+-@\t\r";

    private Proofs() {}

    private record Line(DatabaseHistory of, DrillNote drill) {}

    public static String csv(History history) {
        var text = new StringWriter();
        try (var csv = CsvWriter.builder().build(text)) {
            write(history, csv);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(History history, CsvWriter csv) {
        csv.writeRecord(
                "time",
                "server",
                "database",
                "backup",
                "drill",
                "verdict",
                "recovery_seconds",
                "checks_passed",
                "checks",
                "reasons");
        history.databases().stream()
                .flatMap(one -> one.drills().stream().map(drill -> new Line(one, drill)))
                .sorted(Comparator.comparing(Line::drill, DrillNote.BY_TIME))
                .forEach(line -> {
                    var drill = line.drill();
                    csv.writeRecord(
                            drill.finished() + "",
                            line.of().server() + "",
                            harmless(line.of().database() + ""),
                            drill.backup() + "",
                            drill.drill() + "",
                            drill.verdict().word(),
                            drill.recovery().map(seconds -> seconds + "").orElse(""),
                            drill.checks().map(checks -> checks.passed() + "").orElse(""),
                            drill.checks().map(checks -> checks.asked() + "").orElse(""),
                            harmless(String.join("; ", drill.reasons())));
                });
    }

    private static String harmless(String text) {
        return !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }
}
