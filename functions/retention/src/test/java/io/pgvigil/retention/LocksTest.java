package io.pgvigil.retention;

import static io.pgvigil.retention.Shop.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.core.store.HiddenObject;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a bucket with Object Lock keeps, and how what stays is locked.
final class LocksTest {
    private static final String KEEP = "keep: { daily: 7, monthly: 12 }, lock: governance";
    private static final Instant NOW = Instant.parse("2026-11-08T12:00:00Z");

    private final Instant written = Instant.parse("2026-11-08T02:30:00Z");
    private final InMemoryObjectStore store = new InMemoryObjectStore(() -> written).lockable();
    private final Shop shop = new Shop(store, KEEP);

    @Test
    void what_stays_is_locked_until_its_tier_ends_every_object_of_it_and_once() {
        var nights = shop.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        var plan = shop.at(NOW).plan(true);
        assertThat(lockOf(nights.get(12)).retained()).isEmpty();

        var done = shop.at(NOW).apply(Optional.of(plan.id()), true);

        assertThat(done.locks()).hasSize(8).allMatch(one -> one.outcome().equals("locked"));
        // The first of November stands for its month.
        for (var key : keys(nights.get(12)))
            assertThat(locking().lockOf(key)).as(key + "").isEqualTo(until("2027-11-01T02:30:00Z"));
        assertThat(lockOf(nights.get(18))).isEqualTo(until("2026-11-14T02:30:00Z"));
        assertThat(shop.keys("retention/locks/"))
                .containsExactly("retention/locks/shop/orders/logical.json");
        assertThat(shop.at(NOW.plusSeconds(60)).plan(true).changesNothing()).isTrue();
    }

    @Test
    void what_the_store_locks_is_blocked_with_the_date_whoever_locked_it() {
        var nights = shop.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        var locked = nights.get(3);
        // One object is enough: a backup without it is none.
        locking()
                .lock(
                        locked.object("data").key(),
                        LockMode.COMPLIANCE,
                        Instant.parse("2026-12-01T00:00:00Z"));

        shop.at(NOW).apply(Optional.empty(), true);

        assertThat(shop.whole(ORDERS)).contains(locked.backup()).doesNotContain(id(nights, 4));
        assertThat(why(locked)).isEqualTo("locked until 2026-12-01T00:00:00Z (compliance)");
        var after = shop.at("2026-12-01T00:00:01Z").plan(true);
        assertThat(after.decision().stops()).isNotEmpty();
    }

    @Test
    void a_legal_hold_blocks_until_it_is_taken_away() {
        var nights = shop.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        var held = nights.get(3).object("data").key();
        store.legalHold(held, true);
        shop.at(NOW).apply(Optional.empty(), true);
        assertThat(why(nights.get(3))).isEqualTo("under legal hold");

        store.legalHold(held, false);
        shop.at(NOW).apply(Optional.empty(), true);

        assertThat(shop.whole(ORDERS)).doesNotContain(id(nights, 3));
    }

    @Test
    void the_store_is_asked_only_about_what_would_go() {
        shop.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        shop.at(NOW).apply(Optional.empty(), true);
        shop.night(ORDERS, Instant.parse("2026-11-09T02:30:00Z"));
        var watched = new Watched(store);

        shop.at(Instant.parse("2026-11-09T12:00:00Z"), watched).plan(true);

        var asked = watched.asked.stream().map(key -> key.value().split("/")[2]).distinct();
        assertThat(asked).hasSize(1);
    }

    @Test
    void a_locked_backup_that_somebody_hid_stops_its_database_and_the_way_back_is_told() {
        var nights = shop.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        shop.at(NOW).apply(Optional.empty(), true);
        shop.nights(ORDERS, "2026-11-09T02:30:00Z", 2);
        var hidden = nights.get(12);
        for (var key : keys(hidden)) store.delete(key);

        var plan = shop.at("2026-11-10T12:00:00Z").plan(true);

        assertThat(plan.decision().order()).isEmpty();
        assertThat(plan.decision().stops().getFirst().why())
                .contains(hidden.backup() + " is locked until 2027-11-01T02:30:00Z")
                .contains("delete markers hide it");
        assertThat(plan.notes())
                .anyMatch(note ->
                        note.contains("--prefix 'shop/orders/" + hidden.backup() + "/'")
                                && note.contains("--bucket in-memory"));

        store.undelete("shop/orders/" + hidden.backup());
        assertThat(shop.at("2026-11-10T12:00:00Z").plan(true).decision().stops()).isEmpty();
    }

    @Test
    void what_is_left_of_a_hidden_backup_is_no_debris() {
        var nights = shop.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        lock(nights.get(12));
        store.delete(Shop.key(nights.get(12)));

        var plan = shop.at(NOW.plus(Duration.ofDays(4))).plan(true);

        assertThat(plan.debris()).isEmpty();
        assertThat(plan.holes()).hasSize(1);
    }

    @Test
    void a_bucket_without_object_lock_is_noted_and_everything_else_goes_on() {
        var plain = new InMemoryObjectStore(() -> written);
        var unlocked = new Shop(plain, KEEP);
        unlocked.nights(ORDERS, "2026-10-20T02:30:00Z", 20);

        var plan = unlocked.at(NOW).plan(true);

        assertThat(plan.notes())
                .contains(
                        "profiles ask for locks, and this bucket has no Object Lock: nothing in it is"
                                + " locked");
        assertThat(plan.decision().locks()).isEmpty();
        assertThat(plan.decision().order()).isNotEmpty();
    }

    @Test
    void one_that_cannot_be_locked_is_said_and_tried_again() {
        var nights = shop.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        var refused = nights.get(12);
        var refusing = new Watched(store);
        refusing.refused = key -> key.equals(refused.object("data").key());

        var done = shop.at(NOW, refusing).apply(Optional.empty(), true);

        assertThat(done.locks())
                .filteredOn(one -> !one.outcome().equals("locked"))
                .singleElement()
                .matches(one -> one.backup().backup().equals(refused.backup()))
                .matches(one -> one.outcome().equals("denied"));
        // Its manifest comes last, so nobody takes it for locked.
        assertThat(lockOf(refused)).isEqualTo(ObjectLock.NONE);

        shop.at(NOW).apply(Optional.empty(), true);
        assertThat(lockOf(refused)).isEqualTo(until("2027-11-01T02:30:00Z"));
    }

    @Test
    void killed_at_any_write_the_next_run_locks_the_rest() {
        var counting = DyingObjectStore.never(memory());
        new Shop(counting, KEEP).at(NOW, counting).apply(Optional.empty(), true);
        for (var call = 0; call <= counting.writingCalls(); call++) {
            var memory = memory();
            var copy = new Shop(memory, KEEP);
            try {
                copy.at(NOW, new DyingObjectStore(memory, call)).apply(Optional.empty(), true);
            } catch (RuntimeException killed) {
                assertThat(killed).isNotNull();
            }

            copy.at(NOW.plusSeconds(300)).apply(Optional.empty(), true);

            assertThat(copy.at(NOW.plusSeconds(301)).plan(true).changesNothing())
                    .as("after call %d", call)
                    .isTrue();
            assertThat(copy.whole(ORDERS)).hasSize(8);
        }
    }

    private InMemoryObjectStore memory() {
        var memory = new InMemoryObjectStore(() -> written).lockable();
        new Shop(memory, KEEP).nights(ORDERS, "2026-11-01T02:30:00Z", 8).getFirst();
        // The first of the month stays, and one of the others goes.
        new Shop(memory, KEEP).night(ORDERS, Instant.parse("2026-11-02T05:30:00Z"));
        return memory;
    }

    @Test
    void a_directory_that_refuses_keeps_the_backup_whole(@TempDir Path folder) {
        // Its lock goes by its own clock, whatever time is played.
        var directory =
                new DirectoryStore(
                        new StoreUri.Directory(folder.resolve("store")),
                        () -> Instant.parse("2026-11-01T00:00:00Z"));
        var local = new Shop(directory, "keep: { daily: 7 }");
        var nights = local.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        directory
                .locking()
                .orElseThrow()
                .lock(
                        Shop.key(nights.get(3)),
                        LockMode.GOVERNANCE,
                        Instant.parse("2026-11-08T00:00:00Z"));

        var done = local.at(NOW).apply(Optional.empty(), true);

        assertThat(done.deletions())
                .filteredOn(one -> !one.outcome().equals("deleted"))
                .singleElement()
                .matches(one -> one.outcome().contains("is locked until 2026-11-08T00:00:00Z"));
        assertThat(local.whole(ORDERS)).contains(id(nights, 3));
    }

    @Test
    void a_store_that_does_not_answer_about_locks_ends_the_run() {
        shop.nights(ORDERS, "2026-10-20T02:30:00Z", 20);
        var silent = new Watched(store);
        silent.silent = true;

        assertThatThrownBy(() -> shop.at(NOW, silent).apply(Optional.empty(), true))
                .hasMessageContaining("PGV-3001");
        assertThat(shop.whole(ORDERS)).hasSize(20);
    }

    private String why(Manifest backup) {
        return shop.at(NOW).plan(true).decision().verdicts().stream()
                .map(one -> one.verdict())
                .filter(verdict -> verdict.backup().backup().equals(backup.backup()))
                .map(Verdict::why)
                .findFirst()
                .orElseThrow();
    }

    private void lock(Manifest backup) {
        for (var key : keys(backup))
            locking().lock(key, LockMode.GOVERNANCE, Instant.parse("2027-01-01T00:00:00Z"));
    }

    private ObjectLock lockOf(Manifest backup) {
        return locking().lockOf(Shop.key(backup));
    }

    private Locking locking() {
        return store.locking().orElseThrow();
    }

    private static List<ObjectKey> keys(Manifest backup) {
        var keys = new ArrayList<ObjectKey>();
        backup.objects().forEach(object -> keys.add(object.key()));
        keys.add(Layout.of(backup.server(), backup.database(), backup.backup(), Layout.MANIFEST));
        return keys;
    }

    private static BackupId id(List<Manifest> nights, int index) {
        return nights.get(index).backup();
    }

    private static ObjectLock until(String end) {
        return ObjectLock.until(LockMode.GOVERNANCE, Instant.parse(end));
    }

    /// Remembers whose locks were asked about, and refuses some.
    private static final class Watched extends ForwardingObjectStore {
        private final List<ObjectKey> asked = new ArrayList<>();
        private Predicate<ObjectKey> refused = _ -> false;
        private boolean silent;

        Watched(InMemoryObjectStore inner) {
            super(inner);
        }

        @Override
        public Optional<Locking> locking() {
            return super.locking().map(this::watched);
        }

        private Locking watched(Locking locks) {
            return new Locking() {
                @Override
                public ObjectLock lockOf(ObjectKey key) {
                    if (silent)
                        throw new Problem(
                                ErrorCode.STORE_UNREACHABLE, "no answer", "Try again.", true, null);
                    synchronized (asked) {
                        asked.add(key);
                    }
                    return locks.lockOf(key);
                }

                @Override
                public void lock(ObjectKey key, LockMode mode, Instant until) {
                    if (refused.test(key))
                        throw new Problem(ErrorCode.STORE_DENIED, "denied", "Grant it.");
                    locks.lock(key, mode, until);
                }

                @Override
                public Stream<HiddenObject> hidden(String prefix, Predicate<ObjectKey> about) {
                    return locks.hidden(prefix, about);
                }
            };
        }
    }
}
