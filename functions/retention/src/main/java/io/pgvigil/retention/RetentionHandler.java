package io.pgvigil.retention;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.runtime.Doorway;
import io.pgvigil.runtime.Emf;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.wire.Catalog;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `retention`: plans what may be deleted, or deletes it.
public final class RetentionHandler extends Doorway<RetentionRequested> {
    private final Retention retention;
    private final Metrics metrics;
    private final StateLog log;
    private final InstantSource clock;

    public RetentionHandler() {
        this(RetentionWiring.standard());
    }

    private RetentionHandler(RetentionHandler standard) {
        this(standard.retention, standard.metrics, standard.log, standard.clock);
    }

    public RetentionHandler(
            Retention retention, Metrics metrics, StateLog log, InstantSource clock) {
        this.retention = retention;
        this.metrics = metrics;
        this.log = log;
        this.clock = clock;
    }

    @Override
    protected RetentionRequested decode(byte[] event) {
        return event(event, RetentionRequested.class, "retention.plan");
    }

    @Override
    protected Object handle(RetentionRequested request, String nonce) {
        var beyondBudget = request.beyondBudget().orElse(false);
        var filter = new Catalog.Filter(request.server(), request.database());
        return switch (request.action().orElse("plan")) {
            case "plan" -> {
                // Who only looks is no sign that retention runs.
                var byTheClock = request.scheduled().isPresent();
                var plan = byTheClock ? retention.planned() : retention.plan(beyondBudget);
                if (byTheClock) planned(plan);
                yield PlanShape.brief(plan);
            }
            case "apply" -> {
                var done = retention.apply(request.plan(), beyondBudget);
                applied(done);
                yield done;
            }
            case "hold" ->
                    retention.hold(
                            needed(request.backup(), "backup"),
                            filter,
                            needed(request.owner(), "owner"),
                            needed(request.reason(), "reason"),
                            request.until());
            case "release" ->
                    retention.release(
                            needed(request.backup(), "backup"),
                            filter,
                            needed(request.owner(), "owner"),
                            needed(request.reason(), "reason"));
            case "accept" ->
                    retention.accept(
                            needed(request.backup(), "backup"),
                            filter,
                            needed(request.owner(), "owner"),
                            needed(request.reason(), "reason"));
            default -> throw invalid("its action is none of plan, apply, hold, release, accept");
        };
    }

    private void planned(Plan plan) {
        var decision = plan.decision();
        log.event(
                "planned",
                Map.of(
                        "plan", plan.id(),
                        "backups", decision.verdicts().size(),
                        "would", decision.order().size()));
        said(decision.stops().stream().map(stop -> stop.lane() + ": " + stop.why()).toList());
        measured(decision.verdicts().size(), 0, decision.stops().size());
    }

    private void applied(AuditRecord done) {
        log.event(
                "applied",
                Map.of(
                        "plan", done.plan(),
                        "backups", done.backupsBefore(),
                        "deleted", done.deleted(),
                        "locked", done.locks().size(),
                        "debris", done.debris().size()));
        done.locks().stream()
                .filter(one -> !one.outcome().equals(AuditRecord.Locked.LOCKED))
                .forEach(one ->
                        log.event(
                                "not-locked",
                                Map.of("backup", one.backup() + "", "why", one.outcome())));
        said(done.stops());
        measured(done.backupsBefore(), done.deleted(), done.stops().size());
    }

    private void said(List<String> stops) {
        stops.forEach(stop -> log.event("stopped", Map.of("why", stop)));
    }

    private void measured(long backups, long deleted, long stops) {
        metrics.put(
                clock.instant(),
                Optional.empty(),
                List.of(
                        Emf.Metric.count("RetentionRuns", 1),
                        Emf.Metric.count("RetentionBackups", backups),
                        Emf.Metric.count("RetentionDeleted", deleted),
                        Emf.Metric.count("RetentionStops", stops)));
    }

    private static String needed(Optional<String> member, String name) {
        return member.filter(text -> !text.isBlank())
                .orElseThrow(() -> invalid("its member " + name + " is missing"));
    }

    private static Problem invalid(String why) {
        return new Problem(
                ErrorCode.EVENT_INVALID,
                "the event cannot be used: " + why,
                "events/retention.plan.json, retention.apply.json and retention.hold.json show what"
                        + " this function takes.");
    }
}
