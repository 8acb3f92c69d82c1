package io.pgvigil.retention;

import io.pgvigil.core.report.RetentionNote;
import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.Period;
import io.pgvigil.core.retention.Verdict;
import java.util.List;
import java.util.Optional;

/// A plan as the page shows it.
public final class Notes {
    private Notes() {}

    public static RetentionNote of(Plan plan) {
        var classes =
                plan.classes().entrySet().stream()
                        .map(one ->
                                new RetentionNote.InClass(
                                        one.getKey() + "",
                                        one.getValue().bytes(),
                                        one.getValue().dollars()))
                        .toList();
        return new RetentionNote(
                RetentionNote.FORMAT,
                plan.now(),
                plan.id(),
                plan.decision().verdicts().stream().map(one -> backup(plan, one)).toList(),
                classes,
                classes.isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                new RetentionNote.Prices(
                                        Money.PRICES.region(), Money.PRICES.asOf() + "")));
    }

    private static RetentionNote.Backup backup(Plan plan, Decision.Decided one) {
        var backup = one.backup();
        return new RetentionNote.Backup(
                backup.ref().server(),
                backup.ref().database(),
                backup.ref().backup(),
                backup.kind(),
                backup.finished(),
                backup.bytes(),
                one.verdict().word(),
                one.tier().map(Period::word),
                reasons(one.verdict()),
                plan.money(one).map(Money::now));
    }

    static List<String> reasons(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Keep keep -> keep.reasons();
            case Verdict.Move move -> move.reasons();
            case Verdict.Expire expire -> List.of(expire.reason());
            case Verdict.Blocked blocked -> List.of(blocked.reason());
        };
    }
}
