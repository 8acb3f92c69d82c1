package io.pgvigil.cli;

import com.amazonaws.services.lambda.runtime.events.ScheduledEvent;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.wire.Json;
import java.io.ByteArrayInputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The end of a child process in the words of ECS, so that `seal` has one kind of news.
///
/// The shape is that of an "ECS Task State Change" event:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html>.
final class TaskEvents {
    private TaskEvents() {}

    /// What the Lambda runtime does with an event before it calls the handler.
    static @Nullable ScheduledEvent read(byte[] event) {
        try {
            return LambdaEventSerializers.serializerFor(
                            ScheduledEvent.class, TaskEvents.class.getClassLoader())
                    .fromJson(new ByteArrayInputStream(event));
        } catch (RuntimeException e) {
            throw new Problem(
                    ErrorCode.EVENT_INVALID,
                    "the event cannot be used: it is no EventBridge event",
                    "events/seal.task-stopped.json shows what this function takes.",
                    e);
        }
    }

    static byte[] stopped(TaskStopped news) {
        var container = new LinkedHashMap<String, Object>();
        container.put("name", "task");
        container.put("lastStatus", "STOPPED");
        news.exitCode().ifPresent(code -> container.put("exitCode", code));
        var detail = new LinkedHashMap<String, Object>();
        detail.put("lastStatus", "STOPPED");
        detail.put("desiredStatus", "STOPPED");
        detail.put("startedBy", news.run().value());
        detail.put("stoppedReason", news.reason());
        detail.put("containers", List.of(container));
        var event = new LinkedHashMap<String, Object>();
        event.put("version", "0");
        event.put("id", "local-" + news.run());
        event.put("detail-type", "ECS Task State Change");
        event.put("source", "pgvigil.local");
        event.put("account", "000000000000");
        event.put("region", "local");
        event.put("time", news.at().toString());
        event.put("resources", List.of());
        event.put("detail", Map.copyOf(detail));
        return Json.bytes(event);
    }
}
