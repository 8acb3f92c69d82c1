package io.pgvigil.runtime;

import io.pgvigil.core.announce.Announcer;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskSight;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// The parts that deployed functions share, put together in one place.
public record Flow(
        ObjectStore store,
        Runs runs,
        Catalog catalog,
        Announcements announcements,
        RunNews news,
        Dispatcher dispatcher,
        Orders orders,
        Seals seals,
        Endings endings,
        TaskSight sight,
        Sizing sizing,
        Retrievals retrievals,
        Metrics metrics,
        StateLog log,
        InstantSource clock) {

    public static Flow of(
            ObjectStore store,
            TaskLauncher launcher,
            TaskSight sight,
            Optional<Announcer> announcer,
            Sizing sizing,
            Metrics metrics,
            StateLog log,
            InstantSource clock) {
        return of(
                store,
                launcher,
                sight,
                _ -> true,
                announcer,
                Optional.empty(),
                sizing,
                metrics,
                log,
                clock);
    }

    /// @param allowed which orders' tasks may be started here
    /// @param topic the address of those who hear of everything, for pages that people read
    public static Flow of(
            ObjectStore store,
            TaskLauncher launcher,
            TaskSight sight,
            Predicate<Order> allowed,
            Optional<Announcer> announcer,
            Optional<String> topic,
            Sizing sizing,
            Metrics metrics,
            StateLog log,
            InstantSource clock) {
        var runs = new Runs(store);
        var announcements = new Announcements(store, announcer, clock);
        var news = new RunNews(store, announcements, metrics);
        var dispatcher = new Dispatcher(store, launcher, allowed, news, log, clock);
        var seals = new Seals(store, new ThisHost(), clock);
        return new Flow(
                store,
                runs,
                new Catalog(store),
                announcements,
                news,
                dispatcher,
                Orders.queueing(runs, dispatcher, clock),
                seals,
                new Endings(
                        store,
                        seals,
                        news,
                        Optional.of(dispatcher),
                        new Runbooks(store, topic),
                        log),
                sight,
                sizing,
                new Retrievals(store, clock),
                metrics,
                log,
                clock);
    }

    /// As the environment of a deployed function says.
    ///
    /// @param stage the function's word in log lines
    /// @param ahead what else the first event will certainly need, see [HeadStart]
    public static Flow standard(String stage, Map<String, String> environment, Runnable... ahead) {
        var uri = storeUri(environment);
        var tasks = Launchers.standard(uri, environment);
        var announcer = Channels.from(environment);
        // While this thread makes the client of S3, which takes longest.
        var parts = new ArrayList<Runnable>();
        parts.add(Json::prepare);
        parts.add(() -> Stores.prepare(uri, environment));
        switch (stage) {
            case "verify", "restore" -> parts.add(tasks.prepare());
            case "seal" -> parts.add(() -> announcer.ifPresent(Channels::prepare));
            // A tick that starts nothing and tells nobody needs none of them.
            default -> {}
        }
        parts.addAll(List.of(ahead));
        HeadStart.with(parts.toArray(Runnable[]::new));
        var store = Stores.open(uri, environment);
        return of(
                store,
                tasks.launcher(),
                tasks.sight(),
                allowed(stage),
                announcer.map(Announcer.class::cast),
                new Settings(environment).optional("PGVIGIL_TOPIC"),
                Sizing.standard(new Catalog(store), environment),
                Metrics.standard(environment),
                StateLog.standard(stage),
                InstantSource.system());
    }

    /// What the function's role may start: a request for a drill must not try, and fail, a backup that
    /// waits for the same server.
    private static Predicate<Order> allowed(String stage) {
        return switch (stage) {
            case "backup" -> order -> !restores(order);
            case "verify" ->
                    order -> order instanceof Order.Drill || order instanceof Order.ManagedDrill;
            case "restore" -> Flow::restores;
            default -> _ -> true;
        };
    }

    private static boolean restores(Order order) {
        return order instanceof Order.Restore
                || order instanceof Order.Recover
                || order instanceof Order.PointInTime;
    }

    public static StoreUri storeUri(Map<String, String> environment) {
        var settings = new Settings(environment);
        var address = settings.required("PGVIGIL_STORE");
        settings.throwIfAnyProblem();
        return StoreUri.parse(address);
    }

    /// The configuration that `PGVIGIL_CONFIG` names: a file, or a document in S3.
    public ConfigurationSource configuration(Map<String, String> environment) {
        var named = new Settings(environment).optional("PGVIGIL_CONFIG");
        if (named.isEmpty()) return ConfigurationSource.fixed(Optional.empty());
        if (!named.get().startsWith("s3://")) return () -> Configured.from(named);
        var slash = named.get().lastIndexOf('/');
        var folder = StoreUri.parse(named.get().substring(0, slash));
        return new StoredConfiguration(
                folder.equals(store.uri()) ? store : Stores.open(folder, environment),
                new ObjectKey(named.get().substring(slash + 1)),
                store,
                FirstServer.from(store.uri(), environment),
                announcements,
                log,
                clock);
    }
}
