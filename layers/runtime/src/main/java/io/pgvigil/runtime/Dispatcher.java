package io.pgvigil.runtime;

import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.Turn;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.Runs;
import io.pgvigil.wire.Slots;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/// Starts queued runs: the oldest of a server first, never more at once than the server's limit.
///
/// Any number of them may be at work at the same time, and any may die at any moment: a run is
/// started by whoever claims it, in a slot that holds one run ([Slots]).
public final class Dispatcher {
    /// Whoever claimed a run starts its task within a second; after this long it never will.
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private static final int ATTEMPTS = 20;

    private static final Comparator<Run> OLDEST_FIRST =
            Comparator.comparing((Run run) -> run.turn().map(Turn::since).orElse(run.asked()))
                    .thenComparing(Run::run);

    private final Runs runs;
    private final Slots slots;
    private final Retrievals retrievals;
    private final TaskLauncher launcher;
    private final Predicate<Order> allowed;
    private final RunNews news;
    private final StateLog log;
    private final InstantSource clock;

    /// @param allowed which orders' tasks we may start; those of others wait for somebody who may
    public Dispatcher(
            ObjectStore store,
            TaskLauncher launcher,
            Predicate<Order> allowed,
            RunNews news,
            StateLog log,
            InstantSource clock) {
        this.runs = new Runs(store);
        this.slots = new Slots(store, clock);
        this.retrievals = new Retrievals(store, clock);
        this.launcher = launcher;
        this.allowed = allowed;
        this.news = news;
        this.log = log;
        this.clock = clock;
    }

    /// Starts what may be started of one server and returns it.
    public List<RunId> dispatch(ServerName server) {
        return dispatch(runs.open(server).stream().flatMap(open -> open.run().stream()).toList());
    }

    /// The same for every server that has open runs.
    public List<RunId> dispatchAll() {
        return dispatchAll(runs.open());
    }

    /// The same for runs that the caller has just read.
    public List<RunId> dispatchAll(List<Runs.Open> open) {
        var byServer = new LinkedHashMap<ServerName, List<Run>>();
        open.stream()
                .flatMap(one -> one.run().stream())
                .forEach(run ->
                        byServer.computeIfAbsent(run.order().server(), _ -> new ArrayList<>())
                                .add(run));
        return byServer.values().stream().flatMap(some -> dispatch(some).stream()).toList();
    }

    private List<RunId> dispatch(List<Run> open) {
        var started = new ArrayList<RunId>();
        Optional<Set<RunId>> full = Optional.empty();
        var waiting =
                open.stream()
                        .filter(Dispatcher::waits)
                        .filter(run -> allowed.test(run.order()))
                        .sorted(OLDEST_FIRST)
                        .toList();
        for (var run : waiting) {
            var turn = run.turn().orElseThrow();
            if (turn.over(clock.instant())) {
                fail(run, Dispatcher::waits, tooLate(run, turn));
                continue;
            }
            if (!readable(run, turn)) continue;
            // A run that has a slot from an attempt that died goes on even when all are busy: it
            // would
            // wait for a slot while its own stands empty.
            if (turn.atOnce().isPresent()
                    && full.filter(named -> !named.contains(run.run())).isPresent()) continue;
            var answer =
                    turn.atOnce().isEmpty()
                            ? start(run, Optional.empty())
                            : startInSlot(run, turn.atOnce().get());
            switch (answer) {
                case STARTED -> started.add(run.run());
                case FULL -> full = Optional.of(slots.named(run.order().server()));
                // Asking again at once is what throttling punishes.
                case NOT_NOW -> {
                    return List.copyOf(started);
                }
                case TAKEN, FAILED, SLOT_LOST -> {}
            }
        }
        return List.copyOf(started);
    }

    private static boolean waits(Run run) {
        return run.state() == RunState.QUEUED && run.turn().isPresent();
    }

    /// Whether what the run reads can be read.
    private boolean readable(Run run, Turn turn) {
        try {
            return turn.retrieval().isEmpty() || retrievals.done(turn.retrieval().get());
        } catch (Problem problem) {
            // The others need not wait for this one.
            if (problem.transientFailure())
                log.problem("queued", problem, Map.of("run", run.run()));
            else fail(run, Dispatcher::waits, problem);
            return false;
        }
    }

    private enum Answer {
        STARTED,
        /// No slot is free.
        FULL,
        /// Somebody else has claimed it.
        TAKEN,
        /// No task can be had just now.
        NOT_NOW,
        /// No task can be had, and that is final.
        FAILED,
        /// The slot went to another run in between.
        SLOT_LOST
    }

    private Answer startInSlot(Run run, int atOnce) {
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            var slot = slots.take(run, atOnce);
            if (slot.isEmpty()) return Answer.FULL;
            var answer = start(run, slot);
            if (answer != Answer.SLOT_LOST) return answer;
        }
        // Others are very busy with this server; each of them looks at this run, too.
        return Answer.TAKEN;
    }

    private Answer start(Run run, Optional<Slots.Taken> slot) {
        var id = run.run();
        var number = slot.map(Slots.Taken::number);
        var now = clock.instant();
        var claim = now + "-" + UUID.randomUUID();
        // The claim comes first: others read the same queue at the same moment.
        var claimed =
                runs.move(id, known -> waits(known) ? known.starting(now, claim, number) : known);
        if (!claimed.startedBy(claim)) return Answer.TAKEN;
        if (slot.isPresent() && !slots.confirm(slot.get())) {
            unclaim(id, claim, Optional.empty());
            return Answer.SLOT_LOST;
        }
        String task;
        try {
            task = launcher.launch(claimed);
        } catch (RuntimeException e) {
            return notStarted(claimed, claim, asProblem(id, e));
        }
        runs.move(id, known -> known.startedBy(claim) ? known.started(task) : known);
        log.event("started", Map.of("run", id, "server", run.order().server(), "task", task));
        return Answer.STARTED;
    }

    private Answer notStarted(Run claimed, String claim, Problem problem) {
        if (!problem.transientFailure()) {
            fail(claimed, known -> known.startedBy(claim), problem);
            return Answer.FAILED;
        }
        // The slot first: once the run is back in the queue, the slot may be its own again.
        claimed.turn().flatMap(Turn::slot).ifPresent(taken -> slots.release(claimed, taken));
        unclaim(claimed.run(), claim, Optional.of(Failure.of(problem)));
        log.problem(
                "queued",
                problem,
                Map.of("run", claimed.run(), "server", claimed.order().server()));
        return Answer.NOT_NOW;
    }

    private void unclaim(RunId id, String claim, Optional<Failure> why) {
        runs.move(id, known -> known.startedBy(claim) ? known.requeued(why) : known);
    }

    private static Problem asProblem(RunId id, RuntimeException e) {
        return e instanceof Problem known
                ? known
                : new Problem(
                        ErrorCode.TASK_NOT_STARTED,
                        "no task could be started for run " + id,
                        "The cause is in the log.",
                        false,
                        e);
    }

    /// Puts a run back into the queue whose starter died: claimed long ago and still without a task.
    /// Asking for its task again is safe, for the launcher knows the run. False when it is not so.
    public boolean recover(Run run) {
        var since = run.started().orElse(run.asked());
        if (!run.starting()
                || run.turn().isEmpty()
                || since.plus(START_LIMIT).isAfter(clock.instant())) return false;
        var moved =
                runs.move(
                        run.run(),
                        known ->
                                known.starting() && known.task().equals(run.task())
                                        ? known.requeued(Optional.empty())
                                        : known);
        return moved.state() == RunState.QUEUED;
    }

    private static Problem tooLate(Run run, Turn turn) {
        if (turn.retrieval().isPresent() && turn.lastTry().isEmpty())
            return new Problem(
                    ErrorCode.BACKUP_ARCHIVED,
                    "what run %s reads has not come back from its archive class until %s"
                            .formatted(run.run(), turn.until()),
                    "Look at one of its objects: aws s3api head-object shows how its retrieval stands (Restore).");
        return turn.lastTry()
                .map(last ->
                        new Problem(
                                ErrorCode.TASK_NOT_STARTED,
                                "no task could be started for run "
                                        + run.run()
                                        + " until "
                                        + turn.until()
                                        + ", in "
                                        + turn.tries()
                                        + " attempts: "
                                        + last.what(),
                                last.hint(),
                                true,
                                null))
                .orElseGet(() ->
                        new Problem(
                                ErrorCode.TASK_NOT_STARTED,
                                "run "
                                        + run.run()
                                        + " waited until "
                                        + turn.until()
                                        + " for others of server "
                                        + run.order().server()
                                        + " to end",
                                "Allow more at once (limits.at_once) or a longer wait"
                                        + " (limits.catch_up), or spread the schedules.",
                                true,
                                null));
    }

    /// Ends a run that has no task, if it still is as we know it, and tells of it.
    public void fail(Run run, Predicate<Run> still, Problem problem) {
        var ended =
                runs.move(
                        run.run(),
                        known ->
                                still.test(known)
                                        ? known.ended(
                                                RunState.FAILED,
                                                clock.instant(),
                                                Optional.of(Failure.of(problem)))
                                        : known);
        if (!ended.state().ended()) return;
        log.problem("failed", problem, Map.of("run", run.run(), "server", run.order().server()));
        try {
            if (news.tell(ended)) runs.close(run.order().server(), run.run());
        } catch (Problem untold) {
            if (!untold.transientFailure()) throw untold;
            // It stays open, and watch tells it.
            log.problem("untold", untold, Map.of("run", run.run()));
        }
    }
}
