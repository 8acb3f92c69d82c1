package io.pgvigil.local;

import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskStopped;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// Runs the task as a child process: the same program that the container runs, with the run's id
/// as its last argument.
///
/// The child inherits our environment, which is where passwords travel, plus what the command adds.
public final class ChildTaskLauncher implements TaskLauncher {
    private final Command command;
    private final Listener listener;
    private final String host;
    private final InstantSource clock;
    private final List<Child> children = new CopyOnWriteArrayList<>();

    /// Hears what tasks say and when they end, on a thread of its own per task.
    public interface Listener {
        /// Nobody listens: what the child prints goes where our own output goes.
        Listener SILENT =
                new Listener() {
                    @Override
                    public void line(RunId run, String line) {}

                    @Override
                    public void stopped(TaskStopped news) {}
                };

        void line(RunId run, String line);

        void stopped(TaskStopped news);
    }

    private record Child(RunId run, Process process, Thread follower) {}

    /// @param host this machine's name, part of a task's name so that others know where it ran
    public ChildTaskLauncher(Command command, Listener listener, String host, InstantSource clock) {
        this.command = command;
        this.listener = listener;
        this.host = host;
        this.clock = clock;
    }

    @Override
    public String launch(Run order) {
        var run = order.run();
        var argv = new ArrayList<>(command.argv());
        argv.add(run.value());
        var builder = new ProcessBuilder(argv);
        builder.environment().putAll(command.environment());
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        if (listener == Listener.SILENT) builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
        try {
            var process = builder.start();
            process.getOutputStream().close();
            var follower =
                    Thread.ofPlatform()
                            .name("task " + run)
                            .daemon(listener == Listener.SILENT)
                            .unstarted(() -> follow(run, process));
            children.add(new Child(run, process, follower));
            follower.start();
            return "pid-" + process.pid() + "@" + host;
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.TASK_NOT_STARTED,
                    "no task could be started for run " + run + ": " + e.getMessage(),
                    "Can " + argv.getFirst() + " be run here?",
                    e);
        }
    }

    private void follow(RunId run, Process process) {
        if (listener == Listener.SILENT) return;
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine())
                listener.line(run, line);
        } catch (IOException e) {
            // The pipe broke; how the process ended still tells the story.
        }
        var status = process.onExit().join().exitValue();
        listener.stopped(
                new TaskStopped(
                        run,
                        Optional.of(status),
                        status > 128 ? "killed by signal " + (status - 128) : "exited",
                        clock.instant()));
    }

    /// Waits until every task has ended and its listener has been told, those included that were started
    /// meanwhile.
    public void awaitAll() {
        for (var next = 0; next < children.size(); next++) {
            var child = children.get(next);
            try {
                child.follower().join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Problem(
                        ErrorCode.RUN_CANCELLED,
                        "interrupted while waiting for run " + child.run(),
                        "The run goes on; pgvigil list shows what it leaves.");
            }
        }
    }

    /// Asks every task that still runs to stop, as the container engine would.
    public void terminateAll() {
        children.forEach(child -> child.process().destroy());
    }
}
