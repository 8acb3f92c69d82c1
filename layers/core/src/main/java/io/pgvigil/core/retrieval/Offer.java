package io.pgvigil.core.retrieval;

import io.pgvigil.core.cost.PriceList;
import io.pgvigil.core.cost.StoragePrices;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// One way to bring a backup back: how long it takes and what it costs.
///
/// @param dollars for the retrieval, and for the copies in STANDARD while they are there
public record Offer(RetrievalSpeed speed, Duration least, Duration most, double dollars) {
    /// How long the copies are there: a restore of terabytes takes a day, and it should not have to
    /// begin the minute they arrive.
    public static final Duration KEPT = Duration.ofDays(5);

    private static final StoragePrices PRICES = new StoragePrices(PriceList.US_EAST_1);

    /// Every way there is, the fastest first.
    public static List<Offer> all(List<Archived> archived) {
        return Arrays.stream(RetrievalSpeed.values())
                .flatMap(speed -> of(speed, archived).stream())
                .toList();
    }

    /// Empty when one of the classes does not have the speed.
    public static Optional<Offer> of(RetrievalSpeed speed, List<Archived> archived) {
        var least = Duration.ZERO;
        var most = Duration.ZERO;
        var dollars = 0.0;
        for (var one : archived) {
            var wait = speed.from(one.in());
            if (wait.isEmpty()) return Optional.empty();
            // All of it is needed, so the slowest decides.
            if (wait.get().least().compareTo(least) > 0) least = wait.get().least();
            if (wait.get().most().compareTo(most) > 0) most = wait.get().most();
            dollars +=
                    PRICES.retrieve(one.in(), speed, one.bytes(), one.objects())
                            + PRICES.keep(StorageClass.STANDARD, one.bytes(), one.objects(), KEPT);
        }
        return Optional.of(new Offer(speed, least, most, dollars));
    }
}
