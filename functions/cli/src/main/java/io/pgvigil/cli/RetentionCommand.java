package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.Hold;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.retention.AuditRecord;
import io.pgvigil.retention.Places;
import io.pgvigil.retention.Plan;
import io.pgvigil.retention.PlanShape;
import io.pgvigil.retention.Retention;
import io.pgvigil.retention.RetentionRequested;
import io.pgvigil.retention.SizeAccepted;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.FurtherStores;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "retention",
        mixinStandardHelpOptions = true,
        description = "Decide which backups may go, and why; delete them once somebody agreed.",
        subcommands = {
            RetentionCommand.PlanCommand.class,
            RetentionCommand.ApplyCommand.class,
            RetentionCommand.HoldCommand.class,
            RetentionCommand.ReleaseCommand.class,
            RetentionCommand.AcceptCommand.class
        })
final class RetentionCommand implements Callable<Integer> {
    private static final String ANSWER = "the answer of retention";

    @Mixin private Common common = new Common();

    @Override
    public Integer call() {
        return show(common, Optional.empty(), false, InstantSource.system());
    }

    /// Of the store and each further one, or of one of them.
    private static Integer show(
            Common common, Optional<StoreUri> in, boolean beyondBudget, InstantSource clock) {
        var configuration = rules(common);
        var places = open(common, configuration, clock);
        if (in.isPresent()) {
            var plan = places.at(in).plan(beyondBudget);
            if (common.json()) System.out.println(Json.line(PlanShape.whole(plan)));
            else System.out.print(page(common, configuration, plan));
            return ExitStatus.DONE.code();
        }
        var plans = places.everywhere(retention -> retention.plan(beyondBudget));
        var first = plans.getFirst().orThrow();
        var further = plans.subList(1, plans.size());
        if (common.json()) {
            var shape = PlanShape.whole(first);
            shape.put("copies", further.stream().map(one -> one.shape(PlanShape::whole)).toList());
            System.out.println(Json.line(shape));
        } else {
            System.out.print(page(common, configuration, first));
            for (var one : further) {
                System.out.println();
                System.out.print(
                        one.done()
                                .map(plan -> page(common, configuration, plan))
                                .orElseGet(() -> notDone(one)));
            }
        }
        return status(further);
    }

    private static String page(Common common, Optional<Configuration> configuration, Plan plan) {
        var store = StoreUri.parse(plan.store());
        return new PlanPage(
                        plan,
                        configuration.map(known -> known.in(store)),
                        common.filter(),
                        common.stackName(),
                        Optional.of(store).filter(place -> !place.equals(common.store())))
                .print();
    }

    private static String notDone(Places.Outcome<?> one) {
        return one.problem()
                .map(why ->
                        "NOTHING IS DONE IN %s: %s%n"
                                .formatted(
                                        one.store(), (why.getMessage() + "").replace("\n", "\n  ")))
                .orElse("");
    }

    private static int status(List<? extends Places.Outcome<?>> further) {
        return further.stream()
                .flatMap(one -> one.problem().stream())
                .findFirst()
                .map(problem -> problem.code().exitStatus())
                .orElse(ExitStatus.DONE)
                .code();
    }

    /// In a further store its own rules count.
    private static Optional<Configuration> rules(Common common) {
        return common.configuration().map(known -> known.in(common.store()));
    }

    private static Places open(
            Common common, Optional<Configuration> configuration, InstantSource clock) {
        return new Places(
                Stores.open(common.store(), System.getenv()),
                ConfigurationSource.fixed(configuration),
                new FurtherStores(System.getenv()),
                new ThisHost(),
                clock);
    }

    /// Looking happens here, with the rights of whoever looks. What changes a stack's store is done by
    /// its function, with the function's.
    private static <T> T done(
            Common common, RetentionRequested asked, Class<T> type, Supplier<T> here) {
        if (common.remote().isEmpty()) return here.get();
        return Json.read(answer(common.remote().get(), asked), type, ANSWER);
    }

    /// The page of a directory tells of it.
    private static void changed(Common common) {
        if (common.remote().isPresent()) return;
        LocalPage.of(
                        common.store(),
                        Stores.open(common.store(), System.getenv()),
                        common.configuration(),
                        remark -> System.err.println("note: " + remark))
                .run();
    }

    private static JsonNode answer(Remote remote, RetentionRequested asked) {
        return remote.call("retention", Json.bytes(asked));
    }

    /// One of the stores of the configuration.
    private static final class Where {
        @Option(
                names = "--in",
                paramLabel = "STORE",
                description =
                        "A further store, as copies: in a profile names it; default: the store itself.")
        private @Nullable String store;

        Optional<StoreUri> place() {
            return Optional.ofNullable(store).map(StoreUri::parse);
        }
    }

    private static InstantSource clock(@Nullable String now) {
        if (now == null) return InstantSource.system();
        var fixed = instant(now, "--now");
        return () -> fixed;
    }

    private static Instant instant(String text, String option) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    option + " '" + text + "' is no time",
                    "Write it in UTC, for example 2026-11-22T03:00:00Z.",
                    e);
        }
    }

    private static final class Budgeted {
        @Option(
                names = "--beyond-budget",
                description =
                        "Consent to more than a fifth (and more than five) of a database's backups"
                                + " in one run.")
        private boolean beyondBudget;

        @Option(
                names = "--now",
                paramLabel = "TIME",
                description = "Decide as if it were this time, in UTC: 2026-11-22T03:00:00Z.")
        private @Nullable String now;
    }

    @Command(
            name = "plan",
            mixinStandardHelpOptions = true,
            description = {
                "Show what would become of every backup, and why. Changes nothing.",
                "First of the store, then of each further one that profiles send copies to.",
                "--server and --database narrow what is shown, not what is decided."
            })
    static final class PlanCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();
        @Mixin private Budgeted budgeted = new Budgeted();
        @Mixin private Where where = new Where();

        @Override
        public Integer call() {
            return show(common, where.place(), budgeted.beyondBudget, clock(budgeted.now));
        }
    }

    @Command(
            name = "apply",
            mixinStandardHelpOptions = true,
            description = {
                "Decide again and delete, if the plan is still the one that was shown.",
                "--unattended does so in the store and in each further one.",
                "Exit code 1: it is not, and nothing was deleted."
            })
    static final class ApplyCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();
        @Mixin private Budgeted budgeted = new Budgeted();
        @Mixin private Where where = new Where();

        @Option(
                names = "--plan",
                paramLabel = "ID",
                description = "The plan that you agreed to, as pgvigil retention plan names it.")
        private @Nullable String plan;

        @Option(
                names = "--unattended",
                description = "Without a plan that somebody saw: for cron and systemd.")
        private boolean unattended;

        @Override
        public Integer call() {
            if ((plan == null) != unattended)
                throw new Problem(
                        ErrorCode.USAGE_INVALID,
                        "apply needs the plan that you agreed to, or --unattended",
                        "pgvigil retention plan shows it and its id; then apply --plan ID.");
            // Whatever the clock says the newest proof stays; but a slip should cost nothing at
            // all.
            if (budgeted.now != null
                    && (common.remote().isPresent()
                            || !(common.store() instanceof StoreUri.Directory)))
                throw new Problem(
                        ErrorCode.USAGE_INVALID,
                        "apply with --now is a simulation, and this is no directory",
                        "Use it on a directory, or leave --now out.");
            var done = unattended && where.place().isEmpty() ? everywhere() : List.of(only());
            var first = done.getFirst().orThrow();
            var further = done.subList(1, done.size());
            // A page of another time would be none.
            if (budgeted.now == null) changed(common);
            if (common.json()) {
                var shape = Json.members(first);
                shape.put("copies", further.stream().map(one -> one.shape(is -> is)).toList());
                System.out.println(Json.line(shape));
            } else
                for (var one : done)
                    System.out.print(one.done().map(ApplyCommand::words).orElse(notDone(one)));
            return status(further);
        }

        private Places.Outcome<AuditRecord> only() {
            var agreed = Optional.ofNullable(plan);
            var done =
                    done(
                            common,
                            RetentionRequested.apply(agreed, budgeted.beyondBudget, where.place()),
                            AuditRecord.class,
                            () -> here().at(where.place()).apply(agreed, budgeted.beyondBudget));
            return new Places.Outcome<>(
                    where.place().orElseGet(common::store), Optional.of(done), Optional.empty());
        }

        private List<Places.Outcome<AuditRecord>> everywhere() {
            if (common.remote().isEmpty())
                return here().everywhere(retention ->
                        retention.apply(Optional.empty(), budgeted.beyondBudget));
            var answer =
                    answer(
                            common.remote().get(),
                            RetentionRequested.apply(
                                    Optional.empty(), budgeted.beyondBudget, Optional.empty()));
            var done = new ArrayList<Places.Outcome<AuditRecord>>();
            done.add(outcome(common.store(), Optional.of(answer), Optional.empty()));
            for (var one : answer.path("copies"))
                done.add(
                        outcome(
                                StoreUri.parse(one.path("store").asText()),
                                Optional.ofNullable(one.get("done")),
                                Optional.ofNullable(one.get("failed"))));
            return done;
        }

        private static Places.Outcome<AuditRecord> outcome(
                StoreUri store, Optional<JsonNode> done, Optional<JsonNode> failed) {
            return new Places.Outcome<>(
                    store,
                    done.map(is -> Json.read(is, AuditRecord.class, ANSWER)),
                    failed.map(is -> Json.read(is, Failure.class, ANSWER).toProblem()));
        }

        private Places here() {
            return open(common, rules(common), clock(budgeted.now));
        }

        private static String words(AuditRecord done) {
            var text = new StringBuilder();
            done.stops()
                    .forEach(stop -> text.append("NOTHING DELETED OF ").append(stop).append('\n'));
            done.holes().forEach(hole -> text.append("cannot be read: ").append(hole).append('\n'));
            done.deletions().stream()
                    .filter(one -> !one.outcome().equals("deleted"))
                    .forEach(one ->
                            text.append("kept after all  ")
                                    .append(one.backup())
                                    .append("  ")
                                    .append(one.outcome())
                                    .append('\n'));
            var bytes =
                    done.deletions().stream()
                            .filter(one -> one.outcome().equals("deleted"))
                            .mapToLong(AuditRecord.Entry::bytes)
                            .sum();
            text.append(
                    "APPLIED plan %s%s: %d of %d backups deleted, %s%n"
                            .formatted(
                                    done.plan(),
                                    done.store().map(store -> " in " + store).orElse(""),
                                    done.deleted(),
                                    done.backupsBefore(),
                                    Screen.size(bytes)));
            done.moves().stream()
                    .filter(one -> !one.outcome().equals("told"))
                    .forEach(one ->
                            text.append(
                                    "not moved  %s  %s%n".formatted(one.backup(), one.outcome())));
            var moved = done.moves().stream().filter(one -> one.outcome().equals("told")).count();
            if (moved > 0)
                text.append(
                        "  %d backups were told to move to another storage class%n"
                                .formatted(moved));
            done.locks().stream()
                    .filter(one -> !one.outcome().equals(AuditRecord.Locked.LOCKED))
                    .forEach(one ->
                            text.append(
                                    "not locked %s  %s%n".formatted(one.backup(), one.outcome())));
            var locked =
                    done.locks().stream()
                            .filter(one -> one.outcome().equals(AuditRecord.Locked.LOCKED))
                            .count();
            if (locked > 0)
                text.append("  %d backups are locked, or locked for longer%n".formatted(locked));
            done.wal()
                    .forEach(log ->
                            text.append(
                                    "  log of %s: %d segments and %d parts %s%n"
                                            .formatted(
                                                    log.server(),
                                                    log.segments(),
                                                    log.parts(),
                                                    log.outcome())));
            if (!done.debris().isEmpty() || !done.abandoned().isEmpty())
                text.append(
                        "  and %d folders of failed runs, %d abandoned uploads%n"
                                .formatted(done.debris().size(), done.abandoned().size()));
            return text.toString();
        }
    }

    private static final class Said {
        @Option(
                names = "--owner",
                required = true,
                paramLabel = "WHO",
                description = "Who says so, to be asked later.")
        private String owner = "";

        @Option(names = "--reason", required = true, paramLabel = "WHY", description = "Why.")
        private String reason = "";

        @Mixin private Where where = new Where();

        RetentionRequested request(
                String action, String backup, Catalog.Filter filter, Optional<Instant> until) {
            return new RetentionRequested(
                    Optional.of(action),
                    Optional.empty(),
                    Optional.empty(),
                    filter.server(),
                    filter.database(),
                    Optional.of(backup),
                    Optional.of(owner),
                    Optional.of(reason),
                    until,
                    where.place(),
                    Optional.empty());
        }

        Retention here(Common common) {
            return open(common, rules(common), InstantSource.system()).at(where.place());
        }
    }

    @Command(
            name = "hold",
            mixinStandardHelpOptions = true,
            description = "Keep a backup, whatever the rules say, until it is released.")
    static final class HoldCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();
        @Mixin private Said said = new Said();

        @Parameters(paramLabel = "BACKUP", description = "An id, latest, or latest-proven.")
        private String backup = "";

        @Option(
                names = "--until",
                paramLabel = "TIME",
                description = "When it ends by itself, in UTC; otherwise it does not.")
        private @Nullable String until;

        @Override
        public Integer call() {
            var end = Optional.ofNullable(until).map(text -> instant(text, "--until"));
            var hold =
                    done(
                            common,
                            said.request("hold", backup, common.filter(), end),
                            Hold.class,
                            () ->
                                    said.here(common)
                                            .hold(
                                                    backup,
                                                    common.filter(),
                                                    said.owner,
                                                    said.reason,
                                                    end));
            changed(common);
            answer(common, hold, hold.backup() + " is " + hold);
            return ExitStatus.DONE.code();
        }
    }

    @Command(
            name = "release",
            mixinStandardHelpOptions = true,
            description = "End a hold; the rules decide again.")
    static final class ReleaseCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();
        @Mixin private Said said = new Said();

        @Parameters(paramLabel = "BACKUP", description = "An id, latest, or latest-proven.")
        private String backup = "";

        @Override
        public Integer call() {
            var hold =
                    done(
                            common,
                            said.request("release", backup, common.filter(), Optional.empty()),
                            Hold.class,
                            () ->
                                    said.here(common)
                                            .release(
                                                    backup,
                                                    common.filter(),
                                                    said.owner,
                                                    said.reason));
            changed(common);
            answer(common, hold, hold.backup() + " is released; it was " + hold);
            return ExitStatus.DONE.code();
        }
    }

    @Command(
            name = "accept",
            mixinStandardHelpOptions = true,
            description = {
                "Say that a backup which looks too small is right.",
                "Later ones are compared with it, and retention goes on."
            })
    static final class AcceptCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();
        @Mixin private Said said = new Said();

        @Parameters(paramLabel = "BACKUP", description = "An id, latest, or latest-proven.")
        private String backup = "";

        @Override
        public Integer call() {
            var accepted =
                    done(
                            common,
                            said.request("accept", backup, common.filter(), Optional.empty()),
                            SizeAccepted.class,
                            () ->
                                    said.here(common)
                                            .accept(
                                                    backup,
                                                    common.filter(),
                                                    said.owner,
                                                    said.reason));
            changed(common);
            answer(
                    common,
                    accepted,
                    "%s is right as it is, says %s: %s"
                            .formatted(accepted.backup(), accepted.owner(), accepted.reason()));
            return ExitStatus.DONE.code();
        }
    }

    private static void answer(Common common, Object said, String words) {
        System.out.println(common.json() ? Json.line(said) : words);
    }
}
