package io.pgvigil.core.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OfferTest {
    private static final long GB = 1L << 30;

    @Test
    void a_terabyte_from_the_deep_costs_what_the_list_says() {
        var offers = Offer.all(List.of(new Archived(StorageClass.DEEP_ARCHIVE, 1000 * GB, 2)));

        assertThat(offers)
                .extracting(Offer::speed)
                .containsExactly(RetrievalSpeed.STANDARD, RetrievalSpeed.BULK);
        // 1,000 GB at 0.02, two requests at 0.10 for a thousand, and 5 of 30.4 days at 0.023.
        assertThat(offers.getFirst().dollars())
                .isCloseTo(20 + 0.0002 + 23 * 5 / 30.4, within(0.0001));
        assertThat(offers.getLast().most()).isEqualTo(Duration.ofHours(48));
    }

    @Test
    void bulk_from_glacier_is_free_but_for_the_copy() {
        var offer =
                Offer.of(
                                RetrievalSpeed.BULK,
                                List.of(new Archived(StorageClass.GLACIER, 100 * GB, 4)))
                        .orElseThrow();

        assertThat(offer.dollars()).isCloseTo(2.3 * 5 / 30.4, within(0.0001));
        assertThat(offer.least()).isEqualTo(Duration.ofHours(5));
        assertThat(offer.most()).isEqualTo(Duration.ofHours(12));
    }

    @Test
    void all_of_it_is_needed_so_the_slowest_class_decides() {
        var both =
                List.of(
                        new Archived(StorageClass.GLACIER, GB, 1),
                        new Archived(StorageClass.DEEP_ARCHIVE, GB, 1));

        assertThat(Offer.of(RetrievalSpeed.STANDARD, both).orElseThrow().most())
                .isEqualTo(Duration.ofHours(12));
        assertThat(Offer.of(RetrievalSpeed.EXPEDITED, both)).isEmpty();
    }
}
