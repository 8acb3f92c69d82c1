package io.pgvigil.retention;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Doorway;
import io.pgvigil.runtime.Emf;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/// `retention`: plans what may be deleted, or deletes it.
public final class RetentionHandler extends Doorway<RetentionRequested> {
    private final Places places;
    private final Metrics metrics;
    private final StateLog log;
    private final InstantSource clock;

    public RetentionHandler() {
        this(RetentionWiring.standard());
    }

    private RetentionHandler(RetentionHandler standard) {
        this(standard.places, standard.metrics, standard.log, standard.clock);
    }

    public RetentionHandler(Places places, Metrics metrics, StateLog log, InstantSource clock) {
        this.places = places;
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
            case "plan" -> planned(request, beyondBudget);
            case "apply" -> applied(request, beyondBudget);
            case "hold" ->
                    places.at(request.store())
                            .hold(
                                    needed(request.backup(), "backup"),
                                    filter,
                                    needed(request.owner(), "owner"),
                                    needed(request.reason(), "reason"),
                                    request.until());
            case "release" ->
                    places.at(request.store())
                            .release(
                                    needed(request.backup(), "backup"),
                                    filter,
                                    needed(request.owner(), "owner"),
                                    needed(request.reason(), "reason"));
            case "accept" ->
                    places.at(request.store())
                            .accept(
                                    needed(request.backup(), "backup"),
                                    filter,
                                    needed(request.owner(), "owner"),
                                    needed(request.reason(), "reason"));
            default -> throw invalid("its action is none of plan, apply, hold, release, accept");
        };
    }

    private Object planned(RetentionRequested request, boolean beyondBudget) {
        // Who only looks is no sign that retention runs.
        var byTheClock = request.scheduled().isPresent();
        Function<Retention, Plan> look =
                retention -> byTheClock ? retention.planned() : retention.plan(beyondBudget);
        var done = request.store().isPresent() ? only(request, look) : places.everywhere(look);
        if (byTheClock) {
            said(done, this::said);
            measured(
                    done,
                    plan -> plan.decision().verdicts().size(),
                    _ -> 0,
                    plan -> plan.decision().stops().size());
        }
        return answer(PlanShape.brief(done.getFirst().orThrow()), done, PlanShape::brief);
    }

    private Object applied(RetentionRequested request, boolean beyondBudget) {
        Function<Retention, AuditRecord> apply =
                retention -> retention.apply(request.plan(), beyondBudget);
        // A plan that somebody agreed to is that of one store.
        var done =
                request.store().isPresent() || request.plan().isPresent()
                        ? only(request, apply)
                        : places.everywhere(apply);
        said(done, this::said);
        measured(
                done,
                AuditRecord::backupsBefore,
                AuditRecord::deleted,
                record -> record.stops().size());
        return answer(Json.members(done.getFirst().orThrow()), done, record -> record);
    }

    private <T> List<Places.Outcome<T>> only(
            RetentionRequested request, Function<Retention, T> what) {
        var done = what.apply(places.at(request.store()));
        return List.of(
                new Places.Outcome<>(
                        request.store().orElse(places.store()),
                        Optional.of(done),
                        Optional.empty()));
    }

    private static <T> Map<String, Object> answer(
            Map<String, Object> first, List<Places.Outcome<T>> done, Function<T, Object> shape) {
        first.put("copies", done.stream().skip(1).map(one -> one.shape(shape)).toList());
        return first;
    }

    /// What goes wrong in the first is thrown, and so told by the door.
    private <T> void said(List<Places.Outcome<T>> done, Consumer<T> words) {
        done.forEach(one -> one.done().ifPresent(words));
        for (var one : done.subList(1, done.size()))
            one.problem()
                    .ifPresent(why ->
                            log.event(
                                    "store-failed",
                                    Map.of(
                                            "store", one.store() + "",
                                            "code", why.code().id(),
                                            "why", why.what())));
    }

    private void said(Plan plan) {
        var decision = plan.decision();
        log.event(
                "planned",
                Map.of(
                        "store", plan.store(),
                        "plan", plan.id(),
                        "backups", decision.verdicts().size(),
                        "would", decision.order().size()));
        said(decision.stops().stream().map(stop -> stop.lane() + ": " + stop.why()).toList());
    }

    private void said(AuditRecord done) {
        log.event(
                "applied",
                Map.of(
                        "store", done.store().map(StoreUri::toString).orElse(""),
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
    }

    private void said(List<String> stops) {
        stops.forEach(stop -> log.event("stopped", Map.of("why", stop)));
    }

    /// Of all stores together. A further one in which nothing could be done counts as a stop.
    private <T> void measured(
            List<Places.Outcome<T>> outcomes,
            ToLongFunction<T> backups,
            ToLongFunction<T> deleted,
            ToLongFunction<T> stops) {
        if (outcomes.getFirst().done().isEmpty()) return;
        var done = outcomes.stream().flatMap(one -> one.done().stream()).toList();
        var failed = outcomes.size() - done.size();
        metrics.put(
                clock.instant(),
                Optional.empty(),
                List.of(
                        Emf.Metric.count("RetentionRuns", 1),
                        Emf.Metric.count("RetentionBackups", sum(done, backups)),
                        Emf.Metric.count("RetentionDeleted", sum(done, deleted)),
                        Emf.Metric.count("RetentionStops", sum(done, stops) + failed)));
    }

    private static <T> long sum(List<T> done, ToLongFunction<T> of) {
        return done.stream().mapToLong(of).sum();
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
