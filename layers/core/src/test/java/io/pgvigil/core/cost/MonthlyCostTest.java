package io.pgvigil.core.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class MonthlyCostTest {
    private static final Workload ONE = new Workload("100 GB", 1, 100, Workload.MEDIUM);
    private static final PriceList PRICES = PriceList.US_EAST_1;

    private final MonthlyCost cost = MonthlyCost.of(ONE, Assumptions.STANDARD, PRICES);

    @Test
    void a_backup_is_billed_for_its_start_and_its_bytes() {
        // 60 s and 100,000 MB at 80 MB/s: 1310 s. 2 vCPU and 4 GB, 30.4 days.
        var hour = 2 * 0.03238 + 4 * 0.00356;

        assertThat(cost.of("Fargate: backups")).isCloseTo(30.4 * 1310 / 3600 * hour, within(1e-9));
    }

    @Test
    void a_drill_is_billed_for_its_disk_above_20_gb_too() {
        // 60 s and 100,000 MB at 30 MB/s; 2 vCPU, 8 GB, 180 GB of disk beyond the first 20.
        var hour = 2 * 0.03238 + 8 * 0.00356 + 180 * 0.000111;

        assertThat(cost.of("Fargate: drills"))
                .isCloseTo(4.35 * (60 + 100_000 / 30.0) / 3600 * hour, within(1e-9));
    }

    @Test
    void every_backup_that_is_kept_lies_in_its_class() {
        // 25 GB each: 30 in Standard, 8 in Standard-IA, 15 in Glacier Instant Retrieval.
        assertThat(cost.of("S3: backups kept"))
                .isCloseTo(25 * (30 * 0.023 + 8 * 0.0125 + 15 * 0.004), within(1e-9));
    }

    @Test
    void ticks_cost_the_same_however_much_is_backed_up() {
        var small = new Workload("1 GB", 1, 1, Workload.SMALL);

        assertThat(cost.of("Lambda"))
                .isEqualTo(MonthlyCost.of(small, Assumptions.STANDARD, PRICES).of("Lambda"));
    }

    @Test
    void snapshots_take_what_changed_and_at_most_everything() {
        var never = new Assumptions(0.25, 0.7, 0.5, 0, 60);
        var always = new Assumptions(0.25, 0.7, 0.5, 1, 60);

        assertThat(MonthlyCost.snapshots(ONE, never, PRICES)).isZero();
        assertThat(MonthlyCost.snapshots(ONE, always, PRICES))
                .isCloseTo(100 * (30 + 8 + 9 + 6) * 0.095, within(1e-9));
    }

    @Test
    void the_sum_is_the_sum_of_the_lines() {
        assertThat(new MonthlyCost(Map.of("a", 1.0, "b", 2.5)).total()).isEqualTo(3.5);
    }

    @Test
    void a_list_without_some_price_is_none() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new PriceList(
                                "nowhere", PRICES.asOf(), Map.of(Item.KEY, PRICES.price(Item.KEY))))
                .withMessageContaining("no price for FARGATE_VCPU_HOUR");
    }
}
