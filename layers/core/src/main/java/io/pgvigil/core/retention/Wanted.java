package io.pgvigil.core.retention;

import io.pgvigil.core.config.Keep;
import io.pgvigil.core.schedule.Spans;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
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
    private final List<Dated> all;
    private final Map<Period, NavigableMap<Long, List<Dated>>> periods =
            new EnumMap<>(Period.class);
    private final Map<BackupRef, List<String>> reasons = new HashMap<>();
    private final Map<BackupRef, Standing> standing = new HashMap<>();

    private record Dated(BackupFacts backup, LocalDate day) {}

    private Wanted(List<BackupFacts> backups, Keep keep, ZoneId zone, Instant now) {
        this.all =
                backups.stream()
                        .map(backup ->
                                new Dated(backup, LocalDate.ofInstant(backup.finished(), zone)))
                        .toList();
        this.keep = keep;
        this.zone = zone;
        this.now = now;
    }

    /// @param standing what the sound ones among them stand for
    record Answer(Map<BackupRef, List<String>> reasons, Map<BackupRef, Standing> standing) {}

    /// @param all what can be restored, oldest first, parts of the database included
    /// @param sound which of them nothing speaks against
    static Answer of(
            List<BackupFacts> all,
            Predicate<BackupFacts> sound,
            Keep keep,
            ZoneId zone,
            Instant now) {
        var wanted = new Wanted(all, keep, zone, now);
        wanted.count(_ -> true, "");
        // What is odd must not be the one that stands for its year, in the cold.
        wanted.standing.clear();
        wanted.count(one -> sound.test(one.backup()), " of the sound ones");
        wanted.young(all);
        return new Answer(wanted.reasons, wanted.standing);
    }

    private void count(Predicate<Dated> counts, String among) {
        last(counts, among);
        tier(counts, Period.DAILY, keep.daily(), among);
        tier(counts, Period.WEEKLY, keep.weekly(), among);
        tier(counts, Period.MONTHLY, keep.monthly(), among);
        tier(counts, Period.YEARLY, keep.yearly(), among);
        compliance(counts);
    }

    private void last(Predicate<Dated> counts, String among) {
        var place = 0;
        for (var i = all.size() - 1; i >= 0 && place < keep.last(); i--)
            if (counts.test(all.get(i)))
                because(all.get(i).backup(), "last " + ++place + " of " + keep.last() + among);
    }

    private void tier(Predicate<Dated> counts, Period period, int count, String among) {
        if (count == 0) return;
        var place = 0;
        for (var one : holders(counts, period).descendingMap().values()) {
            if (place == count) return;
            var end = period.after(one.backup().finished().atZone(zone), count).toInstant();
            stands(one.backup(), new Standing(period, end, false));
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
    private void compliance(Predicate<Dated> counts) {
        if (keep.compliance() == 0) return;
        for (var one : holders(counts, Period.YEARLY).values()) {
            var end = one.backup().finished().atZone(zone).plusYears(keep.compliance());
            if (!now.isBefore(end.toInstant())) continue;
            stands(one.backup(), new Standing(Period.YEARLY, end.toInstant(), false));
            because(
                    one.backup(),
                    "compliance: first of %d, until %s"
                            .formatted(one.day().getYear(), end.toLocalDate()));
        }
    }

    private void young(List<BackupFacts> backups) {
        if (keep.within().isZero()) return;
        var oldest = now.minus(keep.within());
        for (var backup : backups)
            if (backup.finished().isAfter(oldest))
                because(backup, "within " + Spans.print(keep.within()));
    }

    /// Who stands for each period that has a backup which counts.
    private NavigableMap<Long, Dated> holders(Predicate<Dated> counts, Period period) {
        var holders = new TreeMap<Long, Dated>();
        periods.computeIfAbsent(period, this::members)
                .forEach((number, members) ->
                        holder(members, counts).ifPresent(holder -> holders.put(number, holder)));
        return holders;
    }

    private NavigableMap<Long, List<Dated>> members(Period period) {
        var members = new TreeMap<Long, List<Dated>>();
        for (var one : all)
            members.computeIfAbsent(period.number(one.day()), _ -> new ArrayList<>(1)).add(one);
        return members;
    }

    /// The first one. If its drill failed, or it does not count, the next proven one takes over;
    /// while there is none, the first that counts. Empty when none counts.
    private static Optional<Dated> holder(List<Dated> members, Predicate<Dated> counts) {
        var first = members.getFirst();
        if (first.backup().proof() != Proof.FAILED && counts.test(first)) return Optional.of(first);
        var fallback = Optional.<Dated>empty();
        for (var one : members) {
            if (!counts.test(one)) continue;
            if (one.backup().proof() == Proof.PROVEN) return Optional.of(one);
            if (fallback.isEmpty()) fallback = Optional.of(one);
        }
        return fallback;
    }

    private void stands(BackupFacts backup, Standing one) {
        standing.merge(backup.ref(), one, Standing::and);
    }

    private void because(BackupFacts backup, String reason) {
        var known = reasons.computeIfAbsent(backup.ref(), _ -> new ArrayList<>(2));
        // Both counts usually agree; one of them is enough to say so.
        var tier = reason.substring(0, reason.indexOf(' '));
        if (known.stream().noneMatch(one -> one.startsWith(tier))) known.add(reason);
    }
}
