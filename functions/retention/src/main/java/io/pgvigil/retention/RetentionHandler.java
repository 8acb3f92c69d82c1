package io.pgvigil.retention;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.runtime.Doorway;
import io.pgvigil.wire.Catalog;
import java.util.Optional;

/// `retention`: plans what may be deleted, or deletes it.
public final class RetentionHandler extends Doorway<RetentionRequested> {
    private final Retention retention;

    public RetentionHandler() {
        this(RetentionWiring.standard());
    }

    public RetentionHandler(Retention retention) {
        this.retention = retention;
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
            case "plan" -> PlanShape.brief(retention.plan(beyondBudget));
            case "apply" -> retention.apply(request.plan(), beyondBudget);
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
