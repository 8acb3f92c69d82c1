package io.pgvigil.core.retention;

import io.pgvigil.core.config.Keep;
import io.pgvigil.core.schedule.Spans;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Which backups of a lane the rules of `keep` want, and for which reasons.
///
/// A period counts when it has a backup: a month without any does not push an old one out. Every
/// rule is counted twice, and a backup stays when either count wants it:
///
/// - over everything that counts, so that an odd backup is treated like any other;
/// - over what is sound, so that odd ones, however many, use up no place of a good one.
final class Wanted {
    private final Keep keep;
    private final ZoneId zone;
    private final Instant now;
    private final Map<BackupRef, List<String>> reasons = new HashMap<>();

    private record Dated(BackupFacts backup, LocalDate day) {}

    private Wanted(Keep keep, ZoneId zone, Instant now) {
        this.keep = keep;
        this.zone = zone;
        this.now = now;
    }

    /// @param all what can be restored, oldest first, parts of the database included
    /// @param sound which of them nothing speaks against
    static Map<BackupRef, List<String>> of(
            List<BackupFacts> all,
            Predicate<BackupFacts> sound,
            Keep keep,
            ZoneId zone,
            Instant now) {
        var wanted = new Wanted(keep, zone, now);
        var dated =
                all.stream()
                        .map(backup ->
                                new Dated(backup, LocalDate.ofInstant(backup.finished(), zone)))
                        .toList();
        wanted.count(dated, _ -> true, "");
        wanted.count(dated, one -> sound.test(one.backup()), " of the sound ones");
        wanted.young(all);
        return wanted.reasons;
    }

    private void count(List<Dated> all, Predicate<Dated> counts, String among) {
        last(all, counts, among);
        tier(all, counts, Period.DAILY, keep.daily(), among);
        tier(all, counts, Period.WEEKLY, keep.weekly(), among);
        tier(all, counts, Period.MONTHLY, keep.monthly(), among);
        tier(all, counts, Period.YEARLY, keep.yearly(), among);
        compliance(all, counts);
    }

    private void last(List<Dated> all, Predicate<Dated> counts, String among) {
        var place = 0;
        for (var i = all.size() - 1; i >= 0 && place < keep.last(); i--)
            if (counts.test(all.get(i)))
                because(all.get(i).backup(), "last " + ++place + " of " + keep.last() + among);
    }

    private void tier(
            List<Dated> all, Predicate<Dated> counts, Period period, int count, String among) {
        if (count == 0) return;
        var place = 0;
        for (var one : holders(all, counts, period).descendingMap().values()) {
            if (place == count) return;
            because(
                    one.backup(),
                    period.word()
                            + " "
                            + ++place
                            + " of "
                            + count
                            + among
                            + " ("
                            + period.name(one.day())
                            + ")");
        }
    }

    /// By age and not by count: it stays until the day, however many there are.
    private void compliance(List<Dated> all, Predicate<Dated> counts) {
        if (keep.compliance() == 0) return;
        for (var one : holders(all, counts, Period.YEARLY).values()) {
            var end = one.backup().finished().atZone(zone).plusYears(keep.compliance());
            if (now.isBefore(end.toInstant()))
                because(
                        one.backup(),
                        "compliance: first of %d, until %s"
                                .formatted(one.day().getYear(), end.toLocalDate()));
        }
    }

    private void young(List<BackupFacts> all) {
        if (keep.within().isZero()) return;
        var oldest = now.minus(keep.within());
        for (var backup : all)
            if (backup.finished().isAfter(oldest))
                because(backup, "within " + Spans.print(keep.within()));
    }

    /// Who stands for each period that has a backup which counts.
    private static TreeMap<Long, Dated> holders(
            List<Dated> all, Predicate<Dated> counts, Period period) {
        var members = new TreeMap<Long, List<Dated>>();
        for (var one : all)
            members.computeIfAbsent(period.number(one.day()), _ -> new ArrayList<>()).add(one);
        var holders = new TreeMap<Long, Dated>();
        members.forEach((number, members2) -> {
            if (members2.stream().anyMatch(counts)) holders.put(number, holder(members2, counts));
        });
        return holders;
    }

    /// The first one. If its drill failed, or it does not count, the next proven one takes over;
    /// while there is none, the first that counts.
    private static Dated holder(List<Dated> members, Predicate<Dated> counts) {
        var first = members.getFirst();
        if (counts.test(first) && first.backup().proof() != Proof.FAILED) return first;
        return members.stream()
                .filter(counts)
                .filter(one -> one.backup().proof() == Proof.PROVEN)
                .findFirst()
                .or(() -> members.stream().filter(counts).findFirst())
                .orElse(first);
    }

    private void because(BackupFacts backup, String reason) {
        var known = reasons.computeIfAbsent(backup.ref(), _ -> new ArrayList<>(2));
        // Both counts usually agree; one of them is enough to say so.
        var tier = reason.substring(0, reason.indexOf(' '));
        if (known.stream().noneMatch(one -> one.startsWith(tier))) known.add(reason);
    }
}
