package io.pgvigil.testkit;

import io.pgvigil.core.RunId;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskSight;
import io.pgvigil.core.run.TaskStopped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// A small container service: each task is a thread that takes a while, and the news of its end comes
/// late, twice, and out of order, as the real one may deliver it. News that is not taken comes again.
///
/// Asked twice for the same run it starts one task, as ECS does with a client token.
public final class ThreadTasks implements TaskLauncher, TaskSight, AutoCloseable {
    private static final int LONGEST_WORK_MILLIS = 20;
    private static final int LONGEST_DELAY_MILLIS = 30;
    private static final int DELIVERIES = 2;
    private static final int MOST_ATTEMPTS = 50;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<RunId, String> tasks = new ConcurrentHashMap<>();
    private final Map<String, TaskStopped> stopped = new ConcurrentHashMap<>();
    private final List<RunId> launched = new CopyOnWriteArrayList<>();
    private final List<Throwable> undelivered = new CopyOnWriteArrayList<>();
    private final Phaser busy = new Phaser(1);
    private final Consumer<Run> work;
    private final Consumer<TaskStopped> listener;
    private final Random random;
    private int running;
    private int peak;

    /// @param work what a task does before it ends with 0; if it throws, the task was killed
    /// @param listener takes the news, from several threads at once
    public ThreadTasks(long seed, Consumer<Run> work, Consumer<TaskStopped> listener) {
        this.random = new Random(seed);
        this.work = work;
        this.listener = listener;
    }

    @Override
    public String launch(Run run) {
        var fresh = new ArrayList<String>();
        var task =
                tasks.computeIfAbsent(
                        run.run(),
                        id -> {
                            fresh.add("thread-" + id);
                            return "thread-" + id;
                        });
        if (!fresh.isEmpty()) {
            launched.add(run.run());
            begin();
            inBackground(() -> perform(run, task));
        }
        return task;
    }

    private void perform(Run run, String task) {
        var exit = 0;
        try {
            pause(LONGEST_WORK_MILLIS);
            work.accept(run);
        } catch (RuntimeException killed) {
            exit = 137;
        }
        end();
        var news = new TaskStopped(run.run(), Optional.of(exit), "exited", Instant.EPOCH);
        stopped.put(task, news);
        for (var delivery = 0; delivery < DELIVERIES; delivery++) inBackground(() -> deliver(news));
    }

    private void deliver(TaskStopped news) {
        Throwable last = null;
        for (var attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            pause(LONGEST_DELAY_MILLIS);
            try {
                listener.accept(news);
                return;
            } catch (Throwable refused) {
                last = refused;
            }
        }
        if (last != null) undelivered.add(last);
    }

    private void inBackground(Runnable deed) {
        busy.register();
        threads.execute(() -> {
            try {
                deed.run();
            } finally {
                busy.arriveAndDeregister();
            }
        });
    }

    private synchronized void begin() {
        running++;
        peak = Math.max(peak, running);
    }

    private synchronized void end() {
        running--;
    }

    private void pause(int longest) {
        long millis;
        synchronized (random) {
            millis = random.nextInt(longest + 1);
        }
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Look look(Run run, String task) {
        if (!tasks.containsValue(task)) return new Look.Unknown(Optional.empty());
        var news = stopped.get(task);
        return news == null ? new Look.Alive() : new Look.Stopped(news);
    }

    /// Waits until no task is at work and no news is under way.
    public void awaitQuiet() {
        try {
            busy.awaitAdvanceInterruptibly(busy.arrive(), 2, TimeUnit.MINUTES);
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException("tasks or news are still under way", e);
        }
    }

    /// How many tasks were at work at the same time at most.
    public synchronized int peak() {
        return peak;
    }

    /// Each run once, in the order of their starts.
    public List<RunId> launched() {
        return List.copyOf(launched);
    }

    /// Why news was never taken.
    public List<Throwable> undelivered() {
        return List.copyOf(undelivered);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
