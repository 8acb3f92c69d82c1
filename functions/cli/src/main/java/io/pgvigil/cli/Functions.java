package io.pgvigil.cli;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.backup.BackupHandler;
import io.pgvigil.backup.Backups;
import io.pgvigil.core.RunId;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.ChildTaskLauncher;
import io.pgvigil.restore.RestoreHandler;
import io.pgvigil.restore.Restores;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.ProfileRules;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.seal.SealHandler;
import io.pgvigil.seal.Seals;
import io.pgvigil.verify.Drills;
import io.pgvigil.verify.VerifyHandler;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The functions as they run on a laptop: the handlers AWS would call, fed with the JSON AWS would
/// send, and `seal` told when a child process ends.
final class Functions {
    private final ObjectStore store;
    private final Map<String, RequestStreamHandler> handlers;
    private final ChildTaskLauncher launcher;
    private final Seals seals;
    private final Map<RunId, JsonNode> closed = new ConcurrentHashMap<>();

    /// @param secrets environment variables for the task, which is where passwords travel
    Functions(
            StoreUri uri,
            Optional<Configuration> configuration,
            Map<String, String> secrets,
            Screen screen) {
        var clock = InstantSource.system();
        store = Stores.open(uri, System.getenv());
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
        seals = new Seals(store, new ThisHost(), clock);
        var catalog = new Catalog(store);
        var orders = new Orders(new Runs(store), launcher, clock);
        handlers =
                Map.of(
                        "backup", new BackupHandler(new Backups(configuration, orders)),
                        "seal", new SealHandler(seals),
                        "verify",
                                new VerifyHandler(
                                        new Drills(
                                                catalog, orders, new ProfileRules(configuration))),
                        "restore", new RestoreHandler(new Restores(catalog, orders)));
    }

    List<String> names() {
        return handlers.keySet().stream().sorted().toList();
    }

    ObjectStore store() {
        return store;
    }

    /// Calls a function with its event and returns its answer. Tasks it started go on.
    JsonNode call(String name, byte[] event) {
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
        return Json.readTree(answer.toByteArray(), "the answer of " + name);
    }

    /// Waits for every task started here and returns how `seal` closed each run.
    Map<RunId, JsonNode> await() {
        var stop = Thread.ofPlatform().unstarted(launcher::terminateAll);
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            launcher.awaitAll();
        } finally {
            Runtime.getRuntime().removeShutdownHook(stop);
        }
        return Map.copyOf(closed);
    }

    /// Closes what earlier commands left open because they or this machine died.
    void catchUp() {
        seals.catchUp();
    }

    private void close(TaskStopped news) {
        try {
            closed.put(news.run(), call("seal", TaskEvents.stopped(news)));
        } catch (Problem problem) {
            closed.put(news.run(), Json.tree(Map.of("problem", problem.getMessage())));
        }
    }
}
