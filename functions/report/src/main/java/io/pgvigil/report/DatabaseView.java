package io.pgvigil.report;

import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.report.DatabaseReport;
import io.pgvigil.core.report.RetentionNote;
import io.pgvigil.core.report.Series;
import io.pgvigil.core.watch.Readiness;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One database as the template wants it.
record DatabaseView(
        String id,
        String name,
        boolean open,
        PageView.Badge badge,
        String why,
        List<Fact> facts,
        CalendarPicture backups,
        CalendarPicture drills,
        Optional<Charts> charts,
        Optional<KeptView> kept,
        Optional<ReadyView> ready) {

    private static final MathContext DIGITS = new MathContext(4);
    private static final long SECONDS_OF_HOUR = 3600;

    /// @param note said more quietly; may be empty
    /// @param bad whether a promise is not kept
    record Fact(String name, String value, String note, boolean bad) {}

    /// @param data figures for the script, without any text of others in it
    record Charts(String data, List<Chart> list) {}

    record Chart(String kind, String name, String now, String range) {}

    record KeptView(String rules, String decided, TimeLine line, List<Group> groups) {}

    /// Backups that are kept, or go, for one kind of reason.
    record Group(String verdict, String reason, String count, String from, String to) {}

    record ReadyView(String count, List<LineView> lines) {}

    record LineView(PageView.Badge badge, String item, String evidence, String hint) {}

    static DatabaseView of(String id, DatabaseReport one, boolean open, Instant now) {
        return new DatabaseView(
                id,
                PageView.name(one),
                open,
                PageView.Badge.of(one.protection()),
                capital(one.why()) + (one.why().endsWith(".") ? "" : "."),
                facts(one),
                CalendarPicture.backups(one.calendar()),
                CalendarPicture.drills(one.calendar()),
                charts(one.series()),
                one.kept().map(kept -> kept(kept, now)),
                ready(one));
    }

    private static String capital(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    // Facts

    private static List<Fact> facts(DatabaseReport one) {
        var facts = new ArrayList<Fact>();
        facts.add(
                new Fact(
                        "Could be lost now",
                        one.loss().map(Words::span).orElse("everything"),
                        one.promised()
                                .rpo()
                                .map(most -> "promised: at most " + Words.span(most))
                                .orElse("nothing is promised"),
                        PageView.beyond(one.loss(), one.promised().rpo())));
        facts.add(
                new Fact(
                        "Recovery takes",
                        one.recovery().map(Words::span).orElse("not known"),
                        one.promised()
                                .rto()
                                .map(most -> "promised: at most " + Words.span(most))
                                .orElse("nothing is promised"),
                        PageView.beyond(one.recovery(), one.promised().rto())));
        facts.add(
                one.proof()
                        .map(proof ->
                                new Fact(
                                        "Newest proof",
                                        Words.time(proof.finished()),
                                        Words.span(proof.age())
                                                + " ago, "
                                                + (one.byService()
                                                        ? "restored by RDS"
                                                        : "of backup " + proof.backup())
                                                + (proof.verdict() == DrillVerdict.PROVEN_EXCEPT
                                                        ? ", but for accepted differences"
                                                        : ""),
                                        false))
                        .orElseGet(() -> new Fact("Newest proof", "none", "", true)));
        one.drill()
                .ifPresent(drill ->
                        facts.add(
                                new Fact(
                                        "Newest drill",
                                        "did not prove it",
                                        Words.time(drill.finished())
                                                + Stream.of(String.join("; ", drill.reasons()))
                                                        .filter(why -> !why.isEmpty())
                                                        .map(why -> ": " + why)
                                                        .findFirst()
                                                        .orElse(""),
                                        true)));
        facts.add(
                one.newest()
                        .map(made ->
                                new Fact(
                                        "Newest backup",
                                        Words.time(made.finished()),
                                        "%s ago, %s, %s, %s"
                                                .formatted(
                                                        Words.span(made.age()),
                                                        made.kind().name().toLowerCase(Locale.ROOT),
                                                        Words.bytes(made.bytes()),
                                                        made.backup()),
                                        false))
                        .orElseGet(() ->
                                one.byService()
                                        ? new Fact("Newest backup", "made by RDS", "", false)
                                        : new Fact("Newest backup", "none", "", true)));
        one.window()
                .ifPresent(window ->
                        facts.add(
                                new Fact(
                                        "Recovery window",
                                        window.anyMoment()
                                                ? "any moment since " + Words.time(window.from())
                                                : "any of "
                                                        + Words.plural(window.backups(), "backup"),
                                        window.anyMoment()
                                                ? "up to " + Words.time(window.to())
                                                : "from "
                                                        + Words.day(window.from())
                                                        + " to "
                                                        + Words.day(window.to()),
                                        false)));
        return facts;
    }

    // Charts

    private static Optional<Charts> charts(Series series) {
        var points = series.backups();
        if (points.isEmpty()) return Optional.empty();
        var list = new ArrayList<Chart>();
        list.add(chart("bytes", "Size in the store", points, Series.Point::bytes, Words::bytes));
        list.add(chart("rows", "Rows", points, Series.Point::rows, Words::count));
        list.add(
                chart(
                        "took",
                        "Time a backup takes",
                        points,
                        one -> one.took().toMillis(),
                        millis -> Words.span(Duration.ofMillis(millis))));
        if (!series.recoveries().isEmpty())
            list.add(
                    chart(
                            "recovery",
                            "Time a recovery takes",
                            series.recoveries(),
                            one -> one.took().toMillis(),
                            millis -> Words.span(Duration.ofMillis(millis))));
        return Optional.of(new Charts(data(series), list));
    }

    private interface Print {
        String of(long figure);
    }

    private static <T> Chart chart(
            String kind, String name, List<T> points, ToLongFunction<T> figure, Print print) {
        var all = points.stream().mapToLong(figure).summaryStatistics();
        return new Chart(
                kind,
                name,
                print.of(figure.applyAsLong(points.getLast())),
                all.getMin() == all.getMax()
                        ? points.size() == 1 ? "the only one so far" : "always so"
                        : "between " + print.of(all.getMin()) + " and " + print.of(all.getMax()));
    }

    /// What a picture can show, because most of the page is this: hours, each after the one before, and
    /// four digits of each figure. The rest is in `report.json`.
    private static String data(Series series) {
        return "{\"t\":%s,\"bytes\":%s,\"rows\":%s,\"took\":%s,\"rt\":%s,\"recovery\":%s}"
                .formatted(
                        hours(series.backups().stream().map(Series.Point::finished)),
                        list(series.backups().stream().map(one -> digits(one.bytes()))),
                        list(series.backups().stream().map(one -> digits(one.rows()))),
                        list(series.backups().stream().map(one -> seconds(one.took()))),
                        hours(series.recoveries().stream().map(Series.Recovery::finished)),
                        list(series.recoveries().stream().map(one -> seconds(one.took()))));
    }

    private static String seconds(Duration length) {
        return length.toSeconds() > 0
                ? digits(length.toSeconds())
                : length.toMillis() / 1000.0 + "";
    }

    private static String digits(long figure) {
        var rounded = new BigDecimal(figure).round(DIGITS).stripTrailingZeros();
        return rounded.scale() > -2
                ? rounded.toPlainString()
                : rounded.unscaledValue() + "e" + -rounded.scale();
    }

    private static String hours(Stream<Instant> times) {
        var steps = new ArrayList<String>();
        var before = 0L;
        for (var hour : times.map(at -> at.getEpochSecond() / SECONDS_OF_HOUR).toList()) {
            steps.add(hour - before + "");
            before = hour;
        }
        return list(steps.stream());
    }

    private static String list(Stream<String> figures) {
        return figures.collect(Collectors.joining(",", "[", "]"));
    }

    // What is kept, and what is ready

    private static KeptView kept(DatabaseReport.Kept kept, Instant now) {
        return new KeptView(
                kept.rules().isEmpty()
                        ? "No rule says what is kept"
                        : "The profile keeps " + kept.rules(),
                Words.time(kept.decided()),
                TimeLine.of(kept.backups(), now),
                groups(kept.backups()));
    }

    private static List<Group> groups(List<RetentionNote.Backup> backups) {
        var groups = new LinkedHashMap<Reason, List<RetentionNote.Backup>>();
        for (var one : backups.reversed())
            groups.computeIfAbsent(Reason.of(one), _ -> new ArrayList<>()).add(one);
        return groups.entrySet().stream()
                .map(one ->
                        new Group(
                                one.getKey().verdict(),
                                one.getKey().words(),
                                Words.count(one.getValue().size()),
                                Words.day(one.getValue().getLast().finished()),
                                Words.day(one.getValue().getFirst().finished())))
                .toList();
    }

    /// Which rules, without the day or place that each backup stands for; those are in `report.json`.
    private record Reason(String verdict, String words) {
        static Reason of(RetentionNote.Backup one) {
            var rules =
                    one.reasons().stream()
                            .map(reason ->
                                    reason.replaceAll("^(daily|weekly|monthly|yearly) .*", "$1")
                                            .replaceAll("^last \\d+ of (\\d+).*", "last $1")
                                            .replaceAll(", finished .*", ""))
                            .toList();
            return new Reason(one.verdict(), String.join(", ", rules));
        }
    }

    private static Optional<ReadyView> ready(DatabaseReport one) {
        if (one.readiness().isEmpty()) return Optional.empty();
        var asked =
                one.readiness().stream()
                        .filter(line -> line.mark() != Readiness.Mark.NOT_ASKED)
                        .count();
        var ready =
                one.readiness().stream()
                        .filter(line -> line.mark() == Readiness.Mark.READY)
                        .count();
        return Optional.of(
                new ReadyView(
                        "%d of %d lines are ready".formatted(ready, asked),
                        one.readiness().stream()
                                .map(line ->
                                        new LineView(
                                                mark(line.mark()),
                                                capital(words(line.item())),
                                                line.evidence(),
                                                line.hint().orElse("")))
                                .toList()));
    }

    private static String words(String item) {
        return Stream.of(Readiness.Item.values())
                .filter(one -> one.word().equals(item))
                .map(Readiness.Item::words)
                .findFirst()
                .orElse(item);
    }

    private static PageView.Badge mark(Readiness.Mark mark) {
        return switch (mark) {
            case READY -> new PageView.Badge("good", "✓", "yes");
            case NOT_READY -> new PageView.Badge("bad", "✕", "no");
            case NOT_ASKED -> new PageView.Badge("calm", "–", "not asked");
            case UNKNOWN -> new PageView.Badge("calm", "?", "not known");
        };
    }
}
