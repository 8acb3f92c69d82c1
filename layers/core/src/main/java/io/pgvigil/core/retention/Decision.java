package io.pgvigil.core.retention;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What becomes of every backup of a store.
///
/// @param verdicts lane by lane, oldest first
/// @param stops lanes of which nothing is deleted, in the order of lanes
/// @param order what expires, in the order in which it may be deleted: whatever needs another goes
///     before it, so that an end halfway leaves nothing that lacks its base
/// @param locks what of those that stay is to be locked, or locked for longer
/// @param usual what is known of each lane now; to be stored before anything is deleted
public record Decision(
        List<Decided> verdicts,
        List<Stop> stops,
        List<BackupRef> order,
        List<LockUntil> locks,
        Map<Lane, Usual> usual) {
    public Decision {
        verdicts = List.copyOf(verdicts);
        stops = List.copyOf(stops);
        order = List.copyOf(order);
        locks = List.copyOf(locks);
        usual = Map.copyOf(usual);
    }

    /// @param tier what it stands for, if it is sound and a rule for periods wants it
    public record Decided(BackupFacts backup, Verdict verdict, Optional<Period> tier) {}

    public List<Verdict.Move> moves() {
        return verdicts.stream()
                .map(Decided::verdict)
                .filter(Verdict.Move.class::isInstance)
                .map(Verdict.Move.class::cast)
                .toList();
    }

    public Set<BackupRef> expired() {
        return order.stream().collect(Collectors.toUnmodifiableSet());
    }

    public long bytesNow() {
        return verdicts.stream().mapToLong(one -> one.backup().bytes()).sum();
    }

    public long bytesAfter() {
        return verdicts.stream()
                .filter(one -> !(one.verdict() instanceof Verdict.Expire))
                .mapToLong(one -> one.backup().bytes())
                .sum();
    }
}
