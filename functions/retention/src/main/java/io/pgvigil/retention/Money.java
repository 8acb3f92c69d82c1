package io.pgvigil.retention;

import io.pgvigil.core.cost.PriceList;
import io.pgvigil.core.cost.StoragePrices;
import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.Storage;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.core.store.StorageClass;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Dollars of storage.
///
/// @param now a month, as it is
/// @param after a month, once the plan is carried out, its moves are done and what it deletes is gone
/// @param early once, for what leaves its class before the class's least time
public record Money(double now, double after, double early) {
    public static final PriceList PRICES = PriceList.US_EAST_1;

    private static final StoragePrices STORAGE = new StoragePrices(PRICES);

    Money plus(Money other) {
        return new Money(now + other.now, after + other.after, early + other.early);
    }

    static Optional<Money> sum(Optional<Money> one, Optional<Money> other) {
        if (one.isEmpty()) return other;
        return Optional.of(other.map(one.get()::plus).orElse(one.get()));
    }

    /// @param undo how long a deleted backup stays in its class as an old version
    static Optional<Money> of(Decision.Decided one, Duration undo, Instant at) {
        var storage = one.backup().storage();
        if (!storage.known()) return Optional.empty();
        var gone = one.verdict() instanceof Verdict.Expire;
        return Optional.of(
                new Money(
                        month(storage.bytes(), storage.objects()),
                        gone ? 0 : after(one, storage),
                        gone ? early(one, storage, undo, at) : 0));
    }

    private static double month(Map<StorageClass, Long> bytes, Map<StorageClass, Integer> objects) {
        var sum = 0.0;
        for (var one : bytes.entrySet())
            sum +=
                    STORAGE.month(
                            one.getKey(), one.getValue(), objects.getOrDefault(one.getKey(), 0));
        return sum;
    }

    private static double after(Decision.Decided one, Storage storage) {
        var bytes = storage.bytes().values().stream().mapToLong(Long::longValue).sum();
        return STORAGE.month(StorageClass.STANDARD, bytes - storage.movableBytes(), 0)
                + STORAGE.month(
                        bound(one, storage), storage.movableBytes(), storage.movableObjects());
    }

    private static StorageClass bound(Decision.Decided one, Storage storage) {
        return one.verdict() instanceof Verdict.Move move ? move.to() : storage.bound();
    }

    private static double early(Decision.Decided one, Storage storage, Duration undo, Instant at) {
        // In its class since it was told to go there; what never was told has been where it is from
        // the beginning.
        var since = storage.assigned().map(Storage.Assigned::at).orElse(one.backup().finished());
        return STORAGE.early(
                storage.warmest(),
                storage.movableBytes(),
                storage.movableObjects(),
                Duration.between(since, at).plus(undo));
    }

    static Map<StorageClass, Plan.InClass> classes(List<Decision.Decided> verdicts) {
        var bytes = new EnumMap<StorageClass, Long>(StorageClass.class);
        var objects = new EnumMap<StorageClass, Integer>(StorageClass.class);
        var bytesAfter = new EnumMap<StorageClass, Long>(StorageClass.class);
        var objectsAfter = new EnumMap<StorageClass, Integer>(StorageClass.class);
        for (var one : verdicts) {
            var storage = one.backup().storage();
            if (!storage.known()) continue;
            storage.bytes().forEach((in, count) -> bytes.merge(in, count, Long::sum));
            storage.objects().forEach((in, count) -> objects.merge(in, count, Integer::sum));
            if (one.verdict() instanceof Verdict.Expire) continue;
            var all = storage.bytes().values().stream().mapToLong(Long::longValue).sum();
            bytesAfter.merge(StorageClass.STANDARD, all - storage.movableBytes(), Long::sum);
            var to = bound(one, storage);
            bytesAfter.merge(to, storage.movableBytes(), Long::sum);
            objectsAfter.merge(to, storage.movableObjects(), Integer::sum);
        }
        var classes = new EnumMap<StorageClass, Plan.InClass>(StorageClass.class);
        for (var in : StorageClass.values()) {
            var has = bytes.getOrDefault(in, 0L);
            var willHave = bytesAfter.getOrDefault(in, 0L);
            if (has == 0 && willHave == 0) continue;
            classes.put(
                    in,
                    new Plan.InClass(
                            has,
                            STORAGE.month(in, has, objects.getOrDefault(in, 0)),
                            willHave,
                            STORAGE.month(in, willHave, objectsAfter.getOrDefault(in, 0))));
        }
        return classes;
    }
}
