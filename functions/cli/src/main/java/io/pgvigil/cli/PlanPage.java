package io.pgvigil.cli;

import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.LockUntil;
import io.pgvigil.core.retention.Period;
import io.pgvigil.core.retention.Proof;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.retention.Money;
import io.pgvigil.retention.Plan;
import io.pgvigil.wire.Catalog;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A retention plan as a page that somebody can read and sign: what stops it first, then what it comes
/// to, then every backup with its verdict and reason.
final class PlanPage {
    private static final double LEAST_SHOWN = 0.005;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm");

    private final Plan plan;
    private final Optional<Configuration> configuration;
    private final Catalog.Filter filter;
    private final Optional<String> stack;
    private final Optional<StoreUri> further;
    private final Map<BackupRef, LockUntil> locks = new HashMap<>();
    private final StringBuilder text = new StringBuilder();

    /// @param stack the deployed stack whose store it is, when one was named
    /// @param further the further store that it is about
    PlanPage(
            Plan plan,
            Optional<Configuration> configuration,
            Catalog.Filter filter,
            Optional<String> stack,
            Optional<StoreUri> further) {
        this.stack = stack;
        this.further = further;
        this.plan = plan;
        plan.decision().locks().forEach(lock -> locks.put(lock.backup(), lock));
        this.configuration = configuration;
        this.filter = filter;
    }

    String print() {
        for (var stop : plan.decision().stops())
            line("NOTHING IS DELETED OF %s: %s", stop.lane(), stop.why());
        for (var hole : plan.holes()) line("cannot be read: %s", hole.what());
        for (var note : plan.notes()) line("NOTE %s", note);
        line(
                "PLAN %s  %s  as of %s%s",
                plan.id(),
                plan.store(),
                time(plan.now(), ZoneOffset.UTC),
                plan.beyondBudget() ? "  beyond the budget of one run" : "");
        line("");
        sums();
        plan.sums().keySet().stream().filter(this::shown).forEach(this::backups);
        log();
        leftovers();
        line("");
        line(
                plan.changesNothing()
                        ? "Nothing is to be done."
                        : "Agreed? pgvigil retention apply --plan %s%s%s%s",
                plan.id(),
                plan.beyondBudget() ? " --beyond-budget" : "",
                further.map(place -> " --in " + place).orElse(""),
                stack.map(name -> " --stack " + name).orElse(""));
        return text.toString();
    }

    private boolean shown(Lane lane) {
        return filter.server().map(lane.server()::equals).orElse(true)
                && filter.database().map(lane.database()::equals).orElse(true);
    }

    private void sums() {
        var priced = !plan.classes().isEmpty();
        var table =
                priced
                        ? new Table(
                                "lrrrrrrl",
                                "DATABASE",
                                "BACKUPS",
                                "AFTER",
                                "STORED",
                                "AFTER",
                                "$/MONTH",
                                "AFTER",
                                "KEEP")
                        : new Table(
                                "lrrrrl",
                                "DATABASE",
                                "BACKUPS",
                                "AFTER",
                                "STORED",
                                "AFTER",
                                "KEEP");
        plan.sums()
                .forEach((lane, sum) -> {
                    if (shown(lane)) table.row(sum(lane + "", sum, priced, keep(lane)));
                });
        text.append(table.print());
        if (priced) money();
        else line("There are no storage classes here: a tier is shown, and moves nothing.");
    }

    private static String[] sum(String name, Plan.Sum sum, boolean priced, String last) {
        var cells = new ArrayList<String>();
        cells.add(name);
        cells.add(sum.backups() + "");
        cells.add(sum.backupsAfter() + "");
        cells.add(Screen.size(sum.bytes()));
        cells.add(Screen.size(sum.bytesAfter()));
        if (priced) {
            cells.add(sum.money().map(money -> dollars(money.now())).orElse("-"));
            cells.add(sum.money().map(money -> dollars(money.after())).orElse("-"));
        }
        cells.add(last);
        return cells.toArray(String[]::new);
    }

    /// Of the whole store: what is shown of it may be one database.
    private void money() {
        line("");
        var tiers =
                new Table(
                        "lrrrrrrl",
                        "TIER",
                        "BACKUPS",
                        "AFTER",
                        "STORED",
                        "AFTER",
                        "$/MONTH",
                        "AFTER",
                        "");
        plan.tiers().forEach((tier, sum) -> tiers.row(sum(tier, sum, true, "")));
        text.append(tiers.print());
        line("");
        var classes = new Table("lrrrr", "STORAGE CLASS", "STORED", "AFTER", "$/MONTH", "AFTER");
        plan.classes()
                .forEach((in, sum) ->
                        classes.row(
                                in.name(),
                                Screen.size(sum.bytes()),
                                Screen.size(sum.bytesAfter()),
                                dollars(sum.dollars()),
                                dollars(sum.dollarsAfter())));
        text.append(classes.print());
        var early =
                plan.sums().values().stream()
                        .flatMap(sum -> sum.money().stream())
                        .mapToDouble(money -> money.early())
                        .sum();
        if (early >= LEAST_SHOWN)
            line("%s once, for what leaves its class before its least time", dollars(early));
        line(
                "Storage only, at list prices of %s of %s.%s",
                Money.PRICES.region(),
                Money.PRICES.asOf(),
                plan.undoDays()
                        .map(days ->
                                " What is deleted can be brought back for %d days, and is paid for as long."
                                        .formatted(days))
                        .orElse(""));
    }

    private static String dollars(double amount) {
        return String.format(Locale.ROOT, "%.2f", amount);
    }

    private void backups(Lane lane) {
        line("");
        var zone = zone(lane);
        var table =
                new Table(
                        "llrrlll",
                        lane + "",
                        "FINISHED (" + zone + ")",
                        "STORED",
                        plan.classes().isEmpty() ? "" : "$/MONTH",
                        "TIER",
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
                    plan.money(one).map(money -> dollars(money.now())).orElse(""),
                    one.tier().map(Period::word).orElse("-"),
                    proof(one.backup().proof()),
                    word(one.verdict()) + one.verdict().why() + onItsWay(one) + lock(one));
        text.append(table.print());
    }

    private void log() {
        var shown =
                plan.wal().stream()
                        .filter(one -> filter.server().map(one.log().server()::equals).orElse(true))
                        .toList();
        if (shown.isEmpty()) return;
        line("");
        var table =
                new Table(
                        "lrrrrrl",
                        "HARVESTED LOG",
                        "SEGMENTS",
                        "GO",
                        "PARTS GO",
                        "STORED",
                        "AFTER",
                        "STAYS");
        for (var one : shown)
            table.row(
                    one.log().server() + " " + one.log().system(),
                    String.format(Locale.ROOT, "%,d", one.log().segments()),
                    String.format(Locale.ROOT, "%,d", one.segments()),
                    one.superseded().size() + "",
                    Screen.size(one.log().bytes()),
                    Screen.size(one.log().bytes() - one.bytes()),
                    one.from().map(from -> "from " + from + ": ").orElse("all: ") + one.why());
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

    /// Told by an earlier run, and not moved yet: S3 takes a day or two, to Standard-IA thirty.
    private static String onItsWay(Decision.Decided one) {
        return one.backup()
                .storage()
                .assigned()
                .filter(told -> told.to().colderThan(one.backup().storage().warmest()))
                .map(told -> "; on its way to " + told.to())
                .orElse("");
    }

    private String lock(Decision.Decided one) {
        return Optional.ofNullable(locks.get(one.backup().ref()))
                .map(lock -> "; lock until " + time(lock.until(), ZoneOffset.UTC).substring(0, 10))
                .orElse("");
    }

    private static String word(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Keep _ -> "keep     ";
            case Verdict.Move _ -> "move     ";
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
