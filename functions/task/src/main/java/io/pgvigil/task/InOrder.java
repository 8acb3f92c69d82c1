package io.pgvigil.task;

import io.pgvigil.aws.StoppableThread;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/// Does the same to many things, several at a time, and hands on what comes of it in their order.
///
/// Unlike `Gatherers.mapConcurrent`, which waits out an interrupt, it ends when its thread is interrupted:
/// that is how a task is told to stop. Nothing is under way any more when it returns or throws: whoever
/// tidies up then is alone.
public final class InOrder {
    private InOrder() {}

    /// An interrupt ends their reading from S3, too, even of a connection that hangs.
    ///
    /// @param atOnce how many are under way, those included that wait for an earlier one
    public static <T, R> void each(
            Iterable<T> things,
            int atOnce,
            Function<? super T, ? extends R> work,
            Consumer<? super R> done) {
        each(StoppableThread.perTask(), things, atOnce, work, done);
    }

    /// All of it at once, on threads of the system's: for work that rather computes than waits.
    public static <T> void together(List<T> things, Consumer<? super T> work) {
        each(
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory()),
                things,
                things.size(),
                thing -> {
                    work.accept(thing);
                    return thing;
                },
                thing -> {});
    }

    private static <T, R> void each(
            ExecutorService executor,
            Iterable<T> things,
            int atOnce,
            Function<? super T, ? extends R> work,
            Consumer<? super R> done) {
        try (var threads = executor) {
            try {
                var underWay = new ArrayDeque<Future<R>>();
                for (var thing : things) {
                    if (underWay.size() == atOnce) done.accept(result(underWay.remove()));
                    underWay.add(threads.submit(() -> work.apply(thing)));
                }
                while (!underWay.isEmpty()) done.accept(result(underWay.remove()));
            } finally {
                // What is still under way after a failure is told to stop, and waited for.
                threads.shutdownNow();
            }
        }
    }

    private static <R> R result(Future<R> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cancelled(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) throw failure;
            throw new IllegalStateException(e.getCause());
        }
    }

    /// @param why what the interrupt broke off
    public static Problem cancelled(Exception why) {
        return new Problem(
                ErrorCode.RUN_CANCELLED,
                "the task was told to stop",
                "Ask for the run again when you are ready.",
                why);
    }
}
