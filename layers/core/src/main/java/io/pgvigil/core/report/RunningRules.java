package io.pgvigil.core.report;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Pace;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunProgress;
import io.pgvigil.core.watch.BackupNote;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.WatchFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What is under way, and how long its like took before.
final class RunningRules {
    /// So many of the newest say what is usual.
    private static final int USUAL_LENGTH = 7;

    private final WatchFacts facts;
    private final Map<RunId, RunProgress> told;
    private final Instant now;

    /// @param told how far tasks said they are
    RunningRules(WatchFacts facts, List<RunProgress> told, Instant now) {
        this.facts = facts;
        this.told = told.stream().collect(Collectors.toMap(RunProgress::run, Function.identity()));
        this.now = now;
    }

    List<Report.Running> running() {
        return facts.open().stream()
                .filter(run -> !run.state().ended())
                .map(run ->
                        new Report.Running(
                                run.run(),
                                run.order().server(),
                                about(run),
                                run.order().verb(),
                                run.state().name(),
                                run.asked(),
                                run.started(),
                                usual(run),
                                pace(run)))
                .sorted(
                        Comparator.comparing(Report.Running::asked)
                                .thenComparing(one -> one.run().value()))
                .toList();
    }

    private Optional<Pace> pace(Run run) {
        return Optional.ofNullable(told.get(run.run()))
                .map(progress -> Pace.of(progress, before(run, progress), now));
    }

    /// What the last dump of the database at work was.
    private Optional<Long> before(Run run, RunProgress progress) {
        if (!(run.order() instanceof Order.Backup) || !progress.stage().equals("dump"))
            return Optional.empty();
        return facts.history().of(run.order().server()).stream()
                .filter(one -> one.database().value().equals(progress.detail()))
                .flatMap(one -> one.newest().stream())
                .map(BackupNote::archiveBytes)
                .findFirst();
    }

    private static List<DatabaseName> about(Run run) {
        return switch (run.order()) {
            case Order.Backup order -> order.databases();
            case Order.Drill order -> List.of(order.database());
            case Order.Restore order -> List.of(order.database());
            case Order.Copy order -> List.of(order.database());
            case Order.Physical _, Order.Recover _, Order.PointInTime _, Order.ManagedDrill _ ->
                    List.of(DatabaseName.CLUSTER);
            case Order.Harvest _ -> List.of();
        };
    }

    /// Databases of one run are dumped one after the other.
    private Optional<Duration> usual(Run run) {
        var histories =
                facts.history().of(run.order().server()).stream()
                        .filter(one ->
                                about(run).isEmpty()
                                        ? !one.database().equals(DatabaseName.CLUSTER)
                                        : about(run).contains(one.database()))
                        .toList();
        return switch (run.order()) {
            case Order.Backup _, Order.Physical _ ->
                    histories.stream().flatMap(RunningRules::backups).reduce(Duration::plus);
            case Order.Drill _, Order.ManagedDrill _ ->
                    histories.stream().flatMap(RunningRules::drills).reduce(Duration::plus);
            case Order.Restore _,
                    Order.Recover _,
                    Order.PointInTime _,
                    Order.Harvest _,
                    Order.Copy _ ->
                    Optional.empty();
        };
    }

    private static Stream<Duration> backups(DatabaseHistory history) {
        return median(history.backups().stream().map(BackupNote::took).toList()).stream();
    }

    private static Stream<Duration> drills(DatabaseHistory history) {
        return median(
                history.drills().stream()
                        .map(note -> Duration.between(note.started(), note.finished()))
                        .toList())
                .stream();
    }

    private static Optional<Duration> median(List<Duration> took) {
        var last = took.subList(Math.max(0, took.size() - USUAL_LENGTH), took.size());
        return last.isEmpty()
                ? Optional.empty()
                : Optional.of(last.stream().sorted().toList().get(last.size() / 2));
    }
}
