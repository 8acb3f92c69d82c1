package io.pgvigil.core.run;

import io.pgvigil.core.RunId;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;

/// What ECS says about a task that has stopped, whether an event brought it or somebody asked.
///
/// @param exitCode of the container, absent when it never started
/// @param stopCode ECS's own word, for example `TaskFailedToStart` or `SpotInterruption`
/// @param stoppedReason of the task, often no more than "Essential container in task exited"
/// @param containerReason of the container, which then says what happened
public record StoppedTask(
        Optional<Integer> exitCode,
        Optional<String> stopCode,
        Optional<String> stoppedReason,
        Optional<String> containerReason) {
    /// How the container ended says as much as this code does.
    private static final String USUAL = "EssentialContainerExited";

    /// Everything that was said, once each: `<stop code>: <task's reason>, <container's reason>`.
    public String words() {
        var said = new LinkedHashSet<String>();
        stoppedReason.filter(text -> !text.isBlank()).ifPresent(said::add);
        containerReason.filter(text -> !text.isBlank()).ifPresent(said::add);
        var reason = said.isEmpty() ? "no reason" : String.join(", ", said);
        return stopCode.filter(code -> !code.isBlank() && !code.equals(USUAL))
                .map(code -> code + ": " + reason)
                .orElse(reason);
    }

    public TaskStopped news(RunId run, Instant at) {
        return new TaskStopped(run, exitCode, words(), at);
    }
}
