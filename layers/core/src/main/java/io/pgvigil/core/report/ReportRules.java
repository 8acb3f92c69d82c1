package io.pgvigil.core.report;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.Finding;
import io.pgvigil.core.watch.Readiness;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/// From what is known of a store to what its page says.
public final class ReportRules {
    /// Enough to begin with; the page shows all of them below.
    private static final int MOST_NAMED = 5;

    private static final Comparator<Place> BY_NAME =
            Comparator.comparing(Place::server).thenComparing(Place::database);

    private final ReportFacts facts;
    private final Instant now;

    private ReportRules(ReportFacts facts, Instant now) {
        this.facts = facts;
        this.now = now;
    }

    /// @param now as of when ages are told
    public static Report of(ReportFacts facts, Instant now) {
        return new ReportRules(facts, now).report();
    }

    private record Place(ServerName server, DatabaseName database) {}

    private Report report() {
        var databases =
                places().stream()
                        .map(place ->
                                new DatabaseRules(facts, place.server(), place.database(), now)
                                        .report())
                        .sorted(Comparator.comparing(DatabaseReport::protection).reversed())
                        .toList();
        return new Report(
                Report.FORMAT,
                now,
                facts.store(),
                facts.looked(),
                answer(databases),
                totals(databases),
                facts.findings().stream()
                        .sorted(Comparator.comparing(Finding::severity).reversed())
                        .map(ReportRules::found)
                        .toList(),
                databases,
                new RunningRules(facts.watched(), facts.progress(), now).running(),
                facts.retention().map(ReportRules::storage));
    }

    /// What is configured by name, and what there is a backup of.
    private SortedSet<Place> places() {
        var places = new TreeSet<Place>(BY_NAME);
        for (var one : facts.readiness()) places.add(new Place(one.server(), one.database()));
        for (var one : facts.watched().history().databases())
            if (one.newest().isPresent()) places.add(new Place(one.server(), one.database()));
        return places;
    }

    // The answer

    private Report.Answer answer(List<DatabaseReport> databases) {
        var counted = databases.stream().filter(this::counts).toList();
        if (counted.stream().allMatch(one -> one.protection() == Protection.NOT_PROTECTED))
            return new Report.Answer(
                    Protection.NOT_PROTECTED,
                    "Not protected: there is no backup of anything.",
                    List.of("The first one is made by pgvigil backup."));
        var bad = counted.stream().filter(one -> one.protection() != Protection.PROTECTED).toList();
        var everywhere =
                facts.findings().stream()
                        .filter(one -> one.severity() == Severity.CRITICAL)
                        .filter(one -> one.server().isEmpty())
                        .toList();
        var because = new ArrayList<String>();
        everywhere.forEach(one -> because.add(sentence(one.what())));
        bad.stream()
                .limit(MOST_NAMED)
                .forEach(one -> because.add(name(one) + ": " + sentence(one.why())));
        if (bad.size() > MOST_NAMED) because.add("And " + (bad.size() - MOST_NAMED) + " more.");
        if (because.isEmpty()) return well(counted);
        var worst =
                bad.stream()
                        .map(DatabaseReport::protection)
                        .max(Comparator.naturalOrder())
                        .orElse(Protection.AT_RISK);
        return new Report.Answer(worst, badly(counted, bad), because);
    }

    private Report.Answer well(List<DatabaseReport> all) {
        var because = new ArrayList<String>();
        if (all.stream().anyMatch(DatabaseReport::byService))
            because.add(
                    all.size() == 1
                            ? "RDS restored it in a drill, and every row could be read."
                            : "Each was restored in a drill, by RDS where it makes the backups.");
        else
            because.add(
                    all.size() == 1
                            ? "Its backup was restored and compared with what was backed up."
                            : "Each has a backup that was restored and compared with what was backed"
                                    + " up.");
        var warnings =
                facts.findings().stream().filter(one -> one.severity() == Severity.WARNING).count();
        if (warnings > 0)
            because.add(
                    warnings == 1
                            ? "One warning wants attention."
                            : warnings + " warnings want attention.");
        return new Report.Answer(
                Protection.PROTECTED,
                all.size() == 1
                        ? "Protected: " + name(all.getFirst()) + " can be restored."
                        : "Protected: all " + all.size() + " databases can be restored.",
                because);
    }

    private static String badly(List<DatabaseReport> all, List<DatabaseReport> bad) {
        if (bad.isEmpty()) return "At risk: something is wrong that concerns every database.";
        if (all.size() == 1)
            return "%s: %s."
                    .formatted(capital(bad.getFirst().protection().words()), name(bad.getFirst()));
        return "Not fully protected: %d of %d databases need attention."
                .formatted(bad.size(), all.size());
    }

    /// What nobody asks for any more is shown and does not decide; without a configuration all of it does.
    private boolean counts(DatabaseReport one) {
        return one.configured() || facts.readiness().isEmpty();
    }

    private static String name(DatabaseReport one) {
        return one.wholeServer()
                ? one.server() + " (the whole server)"
                : one.server() + "/" + one.database();
    }

    private static String sentence(String words) {
        return words.endsWith(".") ? words : words + ".";
    }

    private static String capital(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    // Sums

    private Report.Totals totals(List<DatabaseReport> all) {
        var counted = all.stream().filter(this::counts).toList();
        var there =
                facts.watched().history().databases().stream()
                        .map(DatabaseHistory::backups)
                        .flatMap(List::stream)
                        .filter(note -> note.there())
                        .toList();
        return new Report.Totals(
                counted.size(),
                (int)
                        counted.stream()
                                .filter(one -> one.protection() == Protection.PROTECTED)
                                .count(),
                there.size(),
                there.stream().mapToLong(note -> note.storedBytes()).sum(),
                longest(counted, DatabaseReport::loss),
                longest(counted, DatabaseReport::recovery),
                longest(counted, one -> one.proof().map(DatabaseReport.Proof::age)));
    }

    private static Optional<Report.Extreme> longest(
            List<DatabaseReport> all, Function<DatabaseReport, Optional<Duration>> length) {
        return all.stream()
                .flatMap(one ->
                        length
                                .apply(one)
                                .map(took -> new Report.Extreme(one.server(), one.database(), took))
                                .stream())
                .max(Comparator.comparing(Report.Extreme::length));
    }

    private static Report.Found found(Finding one) {
        return new Report.Found(
                one.kind().word(),
                one.severity().name(),
                one.server(),
                one.database(),
                one.since(),
                one.what(),
                one.hint());
    }

    private static Report.Storage storage(RetentionNote note) {
        var dollars = note.backups().stream().flatMap(one -> one.dollars().stream()).toList();
        return new Report.Storage(
                note.at(),
                note.backups().stream().mapToLong(RetentionNote.Backup::bytes).sum(),
                dollars.isEmpty()
                        ? Optional.empty()
                        : Optional.of(dollars.stream().mapToDouble(Double::doubleValue).sum()),
                note.classes(),
                note.prices());
    }

    static Stream<Finding> about(List<Finding> findings, ServerName server, DatabaseName database) {
        return findings.stream()
                .filter(one -> one.server().filter(server::equals).isPresent())
                .filter(one -> one.database().map(database::equals).orElse(true));
    }

    static List<DatabaseReport.ReadyLine> lines(Readiness one) {
        return one.lines().stream()
                .map(line ->
                        new DatabaseReport.ReadyLine(
                                line.item().word(), line.mark(), line.evidence(), line.hint()))
                .toList();
    }
}
