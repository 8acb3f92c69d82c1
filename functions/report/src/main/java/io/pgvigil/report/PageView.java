package io.pgvigil.report;

import io.pgvigil.core.report.DatabaseReport;
import io.pgvigil.core.report.Protection;
import io.pgvigil.core.report.Report;
import io.pgvigil.core.run.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A report as the template wants it: every figure is words already, every decision about what is shown is
/// made. Nothing here is escaped; the template does that.
record PageView(
        String title,
        Badge badge,
        String headline,
        List<String> because,
        String at,
        String looked,
        String store,
        List<Tile> tiles,
        Optional<FindingList> findings,
        Optional<RunningList> running,
        Optional<Overview> overview,
        List<DatabaseView> databases,
        Optional<StorageView> storage,
        Assets assets) {

    /// A sign and a word, because colour alone says nothing to many.
    record Badge(String kind, String sign, String words) {
        static Badge of(Protection protection) {
            return switch (protection) {
                case PROTECTED -> new Badge("good", "✓", "protected");
                case AT_RISK -> new Badge("warn", "!", "at risk");
                case NOT_PROTECTED -> new Badge("bad", "✕", "not protected");
            };
        }
    }

    record Tile(String question, String answer, String note) {}

    record FindingList(String count, List<FoundView> list) {}

    record FoundView(
            Badge badge, String place, String code, String since, String what, String hint) {}

    record RunningList(List<RunningView> list) {}

    record RunningView(
            String what, String place, String state, String since, String usual, String pace) {}

    record Overview(List<RowView> rows) {}

    record RowView(
            String id,
            String name,
            Badge badge,
            String newest,
            String loss,
            String promisedLoss,
            boolean lossTooLarge,
            String recovery,
            String promisedRecovery,
            boolean recoveryTooLong,
            String proof) {}

    record StorageView(
            String decided, String bytes, String dollars, List<ClassRow> classes, String prices) {}

    record ClassRow(String name, String bytes, String dollars) {}

    /// What the page carries so that it asks nobody for anything.
    record Assets(
            String css,
            String chartCss,
            String chartScript,
            String script,
            String license,
            String policy) {}

    static PageView of(Report report, Assets assets) {
        var names = new ArrayList<RowView>();
        var databases = new ArrayList<DatabaseView>();
        for (var one : report.databases()) {
            var id = "d" + (databases.size() + 1);
            names.add(row(id, one));
            databases.add(DatabaseView.of(id, one, report.databases().size() == 1, report.at()));
        }
        return new PageView(
                report.answer().headline(),
                Badge.of(report.answer().protection()),
                report.answer().headline(),
                report.answer().because(),
                Words.time(report.at()),
                report.looked()
                        .map(at -> "Watched last at " + Words.time(at) + ".")
                        .orElse("Nobody watches it yet."),
                report.store(),
                tiles(report),
                findings(report),
                running(report),
                Optional.of(new Overview(names)).filter(all -> !all.rows().isEmpty()),
                databases,
                report.storage().map(PageView::storage),
                assets);
    }

    static String name(DatabaseReport one) {
        return one.wholeServer()
                ? one.server() + " (whole server)"
                : one.server() + "/" + one.database();
    }

    // The figures on top

    private static List<Tile> tiles(Report report) {
        var totals = report.totals();
        var many = totals.databases() > 1;
        return List.of(
                new Tile(
                        "What could be lost now?",
                        totals.loss().map(one -> Words.span(one.length())).orElse("everything"),
                        totals.loss()
                                .map(one -> "of work" + (many ? ", at most: " + place(one) : ""))
                                .orElse("there is no backup")),
                new Tile(
                        "How long would recovery take?",
                        totals.recovery().map(one -> Words.span(one.length())).orElse("not known"),
                        totals.recovery()
                                .map(one ->
                                        "measured by the last proof"
                                                + (many ? ", slowest: " + place(one) : ""))
                                .orElse("no drill has measured it")),
                new Tile(
                        "When was that last proven?",
                        totals.oldestProof()
                                .map(one -> Words.span(one.length()) + " ago")
                                .orElse("never"),
                        totals.oldestProof()
                                .map(one ->
                                        "by restoring and comparing"
                                                + (many ? ", oldest: " + place(one) : ""))
                                .orElse("no backup was ever restored")),
                new Tile(
                        "What is kept?",
                        Words.bytes(totals.bytes()),
                        Words.plural(totals.backups(), "backup")
                                + report.storage()
                                        .flatMap(Report.Storage::dollars)
                                        .map(sum -> ", " + Words.dollars(sum) + " a month")
                                        .orElse("")));
    }

    private static String place(Report.Extreme one) {
        return one.server() + "/" + one.database();
    }

    // Lists

    private static Optional<FindingList> findings(Report report) {
        if (report.findings().isEmpty()) return Optional.empty();
        return Optional.of(
                new FindingList(
                        Words.plural(report.findings().size(), "finding"),
                        report.findings().stream()
                                .map(one ->
                                        new FoundView(
                                                severity(one.severity()),
                                                one.server()
                                                        .map(server ->
                                                                one.database()
                                                                        .map(base ->
                                                                                server + "/" + base)
                                                                        .orElse(server + ""))
                                                        .orElse("everything"),
                                                one.finding(),
                                                Words.span(since(one, report)),
                                                one.what(),
                                                one.hint()))
                                .toList()));
    }

    private static Duration since(Report.Found one, Report report) {
        var age = Duration.between(one.since(), report.at());
        return age.isNegative() ? Duration.ZERO : age;
    }

    private static Badge severity(String severity) {
        return switch (severity) {
            case "CRITICAL" -> new Badge("bad", "✕", "critical");
            case "WARNING" -> new Badge("warn", "!", "warning");
            default -> new Badge("calm", "i", "note");
        };
    }

    private static Optional<RunningList> running(Report report) {
        if (report.running().isEmpty()) return Optional.empty();
        return Optional.of(
                new RunningList(
                        report.running().stream()
                                .map(one ->
                                        new RunningView(
                                                one.work(),
                                                one.about().isEmpty()
                                                        ? one.server() + ""
                                                        : one.server()
                                                                + "/"
                                                                + String.join(
                                                                        ", ",
                                                                        one.about().stream()
                                                                                .map(base ->
                                                                                        base + "")
                                                                                .toList()),
                                                one.state().toLowerCase(Locale.ROOT),
                                                Words.span(
                                                        Duration.between(
                                                                one.started().orElse(one.asked()),
                                                                report.at())),
                                                one.usual().map(Words::span).orElse("not known"),
                                                one.pace().map(PageView::words).orElse("")))
                                .toList()));
    }

    private static String words(Pace pace) {
        var left = pace.left().map(time -> ", about " + Words.span(time) + " left");
        var stale = pace.stale().map(time -> "; nothing was heard of it for " + Words.span(time));
        return pace.words() + left.orElse("") + stale.orElse("");
    }

    private static RowView row(String id, DatabaseReport one) {
        var rpo = one.promised().rpo();
        var rto = one.promised().rto();
        return new RowView(
                id,
                name(one),
                Badge.of(one.protection()),
                one.newest()
                        .map(made -> Words.span(made.age()) + " ago")
                        .orElse(one.byService() ? "by RDS" : "none"),
                one.loss().map(Words::span).orElse("everything"),
                rpo.map(Words::span).map(most -> "promised: " + most).orElse(""),
                beyond(one.loss(), rpo),
                one.recovery().map(Words::span).orElse("not known"),
                rto.map(Words::span).map(most -> "promised: " + most).orElse(""),
                beyond(one.recovery(), rto),
                one.proof().map(proof -> Words.span(proof.age()) + " ago").orElse("never"));
    }

    static boolean beyond(Optional<Duration> is, Optional<Duration> promised) {
        return promised.isPresent()
                && is.filter(length -> length.compareTo(promised.get()) > 0).isPresent();
    }

    private static StorageView storage(Report.Storage one) {
        return new StorageView(
                Words.time(one.decided()),
                Words.bytes(one.bytes()),
                one.dollars().map(Words::dollars).orElse(""),
                one.classes().stream()
                        .map(in ->
                                new ClassRow(
                                        in.name(),
                                        Words.bytes(in.bytes()),
                                        Words.dollars(in.dollars())))
                        .toList(),
                one.prices()
                        .map(list ->
                                "By the list prices of %s of %s; requests, transfer and log are not in it."
                                        .formatted(list.region(), list.asOf()))
                        .orElse("A directory has no storage classes and no price."));
    }
}
