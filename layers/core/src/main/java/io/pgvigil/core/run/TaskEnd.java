package io.pgvigil.core.run;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.List;
import java.util.Optional;

/// Why a task ended without a report, judged from its exit code and ECS's words, and what to do.
///
/// See <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>.
public enum TaskEnd {
    OUT_OF_MEMORY(
            true,
            "Exit code 137 is SIGKILL, usually for want of memory. The next run starts afresh; if it"
                    + " happens again, give the task definition more memory.",
            "OutOfMemory"),
    SPOT_INTERRUPTION(
            true,
            "Fargate Spot took the capacity back. The next run starts afresh; tasks that must not be"
                    + " interrupted should not run on Spot.",
            "SpotInterruption",
            "Spot Task was interrupted"),
    IMAGE_NOT_FOUND(
            false,
            "The task never started. Is its image in the registry, under this name and tag, and may"
                    + " the task's execution role and network reach it?",
            "CannotPullContainer",
            "CannotPullImage",
            "CannotInspectContainer"),
    SECRET_OR_NETWORK(
            false,
            "The task never started. Do the secret, the log group and the registry exist, may the"
                    + " task's execution role read them, and has the task's subnet a way to them (NAT"
                    + " gateway, VPC endpoints, or a public address)?",
            "ResourceInitializationError",
            "CannotStartContainer",
            "unable to pull secrets"),
    PLATFORM_TIMEOUT(
            true,
            "AWS did not get the task ready in time, which is rarely anybody's fault. Ask for the run"
                    + " again; if it happens again, look at AWS Health and the subnet's free"
                    + " addresses.",
            "Timeout waiting",
            "TimeoutError",
            "timed out",
            "ContainerRuntimeTimeout"),
    NO_CAPACITY(
            true,
            "AWS had no room for the task. Ask for the run again later, or name subnets in further"
                    + " availability zones.",
            "Capacity is unavailable",
            "RESOURCE:"),
    NEVER_STARTED(
            false,
            "The task never started; its reason in the ECS console says more. Ask for the run again"
                    + " once the cause is gone.",
            "TaskFailedToStart"),
    STOPPED_BY_SOMEBODY(
            true,
            "Somebody, or a deployment, stopped the task. Ask for the run again.",
            "UserInitiated",
            "ServiceSchedulerInitiated",
            "SIGTERM"),
    FOUND_DEAD(
            true,
            "Nothing was heard of its task any more: its host died, or the news of its end was lost."
                    + " The next run starts afresh.",
            "found dead"),
    OTHER(true, "The task's log shows its last words. The next run starts afresh.");

    private static final int SIGKILL = 137;
    private static final int SIGTERM = 143;

    private final boolean temporary;
    private final String hint;
    private final List<String> words;

    TaskEnd(boolean temporary, String hint, String... words) {
        this.temporary = temporary;
        this.hint = hint;
        this.words = List.of(words);
    }

    public String hint() {
        return hint;
    }

    public static TaskEnd judge(Optional<Integer> exitCode, String reason) {
        // Words first: a Spot interruption that was not heeded ends in SIGKILL as well.
        for (var end : values()) if (end.words.stream().anyMatch(reason::contains)) return end;
        return exitCode.map(code ->
                        switch (code) {
                            case SIGKILL -> OUT_OF_MEMORY;
                            case SIGTERM -> STOPPED_BY_SOMEBODY;
                            default -> OTHER;
                        })
                .orElse(OTHER);
    }

    /// The failure of a run whose task left no report.
    public static Problem withoutReport(TaskStopped news) {
        var end = judge(news.exitCode(), news.reason());
        return new Problem(
                ErrorCode.RUN_FAILED,
                "the task of run "
                        + news.run()
                        + " ended without a report: "
                        + news.exitCode().map(code -> "exit code " + code).orElse("no exit code")
                        + " ("
                        + news.reason()
                        + ")",
                end.hint,
                end.temporary,
                null);
    }
}
