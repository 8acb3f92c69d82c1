package io.pgvigil.cli;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Show what is under way, what protects each database, and what falls due next.",
            "The configuration is that of --config, else the one in the store."
        })
final class StatusCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    private final List<String> remarks = new ArrayList<>();

    @Override
    public Integer call() {
        var store = Stores.open(common.store(), System.getenv());
        var now = Instant.now();
        var status = status(store, now);
        if (common.json()) {
            var shape = new LinkedHashMap<String, Object>();
            common.stackName().ifPresent(name -> shape.put("stack", name));
            shape.put("store", store.uri());
            shape.put("asked", now);
            shape.putAll(StatusText.shape(status));
            shape.put("remarks", remarks);
            System.out.println(Json.line(shape));
        } else {
            System.out.print(StatusText.words(status, now));
            remarks.forEach(line -> System.out.println("note: " + line));
        }
        return ExitStatus.DONE.code();
    }

    private Status status(ObjectStore store, Instant now) {
        var catalog = new Catalog(store);
        var listing = catalog.listing(common.filter());
        listing.unreadable().forEach(bad -> remarks.add("unreadable: " + bad.why()));
        var drills = new ArrayList<Drill>();
        listing.backups().stream()
                .map(backup -> List.of(backup.server().value(), backup.database().value()))
                .distinct()
                .forEach(place ->
                        drills.addAll(
                                catalog.drills(
                                        new ServerName(place.get(0)),
                                        new DatabaseName(place.get(1)))));
        return Status.of(
                markers(store),
                listing.backups(),
                drills,
                StoredRules.of(common, store, remarks),
                now);
    }

    private List<Status.Marker> markers(ObjectStore store) {
        var prefix = common.server().map(Layout::openRuns).orElse(Layout.OPEN_RUNS);
        try (var found = store.list(prefix)) {
            return found.map(object -> object.key())
                    .filter(key -> key.value().endsWith(".json"))
                    .map(key -> marker(key, store))
                    .flatMap(Optional::stream)
                    // It ended; its marker goes once the end was announced.
                    .filter(one -> one.run().filter(run -> run.state().ended()).isEmpty())
                    .toList();
        }
    }

    /// `runs/open/<server>/<run>.json`
    private static Optional<Status.Marker> marker(ObjectKey key, ObjectStore store) {
        var parts = key.value().split("/", -1);
        try {
            var server = new ServerName(parts[parts.length - 2]);
            var id = new RunId(key.name().replaceFirst("\\.json$", ""));
            var run = new Runs(store).find(id);
            var told =
                    run.filter(known -> known.state() == RunState.STARTED)
                            .flatMap(_ -> Runs.progress(store, id));
            return Optional.of(new Status.Marker(server, id, run, told));
        } catch (IllegalArgumentException | Problem notOurs) {
            return Optional.empty();
        }
    }
}
