package io.pgvigil.cli;

import io.pgvigil.core.cost.Estimate;
import io.pgvigil.core.doctor.Examination;
import io.pgvigil.core.doctor.Remedy;
import io.pgvigil.core.watch.Readiness.Mark;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What [Beforehand] found, for people and for programs.
final class ExaminationPage {
    private ExaminationPage() {}

    static String words(Examination one) {
        var text =
                new StringBuilder()
                        .append(one.place())
                        .append('/')
                        .append(one.database())
                        .append("  not backed up yet\n");
        var table = new Table("llll", "", "", "WHAT", "FOUND");
        for (var line : one.lines()) {
            table.row("", DoctorCommand.mark(line.mark()), line.item().word(), line.evidence());
            if (told(line)) table.row("", "", "", "HINT: " + line.hint().orElse(""));
        }
        text.append(table.print().indent(1));
        one.choice()
                .ifPresent(
                        choice -> text.append("  kind auto: ").append(choice.why()).append('\n'));
        one.estimate().ifPresent(estimate -> text.append(words(estimate)));
        one.notes().forEach(note -> text.append("  note: ").append(note).append('\n'));
        sql(
                text,
                "The least SQL for what is missing, to be run in database "
                        + plain(one.database().value())
                        + " by an administrator:",
                one.remedies().stream().filter(Remedy::asked).toList());
        sql(
                text,
                "Only for what nobody asked for:",
                one.remedies().stream().filter(remedy -> !remedy.asked()).toList());
        return text.toString();
    }

    private static boolean told(Examination.Line line) {
        return line.hint().isPresent()
                && (line.mark() == Mark.NOT_READY || line.mark() == Mark.UNKNOWN);
    }

    private static String words(Estimate estimate) {
        return String.format(
                Locale.ROOT,
                """
                  estimate: a backup takes about %s, its proof %s, one is stored as %s
                            in AWS: %.2f dollars a month more, daily, kept as production keeps them after seven years;
                            a stack by itself is %.2f
                            assumed: %s
                """,
                about(estimate.backup()),
                about(estimate.proof()),
                estimate.stored(),
                estimate.month(),
                estimate.stack(),
                estimate.assumed());
    }

    /// Without digits that nobody can promise.
    private static String about(Duration time) {
        var seconds = time.toSeconds();
        if (seconds < 60) return seconds + " s";
        if (seconds < 5400) return Math.ceilDiv(seconds, 60) + " min";
        return String.format(Locale.ROOT, "%.1f h", seconds / 3600.0);
    }

    private static void sql(StringBuilder text, String head, List<Remedy> remedies) {
        if (remedies.isEmpty()) return;
        text.append("\n  -- ").append(head).append('\n');
        for (var remedy : remedies)
            text.append("  ")
                    .append(remedy.sql())
                    .append("  -- ")
                    .append(remedy.why())
                    .append('\n');
    }

    // A name may hold a line break, and what follows would be SQL.
    private static String plain(String text) {
        return text.replaceAll("[\\r\\n\\u0085\\u2028\\u2029]+", " ");
    }

    static Map<String, Object> shape(Examination one) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("server", one.place());
        shape.put("database", one.database());
        shape.put("role", one.role());
        shape.put("ready", one.ready());
        shape.put(
                "lines",
                one.lines().stream()
                        .map(line ->
                                DoctorCommand.shape(
                                        line.item().word(),
                                        line.mark(),
                                        line.evidence(),
                                        line.hint()))
                        .toList());
        one.choice()
                .ifPresent(choice ->
                        shape.put("choice", Map.of("kind", choice.kind(), "why", choice.why())));
        one.estimate().ifPresent(estimate -> shape.put("estimate", shape(estimate)));
        shape.put("sql", one.remedies());
        shape.put("notes", one.notes());
        return shape;
    }

    private static Map<String, Object> shape(Estimate estimate) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("backup_seconds", estimate.backup().toSeconds());
        shape.put("proof_seconds", estimate.proof().toSeconds());
        shape.put("stored_bytes", estimate.stored().bytes());
        shape.put("dollars_a_month", cents(estimate.month()));
        shape.put("stack_dollars_a_month", cents(estimate.stack()));
        shape.put("assumed", estimate.assumed());
        return shape;
    }

    private static double cents(double dollars) {
        return Math.round(dollars * 100) / 100.0;
    }
}
