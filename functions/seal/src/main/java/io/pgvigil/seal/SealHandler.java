package io.pgvigil.seal;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.StoppedTask;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.runtime.Doorway;
import io.pgvigil.runtime.Endings;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `seal`: an "ECS Task State Change" event in, how the run was closed out. Or an "Object Restore
/// Completed" event of S3: then whatever waited for that object goes on.
///
/// A task's `startedBy` is its run's id. See
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html>.
///
/// The events of a task may come twice and in any order; only the last state, `STOPPED`, is of
/// interest, and it stays what it is. A task that is none of ours is none of our business: the answer
/// says so, for an error would only be delivered again.
public final class SealHandler implements RequestHandler<ScheduledEvent, Map<String, Object>> {
    private final Runs runs;
    private final Endings endings;
    private final Arrivals arrivals;
    private final StateLog log;

    public SealHandler() {
        this(SealWiring.standard());
    }

    private SealHandler(SealWiring wiring) {
        this(wiring.runs(), wiring.endings(), wiring.arrivals(), wiring.log());
    }

    public SealHandler(Runs runs, Endings endings, Arrivals arrivals, StateLog log) {
        this.runs = runs;
        this.endings = endings;
        this.arrivals = arrivals;
        this.log = log;
    }

    /// @param event null when the platform was given the JSON `null`
    @Override
    public Map<String, Object> handleRequest(@Nullable ScheduledEvent event, Context context) {
        return Doorway.guarded(context, () -> answer(event));
    }

    private Map<String, Object> answer(@Nullable ScheduledEvent event) {
        var detail = event == null ? null : event.getDetail();
        if (event != null && detail != null && Arrivals.DETAIL_TYPE.equals(event.getDetailType()))
            return arrived(detail);
        if (event == null || detail == null || !"STOPPED".equals(detail.get("lastStatus")))
            throw invalid("it does not say that a task has stopped");
        var startedBy = detail.get("startedBy");
        // ECS leaves it out for a task that a person started in the console.
        if (startedBy == null) return ignored("", "nothing of ours started the task");
        if (!(startedBy instanceof String name)) throw invalid("its startedBy is no text");
        return run(name)
                .map(run -> closed(run, event, detail))
                .orElseGet(() -> ignored(name, "it is no run of this store"));
    }

    private Map<String, Object> arrived(Map<String, Object> detail) {
        return arrivals.arrived(detail)
                .<Map<String, Object>>map(started -> Map.of("started", started))
                .orElseGet(() -> ignored("", "the object is none of this store"));
    }

    private Map<String, Object> closed(
            RunId run, ScheduledEvent event, Map<String, Object> detail) {
        return Json.members(endings.stopped(news(run, event, detail)));
    }

    private Map<String, Object> ignored(String startedBy, String why) {
        var members = new LinkedHashMap<String, Object>();
        members.put("startedBy", startedBy);
        members.put("why", why);
        log.event("ignored", members);
        var answer = new LinkedHashMap<String, Object>();
        answer.put("ignored", why);
        answer.put("startedBy", startedBy);
        return answer;
    }

    private Optional<RunId> run(String startedBy) {
        try {
            // A store that does not answer is an error, and the news will come again.
            return runs.find(new RunId(startedBy)).map(found -> found.run());
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    private static TaskStopped news(RunId run, ScheduledEvent event, Map<String, Object> detail) {
        var stopped =
                new StoppedTask(
                        ofContainers(detail, "exitCode", Number.class).map(Number::intValue),
                        text(detail, "stopCode"),
                        text(detail, "stoppedReason"),
                        ofContainers(detail, "reason", String.class));
        return stopped.news(
                run,
                event.getTime() == null
                        ? Instant.EPOCH
                        : Instant.ofEpochMilli(event.getTime().getMillis()));
    }

    private static Optional<String> text(Map<String, Object> detail, String member) {
        return Optional.ofNullable(detail.get(member))
                .filter(String.class::isInstance)
                .map(String.class::cast);
    }

    private static <T> Optional<T> ofContainers(
            Map<String, Object> detail, String member, Class<T> type) {
        if (!(detail.get("containers") instanceof List<?> containers)) return Optional.empty();
        return containers.stream()
                .filter(container -> container instanceof Map<?, ?>)
                .map(container -> ((Map<?, ?>) container).get(member))
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst();
    }

    private static Problem invalid(String what) {
        return new Problem(
                ErrorCode.EVENT_INVALID,
                "the event cannot be used: " + what,
                "events/seal.task-stopped.json shows what this function takes.");
    }
}
