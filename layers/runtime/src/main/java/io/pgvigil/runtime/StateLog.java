package io.pgvigil.runtime;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.wire.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/// One line of JSON per change of state, with the names that stored documents use.
public final class StateLog {
    public static final StateLog SILENT = new StateLog("", line -> {});

    private final String stage;
    private final Consumer<String> sink;

    /// @param stage the function's word: `backup`, `seal`, `watch` …
    /// @param sink takes whole lines, each with its line break
    public StateLog(String stage, Consumer<String> sink) {
        this.stage = stage;
        this.sink = sink;
    }

    /// Standard output, which Lambda sends to CloudWatch.
    public static StateLog standard(String stage) {
        return new StateLog(stage, System.out::print);
    }

    public void event(String event, Map<String, ?> members) {
        line("INFO", event, members);
    }

    /// Something that went wrong and did not stop the rest.
    public void problem(String event, Problem problem, Map<String, ?> members) {
        var all = new LinkedHashMap<String, Object>(members);
        all.put("code", problem.code().id());
        all.put("what", problem.what());
        all.put("hint", problem.hint());
        line(problem.transientFailure() ? "WARN" : "ERROR", event, all);
    }

    private void line(String level, String event, Map<String, ?> members) {
        var line = new LinkedHashMap<String, Object>();
        line.put("level", level);
        line.put("stage", stage);
        line.put("event", event);
        line.putAll(members);
        sink.accept(Json.line(line) + "\n");
    }
}
