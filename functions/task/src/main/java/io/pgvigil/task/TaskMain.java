package io.pgvigil.task;

import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.FurtherStores;
import io.pgvigil.runtime.HeadStart;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.Warmup;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// The program of the container: does one run, says how it went, and leaves.
///
/// Called with a run's id, or with `harvest` and names of servers to be an always-on harvest; `PGVIGIL_STORE` says where the run is recorded. Exit code 0 means that the
/// run's report says so too. SIGTERM stops the work, aborts what is under way, and still reports.
public final class TaskMain {
    // ECS sends SIGKILL 30 seconds after SIGTERM unless the task definition allows more; the image
    // says so with the setting. Giving up earlier than that only costs the report.
    private static final String STOP_SETTING = "PGVIGIL_STOP_SECONDS";
    private static final Duration STOP_LIMIT = Duration.ofSeconds(25);

    private TaskMain() {}

    public static void main(String[] arguments) {
        headStart(System.getenv());
        var status = run(arguments);
        // While Java records this run for later ones: what they may need besides.
        if (Boolean.getBoolean("pgvigil.recorded")) Warmup.everything();
        System.exit(status);
    }

    /// Who has one processor needs it for the work itself.
    private static void headStart(Map<String, String> environment) {
        var store = environment.get("PGVIGIL_STORE");
        if (store == null || Runtime.getRuntime().availableProcessors() < 2) return;
        HeadStart.with(() -> Stores.prepareBulk(StoreUri.parse(store), environment));
    }

    static int run(String[] arguments) {
        var serves = arguments.length > 1 && arguments[0].equals(HarvestService.WORD);
        if (arguments.length != 1 && !serves) {
            System.err.println(
                    "usage: task RUN-ID, or task harvest SERVER..., with PGVIGIL_STORE set");
            return ExitStatus.USAGE.code();
        }
        try {
            var service =
                    serves
                            ? Optional.of(
                                    HarvestService.of(
                                            List.of(arguments).subList(1, arguments.length),
                                            System.getenv()))
                            : Optional.<HarvestService>empty();
            var run = serves ? Optional.<RunId>empty() : Optional.of(new RunId(arguments[0]));
            var stopLimit = stopLimit(System.getenv());
            var stopping = new AtomicBoolean();
            var worker = Thread.currentThread();
            // Not the worker's end: on its way out it waits for this hook.
            var done = new CountDownLatch(1);
            var stop =
                    Thread.ofPlatform()
                            .name("stop")
                            .unstarted(() -> {
                                stopping.set(true);
                                worker.interrupt();
                                await(done, stopLimit);
                            });
            Runtime.getRuntime().addShutdownHook(stop);
            try {
                if (service.isPresent()) {
                    service.get().run(stopping::get);
                    return ExitStatus.DONE.code();
                }
                try (var further = new FurtherStores(System.getenv())) {
                    var task = TaskWiring.standard(further, stopping::get);
                    return task.perform(run.orElseThrow()) ? 0 : ExitStatus.FAILED.code();
                }
            } finally {
                done.countDown();
                removeHook(stop);
            }
        } catch (Problem problem) {
            System.err.println(problem.getMessage());
            return problem.code().exitStatus().code();
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return ExitStatus.USAGE.code();
        }
    }

    private static void removeHook(Thread stop) {
        try {
            Runtime.getRuntime().removeShutdownHook(stop);
        } catch (IllegalStateException shuttingDown) {
            // The hook is what waits for us just now.
        }
    }

    static Duration stopLimit(Map<String, String> environment) {
        var settings = new Settings(environment);
        var text = settings.optional(STOP_SETTING);
        if (text.isEmpty()) return STOP_LIMIT;
        if (!text.get().matches("[1-9][0-9]{0,3}"))
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    STOP_SETTING + "=" + text.get() + " is not a number of seconds",
                    "Set it a little below the time that the platform waits between SIGTERM and"
                            + " SIGKILL.");
        return Duration.ofSeconds(Long.parseLong(text.get()));
    }

    private static void await(CountDownLatch done, Duration limit) {
        try {
            var inTime = done.await(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!inTime) System.err.println("the work did not stop in time; seal tidies up");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
