package io.pgvigil.wire;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Gatherer;

/// `Gatherers.mapConcurrent` on threads of the system's.
///
/// Virtual threads that read from the network leave a thread in a system call, and Java waits 0.3 s for
/// such ones when a command ends. In exchange an interrupt does not end a read that hangs; nobody waits
/// for one here.
public final class Concurrently {
    private Concurrently() {}

    /// Results come in the order of what they are of; the first that fails ends it.
    ///
    /// @param atOnce how many are under way, those included that wait for an earlier one
    public static <T, R> Gatherer<T, ?, R> map(int atOnce, Function<? super T, ? extends R> work) {
        return Gatherer.<T, UnderWay<T, R>, R>ofSequential(
                () -> new UnderWay<>(atOnce, work), UnderWay::take, UnderWay::finish);
    }

    private static final class UnderWay<T, R> {
        private final int atOnce;
        private final Function<? super T, ? extends R> work;
        private final Deque<Future<R>> results = new ArrayDeque<>();
        private final ExecutorService threads =
                Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());

        UnderWay(int atOnce, Function<? super T, ? extends R> work) {
            this.atOnce = atOnce;
            this.work = work;
        }

        boolean take(T thing, Gatherer.Downstream<? super R> next) {
            if (results.size() == atOnce && !passOn(next)) return false;
            results.add(threads.submit(() -> work.apply(thing)));
            return true;
        }

        void finish(Gatherer.Downstream<? super R> next) {
            while (!results.isEmpty() && passOn(next)) {}
            threads.shutdownNow();
        }

        private boolean passOn(Gatherer.Downstream<? super R> next) {
            try {
                return next.push(results.remove().get());
            } catch (InterruptedException e) {
                threads.shutdownNow();
                Thread.currentThread().interrupt();
                throw new Problem(
                        ErrorCode.RUN_CANCELLED,
                        "reading from the store was told to stop",
                        "Ask again when you are ready.",
                        e);
            } catch (ExecutionException e) {
                threads.shutdownNow();
                if (e.getCause() instanceof RuntimeException failure) throw failure;
                throw new IllegalStateException(e.getCause());
            }
        }
    }
}
