package io.pgvigil.backup;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Limits;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.schedule.Due;
import io.pgvigil.core.schedule.Tick;
import io.pgvigil.core.schedule.Work;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Dispatcher;
import io.pgvigil.runtime.DrillOrders;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.ProfileRules;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Leases;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Looks at the timetable: what fell due since the last look gets its runs.
///
/// - **Once:** a run's id comes from what fell due and when, so ticks that are repeated, or at work at
///   the same time, record each run once.
/// - **Nothing is lost:** that a tick was dealt with is written after all of its runs. One that died
///   before is done again by the next.
public final class Ticks {
    /// How far the first tick ever looks back: as far as the scheduler's period.
    private static final Duration PERIOD = Duration.ofMinutes(5);

    /// A tick of tomorrow would hide what falls due until then.
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(5);

    /// How long a harvest waits for a task where no loss was promised.
    private static final Duration HARVEST_PATIENCE = Duration.ofHours(1);

    private static final int ATTEMPTS = 20;

    private final ObjectStore store;
    private final ConfigurationSource source;
    private final Catalog catalog;
    private final Runs runs;
    private final Leases leases;
    private final Orders orders;
    private final Dispatcher dispatcher;
    private final Sizing sizing;
    private final StateLog log;
    private final InstantSource clock;

    public Ticks(Flow flow, ConfigurationSource source) {
        this.store = flow.store();
        this.source = source;
        this.catalog = flow.catalog();
        this.runs = flow.runs();
        this.leases = new Leases(flow.store(), flow.clock(), new ThisHost());
        this.orders = flow.orders();
        this.dispatcher = flow.dispatcher();
        this.sizing = flow.sizing();
        this.log = flow.log();
        this.clock = flow.clock();
    }

    /// What a tick did.
    ///
    /// @param since the last look; what fell due after it was looked at
    /// @param runs that fell due, new or known
    /// @param missed what fell due and is not run, because something later fell due or it is too late
    /// @param skipped what the timetable asks for and somebody else does: a service, or a harvest that is
    ///     at work already
    /// @param problems what could not be ordered
    /// @param started runs that have a task now, older ones of the queue included
    public record Report(
            Instant tick,
            Instant since,
            List<DueRun> runs,
            List<Missed> missed,
            List<Skipped> skipped,
            List<Trouble> problems,
            List<RunId> started) {}

    /// @param databases empty: every database of the server
    /// @param fresh whether this tick recorded it
    public record DueRun(
            RunId run,
            ServerName server,
            Work work,
            List<DatabaseName> databases,
            Instant due,
            boolean fresh) {}

    public record Missed(ServerName server, Work work, List<Instant> due) {}

    public record Skipped(ServerName server, Work work, Instant due, String why) {}

    public record Trouble(ServerName server, Work work, String code, String what, String hint) {}

    public Report tick(Instant tick) {
        if (tick.isAfter(clock.instant().plus(CLOCKS_DIFFER)))
            throw new Problem(
                    ErrorCode.EVENT_INVALID,
                    "the event cannot be used: the tick " + tick + " is in the future",
                    "A tick is the time it was scheduled for; events/backup.tick.json shows one.");
        var since = lastTick(tick);
        var configuration = source.refreshed();
        var report =
                new Report(
                        tick,
                        since,
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>());
        if (configuration.isPresent() && tick.isAfter(since))
            record(configuration.get(), since, tick, report);
        // After all runs: who reads this need not look further back.
        if (tick.isAfter(since)) advance(tick);
        // Older runs, too: those for which no task could be had, and those of a tick that died.
        report.started().addAll(dispatcher.dispatchAll());
        return report;
    }

    private void record(Configuration known, Instant since, Instant tick, Report report) {
        var dues =
                Due.since(
                        known.timetable(),
                        since,
                        tick,
                        server ->
                                known.server(server)
                                        .map(ServerConfig::limits)
                                        .orElse(Limits.DEFAULT)
                                        .catchUp());
        Optional<Problem> later = Optional.empty();
        for (var due : dues) {
            if (!due.missed().isEmpty()) {
                report.missed().add(new Missed(due.server(), due.work(), due.missed()));
                log.event("missed", line(due, Map.of("due", due.missed())));
            }
            if (due.run().isEmpty()) continue;
            try {
                record(known, due, due.run().get(), report);
            } catch (Problem problem) {
                // One server's trouble must not cost the others their backup.
                log.problem("not-ordered", problem, line(due, Map.of("due", due.run().get())));
                if (problem.transientFailure()) later = Optional.of(problem);
                else
                    report.problems()
                            .add(
                                    new Trouble(
                                            due.server(),
                                            due.work(),
                                            problem.code().id(),
                                            problem.what(),
                                            problem.hint()));
            }
        }
        // The tick was not dealt with: the platform's next attempt, or the next tick, does it
        // again.
        if (later.isPresent()) throw later.get();
    }

    private void record(Configuration known, Due due, Instant at, Report report) {
        var server = known.server(due.server()).orElseThrow();
        switch (due.work()) {
            case LOGICAL -> backups(due.server(), server, at, report);
            case DRILL -> drills(known, due.server(), server, at, report);
            case PHYSICAL -> {
                if (left(due, at, server, report)) return;
                physical(due.server(), server, at, report);
            }
            case WAL -> {
                if (left(due, at, server, report)) return;
                harvest(due, server, at, report);
            }
        }
    }

    /// What a service does itself.
    private boolean left(Due due, Instant at, ServerConfig server, Report report) {
        var managed = ManagedHost.of(server.connect().host());
        managed.ifPresent(service -> skip(due, at, service.why(), report));
        return managed.isPresent();
    }

    private void skip(Due due, Instant at, String why, Report report) {
        report.skipped().add(new Skipped(due.server(), due.work(), at, why));
        log.event("skipped", line(due, Map.of("due", at, "why", why)));
    }

    private void physical(ServerName name, ServerConfig server, Instant due, Report report) {
        var order = Source.of(name, server).physical(Backups.LEVEL);
        var id = RunIds.of(order, due, "");
        boolean fresh;
        try {
            var terms = Orders.Terms.of(server.limits(), sizing.physical(sizing.recent(name)));
            fresh = orders.record(id, order, due, terms);
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.SPACE_MISSING) throw problem;
            // A server that cannot be copied here must be heard of each time.
            fresh = orders.refuse(id, order, problem);
        }
        note(
                new DueRun(id, name, Work.PHYSICAL, List.of(DatabaseName.CLUSTER), due, fresh),
                report);
    }

    private void harvest(Due due, ServerConfig server, Instant at, Report report) {
        var order =
                Source.of(due.server(), server)
                        .harvest(Optional.empty(), Backups.LEVEL, false, false);
        var id = RunIds.of(order, at, "");
        var other = atHarvest(due.server(), id);
        if (other.isPresent()) {
            skip(due, at, other.get(), report);
            return;
        }
        var patience = server.policy().rpo().orElse(HARVEST_PATIENCE);
        var terms = Orders.Terms.beside(patience, sizing.harvest());
        var fresh = orders.record(id, order, at, terms);
        note(
                new DueRun(id, due.server(), Work.WAL, List.of(DatabaseName.CLUSTER), at, fresh),
                report);
    }

    /// Who harvests a server already, or is about to: whatever the log has got since, they store it, and
    /// a second one beside them would have nothing to do.
    private Optional<String> atHarvest(ServerName server, RunId asked) {
        var holder =
                leases.find(Layout.walLease(server))
                        .filter(lease -> lease.heldAt(clock.instant()))
                        .map(Lease::holder);
        if (holder.isPresent() && !holder.get().equals(asked))
            return Optional.of("run " + holder.get() + " is harvesting");
        return runs.open(server).stream()
                .flatMap(open -> open.run().stream())
                .filter(run -> run.order() instanceof Order.Harvest && !run.state().ended())
                .map(Run::run)
                .filter(run -> !run.equals(asked))
                .findFirst()
                .map(run -> "run " + run + " is about to harvest");
    }

    private void backups(ServerName name, ServerConfig server, Instant due, Report report) {
        var recent = sizing.recent(name);
        for (var part : Source.of(name, server).parts()) {
            var order = part.order(part.databases(), part.selection(), Backups.LEVEL);
            var id = RunIds.of(order, due, "");
            var terms = Orders.Terms.of(server.limits(), sizing.backup(recent, part.databases()));
            var fresh = orders.record(id, order, due, terms);
            note(new DueRun(id, name, Work.LOGICAL, part.databases(), due, fresh), report);
        }
    }

    private void drills(
            Configuration known, ServerName name, ServerConfig server, Instant due, Report report) {
        var newest = new LinkedHashMap<DatabaseName, Manifest>();
        catalog.backups(new Catalog.Filter(Optional.of(name), Optional.empty()))
                .forEach(backup -> newest.put(backup.database(), backup));
        var drills = new DrillOrders(new ProfileRules(Optional.of(known)));
        drills.scheduled(name, server.policy())
                .ifPresent(order -> {
                    // What was copied of its files before RDS ran it proves nothing about today.
                    newest.remove(DatabaseName.CLUSTER);
                    var id = RunIds.scheduledDrill(name, DatabaseName.CLUSTER, due);
                    var terms = Orders.Terms.beside(server.limits().catchUp(), Optional.empty());
                    var fresh = orders.record(id, order, due, terms);
                    note(
                            new DueRun(
                                    id,
                                    name,
                                    Work.DRILL,
                                    List.of(DatabaseName.CLUSTER),
                                    due,
                                    fresh),
                            report);
                });
        newest.forEach((database, backup) -> {
            // Not of the backup: a tick that is done again may find a newer one.
            var id = RunIds.scheduledDrill(name, database, due);
            var order = drills.scheduled(backup);
            boolean fresh;
            try {
                var terms =
                        Orders.Terms.beside(server.limits().catchUp(), sizing.drill(backup, order));
                fresh = orders.record(id, order, due, terms);
            } catch (Problem problem) {
                if (problem.code() != ErrorCode.SPACE_MISSING) throw problem;
                // A backup that cannot be proven here must be heard of each time.
                fresh = orders.refuse(id, order, problem);
            }
            note(new DueRun(id, name, Work.DRILL, List.of(database), due, fresh), report);
        });
    }

    private void note(DueRun run, Report report) {
        report.runs().add(run);
        if (run.fresh())
            log.event(
                    "queued",
                    Map.of(
                            "run", run.run(),
                            "server", run.server(),
                            "work", run.work().word(),
                            "databases", run.databases(),
                            "due", run.due()));
    }

    private static Map<String, Object> line(Due due, Map<String, ?> more) {
        var line = new LinkedHashMap<String, Object>();
        line.put("server", due.server());
        line.put("work", due.work().word());
        line.putAll(more);
        return line;
    }

    private Instant lastTick(Instant tick) {
        var first = tick.minus(PERIOD);
        var document = store.document(Layout.TICK);
        if (document.isEmpty()) {
            // At once, or the tick after one that died would not look back far enough.
            store.create(Layout.TICK, Json.bytes(Tick.at(first)));
            return store.document(Layout.TICK).map(known -> read(known, tick)).orElse(first);
        }
        return read(document.get(), tick);
    }

    private Instant read(Document document, Instant tick) {
        try {
            return Json.read(document, Tick.class, Tick.FORMAT).tick();
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.DOCUMENT_INVALID) throw problem;
            // Rather look back too far, which does nothing twice, than not at all.
            log.problem("tick-unreadable", problem, Map.of());
            return tick.minus(Limits.DEFAULT.catchUp());
        }
    }

    private void advance(Instant tick) {
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            var content = Json.bytes(Tick.at(tick));
            var document = store.document(Layout.TICK).orElse(null);
            if (document == null) {
                if (store.create(Layout.TICK, content)) return;
                continue;
            }
            // A later tick was at work beside us; it looked at our time, too.
            if (!tick.isAfter(known(document))) return;
            if (store.replace(Layout.TICK, content, document.token())) return;
        }
        throw new Problem(
                ErrorCode.STORE_FAILED,
                Layout.TICK + " changed " + ATTEMPTS + " times while it was written",
                "Does the store honour conditional writes (If-Match)?");
    }

    private static Instant known(Document document) {
        try {
            return Json.read(document, Tick.class, Tick.FORMAT).tick();
        } catch (Problem unreadable) {
            return Instant.MIN;
        }
    }
}
