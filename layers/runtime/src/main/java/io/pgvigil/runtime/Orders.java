package io.pgvigil.runtime;

import io.pgvigil.core.RunId;
import io.pgvigil.core.config.Limits;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retrieval.Retrieval;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskSize;
import io.pgvigil.core.run.Turn;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/// Turns an order into one run with one task, however often it is delivered.
///
/// Deployed, a run waits in its server's queue and is started when there is room. On a laptop
/// somebody sits and waits, and the environment that holds the password is theirs: there a run is
/// started at once, by the one who asked.
public final class Orders {
    // Whoever recorded a run starts its task within a second; after this long it never will.
    static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final Runs runs;
    private final Optional<TaskLauncher> launcher;
    private final Optional<Dispatcher> dispatcher;
    private final InstantSource clock;

    /// Starts every run at once.
    public Orders(Runs runs, TaskLauncher launcher, InstantSource clock) {
        this(runs, Optional.of(launcher), Optional.empty(), clock);
    }

    private Orders(
            Runs runs,
            Optional<TaskLauncher> launcher,
            Optional<Dispatcher> dispatcher,
            InstantSource clock) {
        this.runs = runs;
        this.launcher = launcher;
        this.dispatcher = dispatcher;
        this.clock = clock;
    }

    /// Puts every run into its server's queue.
    public static Orders queueing(Runs runs, Dispatcher dispatcher, InstantSource clock) {
        return new Orders(runs, Optional.empty(), Optional.of(dispatcher), clock);
    }

    /// How a run may be started.
    ///
    /// @param atOnce how many runs may use its server at the same time; empty: it does not use it
    /// @param patience how long after it was due or asked for it may still be started
    /// @param size how large its container is to be
    /// @param retrieval what must come back from an archive class first
    public record Terms(
            Optional<Integer> atOnce,
            Duration patience,
            Optional<TaskSize> size,
            Optional<Retrieval> retrieval) {
        /// Of a drill or a restore, which do not use the server the backup is of.
        public static Terms apart(Optional<TaskSize> size) {
            return new Terms(Optional.empty(), Limits.DEFAULT.catchUp(), size, Optional.empty());
        }

        /// Of a scheduled run that waits for no other. A drill does not use the server; a harvest reads
        /// what it wrote anyway, as a standby would, and must not wait for a dump that takes a day.
        ///
        /// @param patience as long as its loss can be borne
        public static Terms beside(Duration patience, Optional<TaskSize> size) {
            return new Terms(Optional.empty(), patience, size, Optional.empty());
        }

        public static Terms of(Limits limits, Optional<TaskSize> size) {
            return new Terms(
                    Optional.of(limits.atOnce()), limits.catchUp(), size, Optional.empty());
        }

        public Terms after(Optional<Retrieval> what) {
            return new Terms(atOnce, patience, size, what);
        }
    }

    /// @param fresh whether this call started the task or queued the run
    public record Placed(RunId run, RunState state, boolean fresh) {}

    /// @param due when it was due: then the time alone tells requests apart, whoever delivers them
    /// @param nonce the request's own id, which tells manual requests apart and is the same when the
    ///     platform delivers one again
    public Placed place(Order order, Optional<Instant> due, String nonce, Terms terms) {
        var now = clock.instant();
        var id =
                due.map(time -> RunIds.of(order, time, ""))
                        .orElseGet(() -> RunIds.of(order, firstAsked(order, nonce, now), nonce));
        if (dispatcher.isEmpty()) return now(id, order, terms);
        var fresh = record(id, order, due.orElse(now), terms);
        dispatcher.get().dispatch(order.server());
        var run = runs.get(id);
        if (fresh && run.failure().isPresent()) throw run.failure().get().toProblem();
        return new Placed(id, run.state(), fresh);
    }

    /// Records a run in the queue and leaves starting it to a [Dispatcher]. False when it is known.
    public boolean record(RunId id, Order order, Instant since, Terms terms) {
        // It can be started when all it reads is back, and from then on as long as any other.
        var ready = terms.retrieval().map(Retrieval::givenUp).orElse(since);
        var turn =
                Turn.of(terms.atOnce(), since, ready.plus(terms.patience()))
                        .after(terms.retrieval());
        return runs.ask(Run.queued(id, order, clock.instant(), turn).sized(terms.size()));
    }

    /// Records a run that cannot be done, so that it is seen and announced like any other.
    public boolean refuse(RunId id, Order order, Problem why) {
        var now = clock.instant();
        return runs.ask(
                Run.asked(id, order, now)
                        .ended(RunState.FAILED, now, Optional.of(Failure.of(why))));
    }

    // A retry of the platform comes minutes later, and the time is part of a run's id.
    private Instant firstAsked(Order order, String nonce, Instant now) {
        return runs.firstAsked(RunIds.request(order, nonce), now);
    }

    private Placed now(RunId id, Order order, Terms terms) {
        terms.retrieval().ifPresent(Orders::comeAgain);
        var now = clock.instant();
        if (!runs.ask(Run.asked(id, order, now).sized(terms.size()))) {
            var known = runs.get(id);
            var abandoned =
                    known.state() == RunState.ASKED
                            && known.task().isEmpty()
                            && known.asked().plus(START_LIMIT).isBefore(now);
            if (!abandoned) return new Placed(id, known.state(), false);
        }
        return start(id, launcher.orElseThrow());
    }

    /// Nobody sits and waits for half a day.
    private static void comeAgain(Retrieval retrieval) {
        throw new Problem(
                ErrorCode.RETRIEVAL_UNDER_WAY,
                "the backup is being brought back from its archive class and should be there by "
                        + retrieval.by().truncatedTo(ChronoUnit.MINUTES),
                "Run the same command again then; until the backup is there it only says so.",
                true,
                null);
    }

    private Placed start(RunId id, TaskLauncher starter) {
        // The claim comes first: two deliveries may both have found the run abandoned.
        var now = clock.instant();
        var claim = now + "-" + UUID.randomUUID();
        var claimed =
                runs.move(
                        id,
                        run ->
                                run.state() == RunState.ASKED
                                        ? run.starting(now, claim, Optional.empty())
                                        : run);
        if (!claimed.startedBy(claim)) return new Placed(id, claimed.state(), false);
        try {
            var task = starter.launch(claimed);
            return new Placed(id, runs.move(id, run -> run.started(task)).state(), true);
        } catch (RuntimeException e) {
            var problem =
                    e instanceof Problem known
                            ? known
                            : new Problem(
                                    ErrorCode.TASK_NOT_STARTED,
                                    "no task could be started for run " + id,
                                    "The cause is in the log.",
                                    e);
            var ended =
                    runs.move(
                            id,
                            run ->
                                    run.ended(
                                            RunState.FAILED,
                                            clock.instant(),
                                            Optional.of(Failure.of(problem))));
            runs.close(ended.order().server(), id);
            throw problem;
        }
    }
}
