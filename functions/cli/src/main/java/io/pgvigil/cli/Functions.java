package io.pgvigil.cli;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.backup.BackupHandler;
import io.pgvigil.backup.Backups;
import io.pgvigil.backup.Ticks;
import io.pgvigil.core.RunId;
import io.pgvigil.core.announce.Announcer;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Sweeper;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.ChildTaskLauncher;
import io.pgvigil.report.ReportHandler;
import io.pgvigil.restore.RestoreHandler;
import io.pgvigil.restore.Restores;
import io.pgvigil.retention.Places;
import io.pgvigil.retention.RetentionHandler;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Endings;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.FurtherStores;
import io.pgvigil.runtime.Launchers;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.ProfileRules;
import io.pgvigil.runtime.Runbooks;
import io.pgvigil.runtime.Seals;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.seal.Arrivals;
import io.pgvigil.seal.SealHandler;
import io.pgvigil.verify.Drills;
import io.pgvigil.verify.VerifyHandler;
import io.pgvigil.watch.Findings;
import io.pgvigil.watch.Watch;
import io.pgvigil.watch.WatchHandler;
import io.pgvigil.wire.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// The functions as they run on a laptop: the handlers AWS would call, fed with the JSON AWS would
/// send, and `seal` told when a child process ends.
final class Functions {
    private final ObjectStore store;
    private final Map<String, RequestStreamHandler> handlers;
    private final SealHandler seal;
    private final ChildTaskLauncher launcher;
    private final Seals seals;
    private final Orders orders;
    private final Runnable page;
    private final AtomicBoolean changed = new AtomicBoolean();
    private final Map<RunId, JsonNode> closed = new ConcurrentHashMap<>();

    /// Runs are started at once: somebody sits and waits for them.
    ///
    /// @param secrets environment variables for the task, which is where passwords travel
    Functions(
            StoreUri uri,
            Optional<Configuration> configuration,
            Map<String, String> secrets,
            Screen screen) {
        this(
                uri,
                configuration,
                secrets,
                screen,
                InstantSource.system(),
                // Nobody is told: whoever called the command reads its answer.
                Optional.empty(),
                false);
    }

    /// The functions at another time than now, with somebody who hears of everything.
    static Functions demo(
            StoreUri uri,
            Configuration configuration,
            Map<String, String> secrets,
            Screen screen,
            InstantSource clock,
            Announcer announcer) {
        return new Functions(
                uri,
                Optional.of(configuration),
                secrets,
                screen,
                clock,
                Optional.of(announcer),
                false);
    }

    /// The functions as they are deployed: runs wait for their turn.
    static Functions queueing(StoreUri uri, Optional<Configuration> configuration, Screen screen) {
        return new Functions(
                uri,
                configuration,
                Map.of(),
                screen,
                InstantSource.system(),
                Optional.empty(),
                true);
    }

    private Functions(
            StoreUri uri,
            Optional<Configuration> configuration,
            Map<String, String> secrets,
            Screen screen,
            InstantSource clock,
            Optional<Announcer> announcer,
            boolean queueing) {
        store = Stores.open(uri, System.getenv());
        page =
                // Who has somebody to tell lets time pass, and makes the page at its end.
                announcer.isPresent()
                        ? () -> {}
                        : LocalPage.of(uri, store, configuration, screen::say);
        launcher =
                TaskProgram.launcher(
                        uri,
                        secrets,
                        new ChildTaskLauncher.Listener() {
                            @Override
                            public void line(RunId run, String line) {
                                screen.taskSays(line);
                            }

                            @Override
                            public void stopped(TaskStopped news) {
                                close(news);
                            }
                        });
        var source = ConfigurationSource.fixed(configuration);
        var log =
                System.getenv("PGVIGIL_TRACE") == null
                        ? StateLog.SILENT
                        : new StateLog("local", System.err::print);
        var flow =
                Flow.of(
                        store,
                        launcher,
                        Launchers.processes(),
                        announcer,
                        Sizing.NONE,
                        Metrics.NONE,
                        log,
                        clock);
        seals = flow.seals();
        orders = queueing ? flow.orders() : new Orders(flow.runs(), launcher, clock);
        var endings =
                queueing
                        ? flow.endings()
                        : new Endings(
                                store,
                                seals,
                                flow.news(),
                                Optional.empty(),
                                new Runbooks(store, Optional.empty()),
                                log);
        seal =
                new SealHandler(
                        flow.runs(), endings, new Arrivals(store.uri(), flow.dispatcher()), log);
        handlers =
                Map.of(
                        "backup",
                                new BackupHandler(
                                        new Backups(source, orders, flow.sizing()),
                                        new Ticks(flow, source)),
                        "verify",
                                new VerifyHandler(
                                        new Drills(
                                                flow.catalog(),
                                                orders,
                                                () -> new ProfileRules(configuration),
                                                flow.sizing(),
                                                flow.retrievals())),
                        "restore",
                                new RestoreHandler(
                                        new Restores(
                                                flow.catalog(),
                                                orders,
                                                flow.sizing(),
                                                flow.retrievals())),
                        "watch",
                                new WatchHandler(
                                        new Watch(
                                                flow,
                                                Sweeper.NONE,
                                                source,
                                                new Findings(
                                                        store,
                                                        source,
                                                        flow.announcements(),
                                                        Findings.KeySight.NONE,
                                                        log,
                                                        clock))),
                        "report",
                                new ReportHandler(
                                        store,
                                        LocalReports.of(store, source, clock),
                                        Stores.links(uri, System.getenv()),
                                        log,
                                        clock),
                        "retention",
                                new RetentionHandler(
                                        new Places(
                                                store,
                                                source,
                                                new FurtherStores(System.getenv()),
                                                new ThisHost(),
                                                clock),
                                        Metrics.NONE,
                                        log,
                                        clock));
    }

    List<String> names() {
        return Stream.concat(handlers.keySet().stream(), Stream.of("seal")).sorted().toList();
    }

    ObjectStore store() {
        return store;
    }

    /// Calls a function with its event and returns its answer. Tasks it started go on.
    JsonNode call(String name, byte[] event) {
        if (name.equals("seal"))
            return Json.tree(seal.handleRequest(TaskEvents.read(event), new LocalContext(name)));
        var handler = handlers.get(name);
        if (handler == null)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "there is no function '" + name + "'",
                    "The functions are " + String.join(", ", names()) + ".");
        var answer = new ByteArrayOutputStream();
        try {
            handler.handleRequest(new ByteArrayInputStream(event), answer, new LocalContext(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var said = Json.readTree(answer.toByteArray(), "the answer of " + name);
        if (changes(name, event, said)) changed.set(true);
        return said;
    }

    /// Whether the page has to tell of it; of runs that end [#await] knows.
    private static boolean changes(String name, byte[] event, JsonNode said) {
        return switch (name) {
            case "watch" -> !said.path("told").isEmpty() || !said.path("closed").isEmpty();
            case "retention" ->
                    !Json.readTree(event, "the event").path("action").asText("plan").equals("plan");
            default -> false;
        };
    }

    /// Starts a run that no function is asked for.
    RunId order(Order order) {
        return orders.place(
                        order,
                        Optional.empty(),
                        UUID.randomUUID().toString(),
                        Orders.Terms.apart(Optional.empty()))
                .run();
    }

    /// Waits for every task started here and returns how `seal` closed each run. The page of a directory
    /// tells of it then.
    Map<RunId, JsonNode> await() {
        var stop = Thread.ofPlatform().unstarted(launcher::terminateAll);
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            launcher.awaitAll();
        } finally {
            Runtime.getRuntime().removeShutdownHook(stop);
        }
        if (changed.getAndSet(false)) page.run();
        return Map.copyOf(closed);
    }

    /// Closes what earlier commands left open because they or this machine died.
    void catchUp() {
        seals.catchUp();
    }

    private void close(TaskStopped news) {
        changed.set(true);
        try {
            closed.put(news.run(), call("seal", TaskEvents.stopped(news)));
        } catch (Problem problem) {
            closed.put(news.run(), Json.tree(Map.of("problem", problem.getMessage())));
        }
    }
}
