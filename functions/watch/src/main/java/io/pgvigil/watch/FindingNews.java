package io.pgvigil.watch;

import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.watch.Change;
import io.pgvigil.core.watch.Finding;
import io.pgvigil.core.watch.FindingKind;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/// Changes in words. Many of one kind are told at once: when a scheduler is silent, fifty databases are
/// late for one reason, and nobody reads fifty mails.
record FindingNews(Announcement announcement, List<Change> changes) {
    /// So many of one kind still get an announcement each.
    private static final int SINGLE = 3;

    private static final int MOST_LINES = 60;

    private record Sort(Change.Kind change, FindingKind kind) {}

    /// In the order in which they were found.
    static List<FindingNews> of(List<Change> changes) {
        var sorts = new LinkedHashMap<Sort, List<Change>>();
        for (var change : changes)
            sorts.computeIfAbsent(
                            new Sort(change.kind(), change.standing().finding().kind()),
                            _ -> new ArrayList<>())
                    .add(change);
        var news = new ArrayList<FindingNews>();
        sorts.forEach((sort, all) -> {
            if (all.size() > SINGLE) news.add(many(sort, all));
            else all.forEach(change -> news.add(one(change)));
        });
        return List.copyOf(news);
    }

    static String word(Change.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static FindingNews one(Change change) {
        var finding = change.standing().finding();
        var details = new LinkedHashMap<String, String>();
        details.put("finding", finding.kind().word());
        details.put("severity", severity(finding));
        finding.server().ifPresent(server -> details.put("server", server.value()));
        finding.database().ifPresent(database -> details.put("database", database.value()));
        if (!finding.about().isEmpty()) details.put("about", finding.about());
        details.put("since", finding.since() + "");
        details.put("what", finding.what());
        details.put("hint", finding.hint());
        return new FindingNews(
                new Announcement(
                        "finding." + word(change.kind()),
                        change.kind() == Change.Kind.CLEARED ? Severity.INFO : finding.severity(),
                        finding.key(),
                        headline(
                                prefix(change.kind())
                                        + finding.kind().word()
                                        + ": "
                                        + finding.place()),
                        text(change),
                        details,
                        change.at()),
                List.of(change));
    }

    private static FindingNews many(Sort sort, List<Change> all) {
        var worst =
                all.stream()
                        .map(change -> change.standing().finding().severity())
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
        var text = new StringBuilder();
        for (var change : all.subList(0, Math.min(MOST_LINES, all.size()))) {
            var finding = change.standing().finding();
            text.append("  ").append(finding.place()).append("\n    ");
            text.append(finding.what()).append('\n');
        }
        if (all.size() > MOST_LINES)
            text.append("  and ").append(all.size() - MOST_LINES).append(" more\n");
        if (sort.change() != Change.Kind.CLEARED)
            text.append('\n').append(all.getFirst().standing().finding().hint()).append('\n');
        var details = new LinkedHashMap<String, String>();
        details.put("finding", sort.kind().word());
        details.put("severity", worst.name().toLowerCase(Locale.ROOT));
        details.put("count", all.size() + "");
        details.put(
                "places",
                String.join(
                        ", ",
                        all.stream()
                                .map(change -> change.standing().finding().place())
                                .limit(MOST_LINES)
                                .toList()));
        return new FindingNews(
                new Announcement(
                        "finding." + word(sort.change()),
                        sort.change() == Change.Kind.CLEARED ? Severity.INFO : worst,
                        sort.kind().word() + " (" + all.size() + ")",
                        headline(
                                prefix(sort.change())
                                        + sort.kind().word()
                                        + ": "
                                        + all.size()
                                        + " at once"),
                        text.toString(),
                        details,
                        all.getFirst().at()),
                all);
    }

    private static String prefix(Change.Kind kind) {
        return switch (kind) {
            case RAISED -> "";
            case ESCALATED -> "Still ";
            case CLEARED -> "Cleared ";
        };
    }

    private static String text(Change change) {
        var finding = change.standing().finding();
        return switch (change.kind()) {
            case RAISED -> finding.what() + "\n\n" + finding.hint() + "\n";
            case ESCALATED ->
                    finding.what()
                            + "\n\nThis was found at "
                            + seconds(change.standing().first())
                            + " and has not ended.\n\n"
                            + finding.hint()
                            + "\n";
            case CLEARED ->
                    "It has ended. It was found at "
                            + seconds(change.standing().first())
                            + ":\n\n"
                            + finding.what()
                            + "\n";
        };
    }

    private static Instant seconds(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS);
    }

    private static String severity(Finding finding) {
        return finding.severity().name().toLowerCase(Locale.ROOT);
    }

    /// A mail's subject: ASCII, and not too long.
    private static String headline(String text) {
        var plain = text.replaceAll("[^\\x20-\\x7E]", "?");
        return plain.length() <= Announcement.LONGEST_HEADLINE
                ? plain
                : plain.substring(0, Announcement.LONGEST_HEADLINE - 3) + "...";
    }
}
