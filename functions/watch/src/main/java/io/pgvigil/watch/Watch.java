package io.pgvigil.watch;

import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.managed.ManagedServices;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.LockRules;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.Sweeper;
import io.pgvigil.core.run.TaskSight;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.core.watch.ChannelsTested;
import io.pgvigil.core.watch.WatchFacts;
import io.pgvigil.core.watch.WatchRules;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Emf;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Ping;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Looks at every open run and brings it on: the news of a task's end may be lost, and whoever was to
/// start, close or announce a run may have died.
///
/// Then it looks for what is missing; see [Findings].
public final class Watch {
    // Whoever recorded a run to start it at once does so within a second.
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    /// A store that does not answer need not be asked every time.
    private static final Duration COPY_PAUSE = Duration.ofHours(6);

    private static final int COPY_TRIES = 2;

    private final Flow flow;
    private final Sweeper sweeper;
    private final ConfigurationSource configuration;
    private final ManagedServices services;
    private final Findings findings;
    private final Ping ping;

    public Watch(Flow flow, Sweeper sweeper, ConfigurationSource configuration, Findings findings) {
        this(flow, sweeper, configuration, ManagedServices.NONE, findings, Ping.NONE);
    }

    /// @param services asked about servers of the configuration that a service runs
    /// @param ping who hears of each look that came to its end
    public Watch(
            Flow flow,
            Sweeper sweeper,
            ConfigurationSource configuration,
            ManagedServices services,
            Findings findings,
            Ping ping) {
        this.flow = flow;
        this.sweeper = sweeper;
        this.configuration = configuration;
        this.services = services;
        this.findings = findings;
        this.ping = ping;
    }

    /// Orders copies of one backup now, whatever is there already.
    CopyOrders.Ordered copy(WatchRequested.Copy asked, String nonce) {
        return new CopyOrders(flow, configuration).order(asked, nonce);
    }

    public ChannelsTested testChannels() {
        return new ChannelTest(flow.store(), flow.announcements(), flow.clock()).send();
    }

    /// What a look found and did.
    ///
    /// @param open runs that were open when it began
    /// @param queued runs that still wait
    /// @param closed runs whose task had ended without anybody closing them
    /// @param announced runs that had ended and were not announced
    /// @param started runs that have a task now
    /// @param swept what was removed
    /// @param managed servers whose copies and harvests a service makes, and whether it does
    /// @param problems what could not be done now; the next look tries again
    /// @param findings what is not as it should be
    /// @param told what was announced of it
    public record Report(
            int open,
            int queued,
            List<RunId> closed,
            List<RunId> announced,
            List<RunId> started,
            List<String> swept,
            List<ManagedWatch.Finding> managed,
            List<Trouble> problems,
            List<FindingShape> findings,
            List<String> told) {}

    public record Trouble(Optional<RunId> run, String code, String what, String hint) {}

    public Report look() {
        var open = flow.runs().open();
        var report =
                new Report(
                        open.size(),
                        0,
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>());
        for (var one : open)
            attempt(Optional.of(one.marker().run()), report, () -> look(one, report));

        // Read again: what was closed above made room, and what was recovered waits now.
        var left = open.isEmpty() ? List.<Runs.Open>of() : flow.runs().open();
        attempt(
                Optional.empty(),
                report,
                () -> report.started().addAll(flow.dispatcher().dispatchAll(left)));
        var queued =
                (int) waiting(left).filter(run -> !report.started().contains(run.run())).count();
        var metrics = new ArrayList<>(List.of(Emf.Metric.count("QueuedRuns", queued)));
        // After the runs: what was closed above is in the catalogue now.
        attempt(Optional.empty(), report, () -> judge(report, metrics));
        // Last, because a cold start is still loading the client of RDS.
        attempt(Optional.empty(), report, () -> sweep(report, metrics));
        flow.metrics().put(flow.clock().instant(), Optional.empty(), metrics);
        return new Report(
                report.open(),
                queued,
                report.closed(),
                report.announced(),
                report.started(),
                report.swept(),
                report.managed(),
                report.problems(),
                report.findings(),
                report.told());
    }

    private void judge(Report report, List<Emf.Metric> metrics) {
        var known = configuration.current();
        known.ifPresent(one -> managed(one, report));
        var look = findings.look(flow.clock().instant(), known, restorable(report));
        look.findings().forEach(one -> report.findings().add(FindingShape.of(one)));
        look.changes()
                .forEach(one ->
                        report.told()
                                .add(FindingNews.word(one.kind()) + " " + one.standing().key()));
        copy(look.facts(), report);
        metrics.add(Emf.Metric.count("Findings", look.findings().size()));
        metrics.add(
                Emf.Metric.count(
                        "FindingsCritical",
                        look.findings().stream()
                                .filter(one -> one.severity() == Severity.CRITICAL)
                                .count()));
        // Only now: whoever relies on it relies on somebody having looked for what is
        // missing.
        ping.send();
    }

    private void sweep(Report report, List<Emf.Metric> metrics) {
        var swept = sweeper.sweep(flow.clock().instant());
        report.swept().addAll(swept.done());
        swept.oldest()
                .map(age -> Emf.Metric.seconds("TemporaryInstanceAgeSeconds", age.toSeconds()))
                .ifPresent(metrics::add);
        report.swept().forEach(line -> flow.log().event("swept", Map.of("what", line)));
        swept.problems().forEach(problem -> notDone(Optional.empty(), report, problem));
    }

    /// Queues what is not in every further store of its profile, the newest first, for each server one
    /// after the other. What fails is tried again in the next quarter of a day; when several of a
    /// server failed, so is the rest, because the further store is away.
    private void copy(WatchFacts facts, Report report) {
        var now = flow.clock().instant();
        var busy = new HashSet<ServerName>();
        facts.open().stream()
                .filter(run -> run.order() instanceof Order.Copy)
                .forEach(run -> busy.add(run.order().server()));
        var failed = new HashMap<ServerName, Integer>();
        for (var missing : WatchRules.uncopied(facts, now)) {
            var server = missing.backup().server();
            if (busy.contains(server)) continue;
            var order =
                    new Order.Copy(
                            server,
                            missing.backup().database(),
                            missing.backup().backup(),
                            missing.to() + "",
                            missing.later(),
                            LockRules.atArrival(facts.configuration(), server, missing.to()));
            var run = RunIds.of(order, quarter(now), missing.later().orElse(""));
            if (!flow.orders().record(run, order, now, Orders.Terms.apart(Optional.empty()))) {
                if (failed.merge(server, 1, Integer::sum) == COPY_TRIES) busy.add(server);
                continue;
            }
            busy.add(server);
            report.started().addAll(flow.dispatcher().dispatch(server));
        }
    }

    private static Instant quarter(Instant now) {
        return Instant.ofEpochSecond(
                now.getEpochSecond() - now.getEpochSecond() % COPY_PAUSE.toSeconds());
    }

    private static Map<ServerName, Instant> restorable(Report report) {
        var restorable = new HashMap<ServerName, Instant>();
        for (var one : report.managed())
            restorable.put(one.server(), one.restorable().orElse(Instant.EPOCH));
        return restorable;
    }

    private void managed(Configuration known, Report report) {
        if (services == ManagedServices.NONE) return;
        var watch = new ManagedWatch(services, flow.store(), flow.announcements());
        var now = flow.clock().instant();
        ManagedWatch.of(known)
                .forEach((server, host) ->
                        attempt(
                                Optional.empty(),
                                report,
                                () -> {
                                    var config = known.server(server).orElseThrow();
                                    var found = watch.look(server, host, config, now);
                                    report.managed().add(found);
                                    flow.log()
                                            .event(
                                                    "managed",
                                                    Map.of(
                                                            "server", server,
                                                            "satisfied", found.satisfied(),
                                                            "what", found.what()));
                                }));
        var missing = report.managed().stream().filter(one -> !one.satisfied()).count();
        if (!report.managed().isEmpty())
            flow.metrics()
                    .put(
                            now,
                            Optional.empty(),
                            List.of(Emf.Metric.count("ManagedUnprotected", missing)));
    }

    private static Stream<Run> waiting(List<Runs.Open> open) {
        return open.stream()
                .flatMap(one -> one.run().stream())
                .filter(run -> run.state() == RunState.QUEUED);
    }

    /// One run's trouble must not keep us from the others.
    private void attempt(Optional<RunId> run, Report report, Runnable deed) {
        try {
            deed.run();
        } catch (Problem problem) {
            notDone(run, report, problem);
        }
    }

    private void notDone(Optional<RunId> run, Report report, Problem problem) {
        var line = new LinkedHashMap<String, Object>();
        run.ifPresent(id -> line.put("run", id));
        flow.log().problem("not-done", problem, line);
        report.problems()
                .add(new Trouble(run, problem.code().id(), problem.what(), problem.hint()));
    }

    private void look(Runs.Open open, Report report) {
        var now = flow.clock().instant();
        if (open.unreadable().isPresent()) throw open.unreadable().get();
        if (open.run().isEmpty()) {
            flow.seals().forget(open, now);
            return;
        }
        var run = open.run().get();
        switch (run.state()) {
            case QUEUED -> {} // the dispatcher's
            case ASKED -> asked(run, now);
            case STARTED -> started(run, now, report);
            case SEALED, DONE, FAILED -> {
                // Announced and only the marker left, or not announced at all: both end the same
                // way.
                if (flow.endings().finish(run)) report.announced().add(run.run());
            }
        }
    }

    /// Recorded to be started at once by somebody who died: whoever waited for it is gone, too.
    private void asked(Run run, Instant now) {
        if (run.asked().plus(START_LIMIT).isAfter(now)) return;
        flow.dispatcher()
                .fail(
                        run,
                        known -> known.state() == RunState.ASKED,
                        new Problem(
                                ErrorCode.TASK_NOT_STARTED,
                                "run " + run.run() + " was recorded and never started",
                                "Whoever asked for it was interrupted. Ask again.",
                                true,
                                null));
    }

    private void started(Run run, Instant now, Report report) {
        // The report is the task's last word: it has ended, or will in a moment.
        if (run.starting() && flow.runs().reportOf(run.run()).isEmpty()) {
            // A task that lives holds a lease, although whoever started it could not say so.
            if (flow.seals().silent(run)) flow.dispatcher().recover(run);
            return;
        }
        switch (flow.sight().look(run, run.task().orElse(""))) {
            case TaskSight.Look.Alive() -> {}
            case TaskSight.Look.Stopped(var news) -> close(news, report);
            case TaskSight.Look.Unknown(var why) -> {
                if (flow.seals().silent(run))
                    close(
                            new TaskStopped(
                                    run.run(),
                                    Optional.empty(),
                                    "found dead" + why.map(words -> ": " + words).orElse(""),
                                    now),
                            report);
            }
        }
    }

    private void close(TaskStopped news, Report report) {
        flow.endings().stopped(news);
        report.closed().add(news.run());
    }
}
