package io.pgvigil.retention;

import static io.pgvigil.retention.Shop.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Backups on their way into cheaper storage classes, and what the plan says of money.
final class TiersTest {
    private static final String KEEP = "keep: { daily: 7, monthly: 12 }";
    private static final Instant NOW = Instant.parse("2026-11-08T12:00:00Z");

    private final Instant written = Instant.parse("2026-11-08T02:30:00Z");
    private final InMemoryObjectStore store = new InMemoryObjectStore(() -> written);
    private final Shop shop = new Shop(store, KEEP);

    @Test
    void the_first_of_each_month_is_told_its_class_once_and_moves() {
        var months = months(shop.hugeNights(ORDERS, "2026-08-20T02:30:00Z", 81));
        var retention = shop.at(NOW, new Huge(store));

        var plan = retention.plan(true);
        assertThat(plan.decision().moves())
                .extracting(move -> move.to())
                .containsExactly(
                        StorageClass.GLACIER_IR,
                        StorageClass.GLACIER_IR,
                        StorageClass.GLACIER_IR,
                        StorageClass.GLACIER_IR);
        assertThat(store.assigned()).isEmpty();

        var done = retention.apply(Optional.of(plan.id()), true);

        assertThat(done.moves())
                .hasSize(4)
                .allMatch(move -> move.outcome().equals("told"))
                .allMatch(move -> move.reason().startsWith("to GLACIER_IR as monthly, saves $"));
        // The archive, and neither its manifest nor its facts.
        assertThat(store.assigned().keySet()).isEqualTo(months);
        assertThat(store.assigned().values()).containsOnly(StorageClass.GLACIER_IR);
        assertThat(shop.keys("retention/tiers/"))
                .containsExactly("retention/tiers/shop/orders/logical.json");
        assertThat(retention.plan(true).changesNothing()).isTrue();

        // What the bucket does by itself, a day or two later.
        store.moveAssigned();
        var later = shop.at(NOW.plus(Duration.ofHours(1)), new Huge(store)).plan(true);
        assertThat(later.changesNothing()).isTrue();
        assertThat(later.classes().keySet())
                .containsExactly(StorageClass.STANDARD, StorageClass.GLACIER_IR);
    }

    @Test
    void the_plan_shows_dollars_now_and_after() {
        shop.hugeNights(ORDERS, "2026-08-20T02:30:00Z", 81);

        var plan = shop.at(NOW, new Huge(store)).plan(true);

        var sum = plan.sums().values().iterator().next();
        var money = sum.money().orElseThrow();
        var gigabytes = sum.bytes() / (double) (1 << 30);
        assertThat(money.now()).isEqualTo(gigabytes * 0.023, within(0.001));
        // Seven days and four months stay, the months at 0.004.
        var each = gigabytes / 81;
        assertThat(money.after())
                .isEqualTo(each * (7 * 0.023 + 4 * 0.004), within(money.now() / 100));
        assertThat(money.early()).isZero();
        assertThat(plan.tiers().keySet()).containsExactly("none", "daily", "monthly");
    }

    @Test
    void what_leaves_its_class_too_early_is_counted() {
        var nights = shop.hugeNights(ORDERS, "2026-10-01T02:30:00Z", 39);
        shop.at(NOW, new Huge(store)).apply(Optional.empty(), true);
        store.moveAssigned();

        // Somebody wants no months any more: ninety days were promised, thirty-one are over.
        var days = new Shop(store, "keep: { daily: 7 }");
        days.hugeNights(ORDERS, "2026-11-09T02:30:00Z", 31);
        var plan = days.at(NOW.plus(Duration.ofDays(31)), new Huge(store)).plan(true);

        var bytes = nights.getFirst().object("data").size();
        var early = plan.sums().values().iterator().next().money().orElseThrow().early();
        assertThat(plan.decision().order())
                .anyMatch(one -> one.backup().equals(nights.getFirst().backup()));
        assertThat(early)
                .isEqualTo(2 * bytes / (double) (1 << 30) * 0.004 * 59 / 30.4, within(early / 20));
    }

    @Test
    void killed_at_any_write_the_next_run_tells_the_rest() {
        var calls = calls();
        for (var call = 0; call <= calls; call++) {
            var memory = new InMemoryObjectStore(() -> written);
            var copy = new Shop(memory, KEEP);
            var months = months(copy.hugeNights(ORDERS, "2026-09-20T02:30:00Z", 50));
            try {
                copy.at(NOW, new Huge(new DyingObjectStore(memory, call)))
                        .apply(Optional.empty(), true);
            } catch (RuntimeException killed) {
                assertThat(killed).isNotNull();
            }

            copy.at(NOW.plus(Duration.ofMinutes(5)), new Huge(memory))
                    .apply(Optional.empty(), true);

            assertThat(memory.assigned().keySet()).as("after call %d", call).isEqualTo(months);
            assertThat(
                            copy.at(NOW.plus(Duration.ofMinutes(6)), new Huge(memory))
                                    .plan(true)
                                    .changesNothing())
                    .isTrue();
        }
    }

    @Test
    void what_somebody_reads_is_not_frozen() {
        var cold =
                new Shop(store, KEEP + ", tiers: { monthly: DEEP_ARCHIVE, yearly: DEEP_ARCHIVE }");
        var nights = cold.hugeNights(ORDERS, "2026-08-20T02:30:00Z", 81);
        var run = cold.run("restore", NOW);
        store.put(
                Layout.readLease(Shop.SERVER, ORDERS, nights.getFirst().backup(), run),
                Json.bytes(new Lease(Lease.FORMAT, run, "there", 1, NOW.plusSeconds(60), false)));

        var done = cold.at(NOW, new Huge(store)).apply(Optional.empty(), true);

        assertThat(done.moves().getFirst().outcome()).startsWith("in use: leases/shop/orders/");
        assertThat(store.assigned()).hasSize(done.moves().size() - 1);
    }

    @Test
    void the_plan_says_where_the_bucket_disagrees() {
        shop.hugeNights(ORDERS, "2026-11-01T02:30:00Z", 8);
        store.rules(
                new StoreRules(
                        List.of(
                                new StoreRules.Rule(
                                        "tidy",
                                        "",
                                        Map.of(),
                                        Map.of(),
                                        Optional.of(90),
                                        Optional.of(14),
                                        Optional.of(7)))));

        var plan = shop.at(NOW, new Huge(store)).plan(true);

        assertThat(plan.notes())
                .anyMatch(
                        note -> note.startsWith("rule tidy of the bucket deletes backups 90 days"))
                .anyMatch(note -> note.contains("pgvigil:class=GLACIER_IR"));
        assertThat(plan.undoDays()).contains(14);
    }

    private int calls() {
        var memory = new InMemoryObjectStore(() -> written);
        var copy = new Shop(memory, KEEP);
        copy.hugeNights(ORDERS, "2026-09-20T02:30:00Z", 50);
        var counting = DyingObjectStore.never(memory);
        copy.at(NOW, new Huge(counting)).apply(Optional.empty(), true);
        // The deletions have their own test; here it is the end of the run that matters.
        return Math.min(counting.writingCalls(), 1000);
    }

    /// The archives of the first backup of each month.
    private static Set<ObjectKey> months(List<Manifest> nights) {
        var first =
                nights.stream()
                        .collect(
                                Collectors.toMap(
                                        night -> night.finished().toString().substring(0, 7),
                                        night -> night,
                                        (one, _) -> one));
        return first.values().stream()
                .map(night -> night.object("data").key())
                .collect(Collectors.toSet());
    }
}
