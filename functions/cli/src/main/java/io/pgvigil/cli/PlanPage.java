package io.pgvigil.cli;

import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.Proof;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.retention.Plan;
import io.pgvigil.wire.Catalog;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;

/// A retention plan as a page that somebody can read and sign: what stops it first, then what it comes
/// to, then every backup with its verdict and reason.
final class PlanPage {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm");

    private final Plan plan;
    private final Optional<Configuration> configuration;
    private final Catalog.Filter filter;
    private final Optional<String> stack;
    private final StringBuilder text = new StringBuilder();

    /// @param stack the deployed stack whose store it is, when one was named
    PlanPage(
            Plan plan,
            Optional<Configuration> configuration,
            Catalog.Filter filter,
            Optional<String> stack) {
        this.stack = stack;
        this.plan = plan;
        this.configuration = configuration;
        this.filter = filter;
    }

    String print() {
        for (var stop : plan.decision().stops())
            line("NOTHING IS DELETED OF %s: %s", stop.lane(), stop.why());
        for (var hole : plan.holes()) line("cannot be read: %s", hole.what());
        line(
                "PLAN %s  %s  as of %s%s",
                plan.id(),
                plan.store(),
                time(plan.now(), ZoneOffset.UTC),
                plan.beyondBudget() ? "  beyond the budget of one run" : "");
        line("");
        sums();
        plan.sums().keySet().stream().filter(this::shown).forEach(this::backups);
        leftovers();
        line("");
        line(
                plan.changesNothing()
                        ? "Nothing is to be done."
                        : "Agreed? pgvigil retention apply --plan %s%s%s",
                plan.id(),
                plan.beyondBudget() ? " --beyond-budget" : "",
                stack.map(name -> " --stack " + name).orElse(""));
        return text.toString();
    }

    private boolean shown(Lane lane) {
        return filter.server().map(lane.server()::equals).orElse(true)
                && filter.database().map(lane.database()::equals).orElse(true);
    }

    private void sums() {
        var table = new Table("lrrrrl", "DATABASE", "BACKUPS", "AFTER", "STORED", "AFTER", "KEEP");
        plan.sums()
                .forEach((lane, sum) -> {
                    if (shown(lane))
                        table.row(
                                lane + "",
                                sum.backups() + "",
                                sum.backupsAfter() + "",
                                Screen.size(sum.bytes()),
                                Screen.size(sum.bytesAfter()),
                                keep(lane));
                });
        text.append(table.print());
    }

    private void backups(Lane lane) {
        line("");
        var zone = zone(lane);
        var table =
                new Table(
                        "llrll",
                        lane + "",
                        "FINISHED (" + zone + ")",
                        "STORED",
                        "PROOF",
                        "VERDICT AND REASON");
        var rows = new ArrayList<Decision.Decided>();
        for (var one : plan.decision().verdicts())
            if (one.backup().lane().equals(lane)) rows.add(one);
        for (var one : rows)
            table.row(
                    one.backup().ref().backup().value(),
                    time(one.backup().finished(), zone),
                    Screen.size(one.backup().bytes()),
                    proof(one.backup().proof()),
                    word(one.verdict()) + one.verdict().why());
        text.append(table.print());
    }

    private void leftovers() {
        if (plan.debris().isEmpty() && plan.abandoned().isEmpty() && plan.finishing().isEmpty())
            return;
        line("");
        for (var debris : plan.debris())
            line(
                    "%s  %s  %d objects, %s: %s",
                    debris.goes() ? "DELETE debris" : "leave        ",
                    debris.folder(),
                    debris.objects(),
                    Screen.size(debris.bytes()),
                    debris.why());
        for (var upload : plan.abandoned())
            line("END upload     %s: nobody will complete it", upload);
        for (var backup : plan.finishing())
            line("FINISH         %s: an earlier run began to delete it", backup);
    }

    private static String word(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Keep _ -> "keep     ";
            case Verdict.Expire _ -> "DELETE   ";
            case Verdict.Blocked _ -> "blocked  ";
        };
    }

    private static String proof(Proof proof) {
        return switch (proof) {
            case PROVEN -> "proven";
            case FAILED -> "FAILED";
            case UNTRIED -> "-";
        };
    }

    private ZoneId zone(Lane lane) {
        return configuration
                .flatMap(all -> all.server(lane.server()))
                .map(server -> server.policy().zone())
                .orElse(ZoneOffset.UTC);
    }

    private String keep(Lane lane) {
        return configuration
                .flatMap(all -> all.server(lane.server()))
                .map(server -> words(server.policy().keep()))
                .orElse("not configured: everything stays");
    }

    private static String words(Keep keep) {
        return keep.keepsNothing() ? "no rule: everything stays" : keep.words();
    }

    private static String time(Instant time, ZoneId zone) {
        return TIME.format(time.atZone(zone)) + (zone.equals(ZoneOffset.UTC) ? " UTC" : "");
    }

    private void line(String format, Object... arguments) {
        text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
