package io.pgvigil.core.retention;

import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.cost.PriceList;
import io.pgvigil.core.cost.StoragePrices;
import io.pgvigil.core.store.StorageClass;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Whether a backup that stays is to move into the class of its tier.
///
/// It moves when its tier's class is colder than the one it lies in or was told to go to, **and that
/// pays**: what it costs there until no rule wants it any more, with the requests of the move and the
/// least time of the class, is less than what it costs where it is, by a cent at least. A class that
/// cannot be read at once takes only what nobody will ask for soon.
final class TierRules {
    /// What saves less over its whole stay is not worth a line in a plan.
    static final double WORTH_DOLLARS = 0.01;

    private static final StoragePrices PRICES = new StoragePrices(PriceList.US_EAST_1);

    private TierRules() {}

    static StorageClass classOf(Period tier, Tiers tiers) {
        return switch (tier) {
            case DAILY -> tiers.daily();
            case WEEKLY -> tiers.weekly();
            case MONTHLY -> tiers.monthly();
            case YEARLY -> tiers.yearly();
        };
    }

    /// @param newest whether a restore of the present would take it
    static Optional<Verdict.Move> move(
            BackupFacts backup,
            Standing standing,
            boolean newest,
            Tiers tiers,
            List<String> reasons,
            Instant now) {
        var storage = backup.storage();
        var to = classOf(standing.tier(), tiers);
        if (storage.movableObjects() == 0 || !to.colderThan(storage.bound()))
            return Optional.empty();
        if (backup.finished().plus(RetentionRules.MINIMUM_AGE).isAfter(now))
            return Optional.empty();
        if (!to.readable() && (newest || standing.soon())) return Optional.empty();
        var saved = saved(backup, storage.bound(), to, standing.until(), now);
        return saved < WORTH_DOLLARS
                ? Optional.empty()
                : Optional.of(
                        new Verdict.Move(
                                backup.ref(),
                                standing.tier(),
                                to,
                                saved,
                                standing.until(),
                                reasons));
    }

    private static double saved(
            BackupFacts backup, StorageClass from, StorageClass to, Instant until, Instant now) {
        var storage = backup.storage();
        var bytes = storage.movableBytes();
        var objects = storage.movableObjects();
        var there = later(now, backup.finished().plus(to.waits()));
        var stay = longer(Duration.between(there, until), to.minimum());
        var since = storage.assigned().map(Storage.Assigned::at).orElse(backup.finished());
        return PRICES.keep(from, bytes, objects, Duration.between(there, until))
                - PRICES.early(from, bytes, objects, Duration.between(since, there))
                - PRICES.move(to, objects)
                - PRICES.keep(to, bytes, objects, stay);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
