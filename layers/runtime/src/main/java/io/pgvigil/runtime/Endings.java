package io.pgvigil.runtime;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.Runs;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What happens when a task has ended: its run is closed and announced, the next one is started.
public final class Endings {
    private final Seals seals;
    private final Runs runs;
    private final RunNews news;
    private final Optional<Dispatcher> dispatcher;
    private final Runbooks runbooks;
    private final StateLog log;

    /// @param dispatcher empty where nothing is queued
    public Endings(
            ObjectStore store,
            Seals seals,
            RunNews news,
            Optional<Dispatcher> dispatcher,
            Runbooks runbooks,
            StateLog log) {
        this.seals = seals;
        this.runs = new Runs(store);
        this.news = news;
        this.dispatcher = dispatcher;
        this.runbooks = runbooks;
        this.log = log;
    }

    /// Closes the run. Can be told of the same end any number of times.
    public Seals.Closed stopped(TaskStopped news) {
        var before = runs.get(news.run());
        var closed = seals.stopped(news);
        if (!before.state().ended()) {
            var line = new LinkedHashMap<String, Object>();
            line.put("run", news.run());
            line.put("server", before.order().server());
            line.put("state", closed.state());
            news.exitCode().ifPresent(code -> line.put("exitCode", code));
            line.put("reason", news.reason());
            closed.why().ifPresent(why -> line.put("code", why.code()));
            log.event("ended", line);
            closed.outcomes().forEach(this::lock);
        }
        finish(runs.get(news.run()));
        return closed;
    }

    private void lock(Seals.Outcome outcome) {
        outcome.locked()
                .ifPresent(locked -> {
                    var line = new LinkedHashMap<String, Object>();
                    line.put("backup", outcome.backup());
                    line.put("mode", locked.mode().word());
                    line.put("until", locked.until());
                    locked.failure()
                            .ifPresent(why -> {
                                line.put("code", why.code());
                                line.put("what", why.what());
                            });
                    log.event(locked.failure().isEmpty() ? "locked" : "not-locked", line);
                });
    }

    /// Tells of a run that has ended, starts what waited for it, and takes it off the list of open runs.
    /// False when somebody else is telling of it just now.
    public boolean finish(Run run) {
        runbook(run);
        Optional<Problem> untold = Optional.empty();
        var told = false;
        try {
            told = news.tell(run);
        } catch (Problem problem) {
            untold = Optional.of(problem);
        }
        // Even if nobody can be told, the next backup need not wait.
        dispatcher.ifPresent(next -> next.dispatch(run.order().server()));
        if (untold.isPresent()) throw untold.get();
        // Last: until here, watch finds the run and does what we did not come to.
        if (told) runs.close(run.order().server(), run.run());
        return told;
    }

    /// A page that could not be written must not keep the news back; the next drill writes it.
    private void runbook(Run run) {
        if (!(run.order() instanceof Order.Drill drill) || run.state() != RunState.DONE) return;
        try {
            runbooks.write(drill.server(), drill.database(), run.run());
        } catch (Problem problem) {
            log.problem("runbook-not-written", problem, Map.of("run", run.run()));
        }
    }
}
