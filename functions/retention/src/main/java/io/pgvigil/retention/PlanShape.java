package io.pgvigil.retention;

import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.Hole;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.core.retention.WalRules;
import java.util.LinkedHashMap;
import java.util.Map;

/// A plan as JSON.
public final class PlanShape {
    /// A function's answer has at most 6 MB.
    private static final int MOST_IN_ANSWER = 5_000;

    private PlanShape() {}

    /// What changes, and what is only kept from going: small enough for a function's answer.
    static Map<String, Object> brief(Plan plan) {
        var changing =
                plan.decision().verdicts().stream()
                        .filter(one -> !(one.verdict() instanceof Verdict.Keep))
                        .toList();
        var shape = head(plan);
        shape.put(
                "verdicts",
                changing.stream().limit(MOST_IN_ANSWER).map(one -> of(plan, one)).toList());
        shape.put("leftOut", Math.max(0, changing.size() - MOST_IN_ANSWER));
        return shape;
    }

    /// Every backup.
    public static Map<String, Object> whole(Plan plan) {
        var shape = head(plan);
        shape.put(
                "verdicts", plan.decision().verdicts().stream().map(one -> of(plan, one)).toList());
        return shape;
    }

    private static Map<String, Object> head(Plan plan) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put(
                "stops",
                plan.decision().stops().stream()
                        .map(stop -> stop.lane() + ": " + stop.why())
                        .toList());
        shape.put("plan", plan.id());
        shape.put("store", plan.store());
        shape.put("now", plan.now());
        shape.put("beyondBudget", plan.beyondBudget());
        shape.put("holes", plan.holes().stream().map(Hole::what).toList());
        shape.put(
                "databases",
                plan.sums().entrySet().stream()
                        .map(one -> Map.of("name", one.getKey() + "", "sum", one.getValue()))
                        .toList());
        shape.put("classes", plan.classes());
        shape.put("tiers", plan.tiers());
        shape.put(
                "prices",
                Map.of("region", Money.PRICES.region(), "asOf", Money.PRICES.asOf().toString()));
        plan.undoDays().ifPresent(days -> shape.put("undoDays", days));
        shape.put("notes", plan.notes());
        shape.put("wal", plan.wal().stream().map(PlanShape::wal).toList());
        shape.put("locks", plan.decision().locks());
        shape.put("debris", plan.debris());
        shape.put("abandoned", plan.abandoned());
        shape.put("finishing", plan.finishing());
        return shape;
    }

    private static Map<String, Object> wal(WalRules.Decided one) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("server", one.log().server());
        shape.put("systemIdentifier", one.log().system());
        shape.put("segments", one.log().segments());
        shape.put("bytes", one.log().bytes());
        shape.put("expire", one.segments());
        shape.put("expireBytes", one.bytes());
        shape.put("parts", one.superseded().size());
        one.from().ifPresent(from -> shape.put("from", from));
        shape.put("reason", one.why());
        return shape;
    }

    private static Map<String, Object> of(Plan plan, Decision.Decided one) {
        var backup = one.backup();
        var shape = new LinkedHashMap<String, Object>();
        shape.put("verdict", one.verdict().word());
        shape.put("backup", backup.ref().backup());
        shape.put("server", backup.ref().server());
        shape.put("database", backup.ref().database());
        shape.put("finished", backup.finished());
        shape.put("bytes", backup.bytes());
        shape.put("proof", backup.proof().name().toLowerCase(java.util.Locale.ROOT));
        one.tier().ifPresent(tier -> shape.put("tier", tier.word()));
        plan.money(one).ifPresent(money -> shape.put("dollars", money));
        if (one.verdict() instanceof Verdict.Move move) {
            shape.put("to", move.to());
            shape.put("saves", move.dollars());
        }
        shape.put("reasons", Notes.reasons(one.verdict()));
        return shape;
    }
}
