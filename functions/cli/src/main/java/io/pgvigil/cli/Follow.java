package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Waits for runs that somebody else makes, by reading their records in the store.
final class Follow {
    private static final Duration STEP = Duration.ofSeconds(2);

    private final ObjectStore store;
    private final Screen screen;
    private final Pause pause;

    /// What to do between two looks.
    interface Pause {
        void pause(Duration length);
    }

    Follow(ObjectStore store, Screen screen) {
        this(store, screen, Follow::sleep);
    }

    Follow(ObjectStore store, Screen screen, Pause pause) {
        this.store = store;
        this.screen = screen;
        this.pause = pause;
    }

    /// The runs as they ended, in the order asked for. Empty when nobody should wait for them, or the
    /// caller may not read the store: then they are under way all the same, and the screen says so.
    Optional<List<Run>> untilEnded(List<RunId> wanted) {
        try {
            return ended(wanted);
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.STORE_DENIED) throw problem;
            screen.say(
                    "ordered, and not waited for: you may not read "
                            + store.uri()
                            + ", where the runs are recorded");
            return Optional.empty();
        }
    }

    private Optional<List<Run>> ended(List<RunId> wanted) {
        var runs = new Runs(store);
        var ended = new LinkedHashMap<RunId, Run>();
        var shown = new HashMap<RunId, RunState>();
        while (true) {
            for (var id : wanted) {
                if (ended.containsKey(id)) continue;
                var run = runs.get(id);
                if (run.state() != shown.put(id, run.state())) screen.say(words(run));
                if (run.state().ended()) ended.put(id, run);
                // That takes hours, and somebody else looks after it.
                if (StatusText.comesBack(run).isPresent()) return Optional.empty();
            }
            if (ended.size() == wanted.size())
                return Optional.of(wanted.stream().map(ended::get).toList());
            pause.pause(STEP);
        }
    }

    private static String words(Run run) {
        var what = run.order().server() + ", " + run.run() + ": ";
        return switch (run.state()) {
            case QUEUED ->
                    what
                            + StatusText.comesBack(run)
                                    .map(retrieval ->
                                            "queued; its backup should be back from its archive class by "
                                                    + retrieval.by()
                                                    + ", and it is started then")
                                    .orElse("queued, waits for its server's turn");
            case ASKED -> what + "a task is being started";
            case STARTED -> what + "at work";
            case SEALED, DONE, FAILED -> what + run.state().name().toLowerCase(Locale.ROOT);
        };
    }

    /// The runs that a function's answer names, wherever it names them.
    static List<RunId> runsOf(JsonNode answer) {
        var found = new ArrayList<RunId>();
        if (answer.path("run").isTextual()) found.add(new RunId(answer.get("run").asText()));
        for (var one : answer.path("runs"))
            if (one.path("run").isTextual()) found.add(new RunId(one.get("run").asText()));
        return found.stream().distinct().toList();
    }

    /// What is answered when nobody waited.
    static Map<String, Object> shape(JsonNode ordered, String place) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("ordered", ordered);
        shape.put("look", "pgvigil status " + place);
        return shape;
    }

    static String words(List<RunId> ordered, String place) {
        var text = new StringBuilder();
        ordered.forEach(run -> text.append("ordered  ").append(run).append('\n'));
        if (ordered.isEmpty()) text.append("nothing was ordered\n");
        return text.append("  look:  pgvigil status ").append(place).append('\n').toString();
    }

    private static void sleep(Duration length) {
        try {
            Thread.sleep(length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.RUN_IN_PROGRESS,
                    "interrupted while waiting",
                    "The run goes on by itself.",
                    e);
        }
    }
}
