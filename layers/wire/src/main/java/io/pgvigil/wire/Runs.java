package io.pgvigil.wire;

import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.OpenRun;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunProgress;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.ObjectStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// The records of runs in a store.
public final class Runs {
    // Two writers meet at most a few times; more than this means that something else is wrong.
    private static final int ATTEMPTS = 20;

    private static final int READS_IN_FLIGHT = 16;

    private static final Pattern RECORD = Pattern.compile("[0-9TZ]+-[a-z]+-[0-9a-f]+\\.json");

    private static final Pattern MARKER =
            Pattern.compile(
                    "runs/open/[a-z0-9][a-z0-9._-]{0,62}/[0-9]{8}T[0-9]{6}Z-[a-z]+-[0-9a-f]{6,32}\\.json");

    private final ObjectStore store;

    public Runs(ObjectStore store) {
        this.store = store;
    }

    /// Records a run, and before it that it is open. False when it is already there: somebody else was
    /// told the same.
    public boolean ask(Run run) {
        if (store.stat(Layout.run(run.run())).isPresent()) return false;
        var marker = Layout.openRun(run.order().server(), run.run());
        var first = store.create(marker, Json.bytes(OpenRun.of(run)));
        if (!store.create(Layout.run(run.run()), Json.bytes(run))) return false;
        // One that was there may just have been removed, because it had no run for so long.
        if (!first) store.create(marker, Json.bytes(OpenRun.of(run)));
        return true;
    }

    /// A run that is open, or a marker that a run has left or never got.
    ///
    /// @param unreadable why nothing can be said about the run: its record is damaged
    public record Open(OpenRun marker, Optional<Run> run, Optional<Problem> unreadable) {}

    /// Every open run, in the order of servers and then of ids.
    public List<Open> open() {
        return open(Layout.OPEN_RUNS);
    }

    public List<Open> open(ServerName server) {
        return open(Layout.openRuns(server));
    }

    private List<Open> open(String prefix) {
        try (var markers = store.list(prefix)) {
            return markers.map(object -> object.key())
                    .filter(key -> MARKER.matcher(key.value()).matches())
                    .gather(Concurrently.map(READS_IN_FLIGHT, this::open))
                    .flatMap(Optional::stream)
                    .toList();
        }
    }

    private Optional<Open> open(ObjectKey key) {
        return store.document(key)
                .map(document -> {
                    // One damaged record must not hide the others. Its name still says whose it is.
                    var marker = named(key);
                    try {
                        marker = Json.read(document, OpenRun.class, OpenRun.FORMAT);
                        return new Open(marker, find(marker.run()), Optional.empty());
                    } catch (Problem problem) {
                        if (problem.transientFailure()) throw problem;
                        return new Open(marker, Optional.empty(), Optional.of(problem));
                    }
                });
    }

    private static OpenRun named(ObjectKey key) {
        var segments = key.value().split("/", -1);
        return new OpenRun(
                OpenRun.FORMAT,
                new ServerName(segments[segments.length - 2]),
                new RunId(key.name().replace(".json", "")),
                Instant.EPOCH);
    }

    /// Says that a run is over and needs nothing any more.
    public void close(ServerName server, RunId run) {
        store.delete(Layout.openRun(server, run));
    }

    private record Request(Instant asked) {}

    /// When a request was first heard of: `now` at its first delivery, and the same time at every
    /// later one.
    ///
    /// @param request see [io.pgvigil.core.run.RunIds#request]
    public Instant firstAsked(String request, Instant now) {
        var key = Layout.request(request);
        if (store.create(key, Json.bytes(new Request(now)))) return now;
        return store.document(key)
                .map(document -> Json.read(document.content(), Request.class, key + "").asked())
                // Expired between the two calls: so old that nobody delivers it again.
                .orElse(now);
    }

    public Optional<Run> find(RunId run) {
        return store.document(Layout.run(run))
                .map(document -> Json.read(document, Run.class, Run.FORMAT));
    }

    /// The runs that were due at a time, which is what their ids begin with; their records are not read.
    ///
    /// @param time as ids have it, `20261122T023000Z`
    public List<RunId> at(String time) {
        try (var objects = store.list(Layout.RUNS + time + "-")) {
            return objects.map(object -> object.key().name())
                    .filter(name -> RECORD.matcher(name).matches())
                    .map(name -> new RunId(name.substring(0, name.indexOf('.'))))
                    .toList();
        }
    }

    public Run get(RunId run) {
        return find(run)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.RUN_NOT_FOUND,
                                "there is no run " + run + " in " + store.uri(),
                                "Is this the store the run was started with?"));
    }

    /// Moves a run on from whatever state it is in now. `step` may be called again when somebody
    /// else moved the run at the same time; a run that has ended stays as it ended.
    public Run move(RunId id, UnaryOperator<Run> step) {
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            var document = store.document(Layout.run(id)).orElse(null);
            if (document == null) return get(id);
            var run = Json.read(document, Run.class, Run.FORMAT);
            if (run.state().ended()) return run;
            var next = step.apply(run);
            if (next.equals(run)) return run;
            if (store.replace(document.key(), Json.bytes(next), document.token())) return next;
        }
        throw new Problem(
                ErrorCode.STORE_FAILED,
                "the record of run " + id + " changed " + ATTEMPTS + " times while it was written",
                "Does the store honour conditional writes (If-Match)?");
    }

    /// How far the task of a run said it was; empty when it has said nothing yet, or nothing that can be
    /// read.
    public static Optional<RunProgress> progress(ObjectReader store, RunId run) {
        try {
            return store.document(Layout.progress(run))
                    .map(document -> Json.read(document, RunProgress.class, RunProgress.FORMAT));
        } catch (Problem unreadable) {
            // News that cannot be told must not hide the run.
            return Optional.empty();
        }
    }

    /// Stores a task's last word. A second report of the same run is ignored: the first one counts.
    public boolean report(TaskReport report) {
        return store.create(Layout.report(report.run()), Json.bytes(report));
    }

    public Optional<TaskReport> reportOf(RunId run) {
        return store.document(Layout.report(run))
                .map(document -> Json.read(document, TaskReport.class, TaskReport.FORMAT));
    }
}
