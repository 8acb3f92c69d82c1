package io.pgvigil.cli;

import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.Hold;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.retention.AuditRecord;
import io.pgvigil.retention.PlanShape;
import io.pgvigil.retention.Retention;
import io.pgvigil.retention.RetentionRequested;
import io.pgvigil.retention.SizeAccepted;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
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
    @Mixin private Common common = new Common();

    @Override
    public Integer call() {
        return show(common, false, InstantSource.system());
    }

    private static Integer show(Common common, boolean beyondBudget, InstantSource clock) {
        var configuration = rules(common);
        var plan = open(common, configuration, clock).plan(beyondBudget);
        if (common.json()) System.out.println(Json.line(PlanShape.whole(plan)));
        else
            System.out.print(
                    new PlanPage(plan, configuration, common.filter(), common.stackName()).print());
        return ExitStatus.DONE.code();
    }

    /// In a further store its own rules count.
    private static Optional<Configuration> rules(Common common) {
        return common.configuration().map(known -> known.in(common.store()));
    }

    private static Retention open(
            Common common, Optional<Configuration> configuration, InstantSource clock) {
        return new Retention(
                Stores.open(common.store(), System.getenv()),
                ConfigurationSource.fixed(configuration),
                new ThisHost(),
                clock);
    }

    /// Looking happens here, with the rights of whoever looks. What changes a stack's store is done by
    /// its function, with the function's.
    private static <T> T done(
            Common common, RetentionRequested asked, Class<T> type, Supplier<T> here) {
        if (common.remote().isEmpty()) return here.get();
        var answer = common.remote().get().call("retention", Json.bytes(asked));
        return Json.read(answer, type, "the answer of retention");
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
                "--server and --database narrow what is shown, not what is decided."
            })
    static final class PlanCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();
        @Mixin private Budgeted budgeted = new Budgeted();

        @Override
        public Integer call() {
            return show(common, budgeted.beyondBudget, clock(budgeted.now));
        }
    }

    @Command(
            name = "apply",
            mixinStandardHelpOptions = true,
            description = {
                "Decide again and delete, if the plan is still the one that was shown.",
                "Exit code 1: it is not, and nothing was deleted."
            })
    static final class ApplyCommand implements Callable<Integer> {
        @Mixin private Common common = new Common();
        @Mixin private Budgeted budgeted = new Budgeted();

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
            var agreed = Optional.ofNullable(plan);
            var done =
                    done(
                            common,
                            RetentionRequested.apply(agreed, budgeted.beyondBudget),
                            AuditRecord.class,
                            () ->
                                    open(common, rules(common), clock(budgeted.now))
                                            .apply(agreed, budgeted.beyondBudget));
            if (common.json()) System.out.println(Json.line(done));
            else System.out.print(words(done));
            return ExitStatus.DONE.code();
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
                    "APPLIED plan %s: %d of %d backups deleted, %s%n"
                            .formatted(
                                    done.plan(),
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
                    Optional.empty());
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
                                    open(common, Optional.empty(), InstantSource.system())
                                            .hold(
                                                    backup,
                                                    common.filter(),
                                                    said.owner,
                                                    said.reason,
                                                    end));
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
                                    open(common, Optional.empty(), InstantSource.system())
                                            .release(
                                                    backup,
                                                    common.filter(),
                                                    said.owner,
                                                    said.reason));
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
                                    open(common, Optional.empty(), InstantSource.system())
                                            .accept(
                                                    backup,
                                                    common.filter(),
                                                    said.owner,
                                                    said.reason));
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
