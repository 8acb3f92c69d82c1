package io.pgvigil.seal;

import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.runtime.Doorway;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// `seal`: an "ECS Task State Change" event in, how the run was closed out.
///
/// A task's `startedBy` is its run's id. See
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html>.
public final class SealHandler extends Doorway<TaskStopped> {
    private final Seals seals;

    public SealHandler() {
        this(SealWiring.standard());
    }

    public SealHandler(Seals seals) {
        this.seals = seals;
    }

    @Override
    protected TaskStopped decode(byte[] event) {
        var news = read(event);
        var detail = news.getDetail();
        if (detail == null || !"STOPPED".equals(detail.get("lastStatus")))
            throw invalid("it does not say that a task has stopped", null);
        if (!(detail.get("startedBy") instanceof String startedBy))
            throw invalid("it does not say which run started the task (startedBy)", null);
        try {
            return new TaskStopped(
                    new RunId(startedBy), exitCode(detail), reason(detail), stoppedAt(news));
        } catch (IllegalArgumentException e) {
            throw invalid("startedBy is '" + startedBy + "', which is no run of ours", e);
        }
    }

    private static ScheduledEvent read(byte[] event) {
        try {
            var news =
                    LambdaEventSerializers.serializerFor(
                                    ScheduledEvent.class, SealHandler.class.getClassLoader())
                            .fromJson(new ByteArrayInputStream(event));
            if (news == null) throw invalid("it is empty", null);
            return news;
        } catch (RuntimeException e) {
            if (e instanceof Problem) throw e;
            throw invalid("it is no EventBridge event", e);
        }
    }

    private static Optional<Integer> exitCode(Map<String, Object> detail) {
        if (!(detail.get("containers") instanceof List<?> containers)) return Optional.empty();
        return containers.stream()
                .filter(container -> container instanceof Map<?, ?>)
                .map(container -> ((Map<?, ?>) container).get("exitCode"))
                .filter(code -> code instanceof Number)
                .map(code -> ((Number) code).intValue())
                .findFirst();
    }

    /// The task's reason is often no more than "Essential container in task exited"; the
    /// container's own, where there is one, says what happened.
    private static String reason(Map<String, Object> detail) {
        var task = detail.get("stoppedReason") instanceof String reason ? reason : "no reason";
        if (!(detail.get("containers") instanceof List<?> containers)) return task;
        return containers.stream()
                .map(container -> container instanceof Map<?, ?> map ? map.get("reason") : null)
                .flatMap(reason -> reason instanceof String words ? Stream.of(words) : Stream.of())
                .filter(reason -> !reason.equals(task))
                .findFirst()
                .map(reason -> task + ", " + reason)
                .orElse(task);
    }

    private static Instant stoppedAt(ScheduledEvent news) {
        return news.getTime() == null
                ? Instant.EPOCH
                : Instant.ofEpochMilli(news.getTime().getMillis());
    }

    private static Problem invalid(String what, @Nullable Throwable cause) {
        return new Problem(
                ErrorCode.EVENT_INVALID,
                "the event cannot be used: " + what,
                "events/seal.task-stopped.json shows what this function takes.",
                cause);
    }

    @Override
    protected Object handle(TaskStopped news, String request) {
        return seals.stopped(news);
    }
}
