package io.pgvigil.retention;

import static io.pgvigil.retention.Shop.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.FlakyObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RetentionTest {
    private static final String WEEK = "keep: { daily: 7 }";
    private Instant written = Instant.parse("2026-10-01T00:00:00Z");
    private final InMemoryObjectStore store = new InMemoryObjectStore(() -> written);
    private final Shop shop = new Shop(store, WEEK);

    // Plan and apply

    @Test
    void a_plan_changes_nothing_and_what_it_shows_is_what_apply_does() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        var before = store.keys();
        var retention = shop.at("2026-11-10T12:00:00Z");

        var plan = retention.plan(false);

        assertThat(store.keys()).isEqualTo(before);
        assertThat(ids(plan)).containsExactlyElementsOf(ids(nights.subList(0, 3)));

        var done = retention.apply(Optional.of(plan.id()), false);

        assertThat(done.deletions())
                .extracting(AuditRecord.Entry::outcome)
                .containsExactly("deleted", "deleted", "deleted");
        assertThat(shop.whole(ORDERS)).containsExactlyElementsOf(ids(nights.subList(3, 10)));
        assertThat(shop.keys("shop/")).hasSize(7 * 2);
        assertThat(retention.plan(false).changesNothing()).isTrue();
    }

    @Test
    void what_is_written_down_beside_a_backup_is_none_of_its_objects_and_goes_with_it() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        for (var one : List.of(nights.get(0), nights.get(1)))
            for (var place : List.of("s3://near/pg", "s3://far/pg"))
                store.create(
                        Layout.copy(
                                one.server(), one.database(), one.backup(), StoreUri.parse(place)),
                        new byte[] {'{', '}'});
        store.delete(nights.get(1).object("data").key());
        var retention = shop.at("2026-11-10T12:00:00Z");

        var plan = retention.plan(true);

        assertThat(
                        plan.decision().verdicts().stream()
                                .map(one -> one.verdict())
                                .filter(one -> one.backup().backup().equals(nights.get(1).backup()))
                                .map(one -> one.why()))
                .containsExactly("cannot be restored: not every object of its manifest is there");
        retention.apply(Optional.empty(), true);
        assertThat(shop.keys("shop/orders/" + nights.get(0).backup())).isEmpty();
    }

    @Test
    void what_was_done_and_why_is_in_the_store() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);
        var retention = shop.at("2026-11-08T12:00:00Z");

        var done = retention.apply(Optional.empty(), false);

        var key = new ObjectKey("retention/20261108T120000Z-" + done.plan() + ".json");
        var record =
                Json.read(store.document(key).orElseThrow(), AuditRecord.class, AuditRecord.FORMAT);
        assertThat(record).isEqualTo(done);
        assertThat(record.ended()).contains(Instant.parse("2026-11-08T12:00:00Z"));
        assertThat(record.deletions().getFirst().reason())
                .isEqualTo("no rule wants it (7 daily), finished 2026-11-01");
    }

    @Test
    void a_plan_is_refused_when_the_facts_have_changed() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        var plan = shop.at("2026-11-10T12:00:00Z").plan(false);
        shop.drilled(nights.get(8), DrillVerdict.PROVEN, Instant.parse("2026-11-10T12:30:00Z"));

        var later = shop.at("2026-11-10T13:00:00Z");

        assertThatThrownBy(() -> later.apply(Optional.of(plan.id()), false))
                .hasMessageStartingWith("PGV-6020: plan " + plan.id());
        assertThat(shop.whole(ORDERS)).hasSize(10);
    }

    @Test
    void a_plan_is_refused_when_time_alone_lets_more_go() {
        var within = new Shop(store, "keep: { within: 5d }");
        within.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        var plan = within.at("2026-11-10T01:00:00Z").plan(false);

        assertThatThrownBy(() ->
                        within.at("2026-11-10T04:00:00Z").apply(Optional.of(plan.id()), false))
                .hasMessageStartingWith("PGV-6020");
        assertThat(within.at("2026-11-10T01:30:00Z").plan(false).id()).isEqualTo(plan.id());
    }

    @Test
    void names_that_begin_alike_are_different_databases() {
        var test = new DatabaseName("orders_test");
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        var others = shop.nights(test, "2026-11-04T02:30:00Z", 7);

        shop.at("2026-11-10T12:00:00Z").apply(Optional.empty(), false);

        assertThat(shop.whole(ORDERS)).hasSize(7);
        assertThat(shop.whole(test)).containsExactlyElementsOf(ids(others));
    }

    @Test
    void a_server_that_is_not_configured_keeps_everything() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        var nobody =
                new Retention(
                        store,
                        Optional::empty,
                        Shop.HOST,
                        () -> Instant.parse("2026-11-10T12:00:00Z"));

        nobody.apply(Optional.empty(), true);

        assertThat(shop.whole(ORDERS)).hasSize(10);
    }

    @Test
    void what_was_deleted_comes_back_whole_when_its_delete_markers_are_removed() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);
        var first = nights.getFirst();
        var retention = shop.at("2026-11-08T12:00:00Z");
        retention.apply(Optional.empty(), false);
        assertThat(shop.whole(ORDERS)).doesNotContain(first.backup());

        store.undelete(Layout.folder(Shop.SERVER, ORDERS, first.backup()));

        assertThat(shop.whole(ORDERS)).hasSize(8).contains(first.backup());
        var data = first.object("data");
        assertThat(store.stat(data.key()).orElseThrow().versionId()).isEqualTo(data.versionId());

        // Without a hold the next run takes it again.
        retention.hold(
                first.backup().value(), Catalog.Filter.ANY, "dba", "needed", Optional.empty());
        retention.apply(Optional.empty(), false);
        assertThat(shop.whole(ORDERS)).contains(first.backup());
    }

    @Test
    void a_store_that_only_says_that_it_deleted_ends_the_run() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);
        var now = Instant.parse("2026-11-08T12:00:00Z");
        for (var name : List.of("manifest.json", "data.pgdump.zst")) {
            var pretending = new Pretending(store, key -> key.name().equals(name));

            assertThatThrownBy(() -> shop.at(now, pretending).apply(Optional.empty(), false))
                    .hasMessageStartingWith("PGV-3007: shop/orders/20261101T022800Z-l-")
                    .hasMessageContaining(
                            name + " was deleted from s3://in-memory without an error");
        }

        shop.at(now).apply(Optional.empty(), false);
        assertThat(shop.whole(ORDERS)).hasSize(7);
        assertThat(shop.keys("shop/orders/2")).hasSize(7 * 2);
    }

    // Who needs a backup

    @Test
    void a_held_backup_stays_until_it_is_released() {
        var first = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8).getFirst().backup();
        var retention = shop.at("2026-11-08T12:00:00Z");

        retention.hold(first.value(), Catalog.Filter.ANY, "legal", "case 4711", Optional.empty());
        retention.apply(Optional.empty(), false);
        assertThat(shop.whole(ORDERS)).hasSize(8);
        assertThat(reason(retention.plan(false), first)).isEqualTo("held by legal: case 4711");

        retention.release(first.value(), Catalog.Filter.ANY, "legal", "closed");
        retention.apply(Optional.empty(), false);
        assertThat(shop.whole(ORDERS)).hasSize(7).doesNotContain(first);
        assertThatThrownBy(() ->
                        retention.release(
                                shop.whole(ORDERS).getFirst().value(),
                                Catalog.Filter.ANY,
                                "legal",
                                "closed"))
                .hasMessageStartingWith("PGV-6021");
    }

    @Test
    void a_hold_needs_an_owner_and_a_reason() {
        var first = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8).getFirst().backup();
        var retention = shop.at("2026-11-08T12:00:00Z");

        assertThatThrownBy(() ->
                        retention.hold(
                                first.value(), Catalog.Filter.ANY, "legal", " ", Optional.empty()))
                .hasMessageStartingWith("PGV-1001: a hold needs a reason");
    }

    @Test
    void a_backup_that_is_read_stays() {
        var first = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8).getFirst();
        written = Instant.parse("2026-11-08T11:59:00Z");
        lease(first, Instant.parse("2026-11-08T12:01:00Z"));

        shop.at("2026-11-08T12:00:00Z").apply(Optional.empty(), false);
        assertThat(shop.whole(ORDERS)).hasSize(8);

        // The reader died; its lease ends by itself, and goes with the backup.
        shop.at("2026-11-08T12:02:00Z").apply(Optional.empty(), false);
        assertThat(shop.whole(ORDERS)).hasSize(7);
        assertThat(shop.keys("leases/shop/")).isEmpty();
    }

    @Test
    void a_backup_that_is_read_or_held_after_the_decision_stays() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 9);
        written = Instant.parse("2026-11-09T11:59:00Z");
        var now = Instant.parse("2026-11-09T12:00:00Z");
        // The moment when the first deletion is announced.
        var late =
                new Late(
                        store,
                        Layout.deleting(Shop.SERVER, ORDERS, nights.getFirst().backup()),
                        () -> {
                            lease(nights.get(0), now.plusSeconds(60));
                            assertThatThrownBy(() ->
                                            shop.at(now)
                                                    .hold(
                                                            nights.get(0).backup().value(),
                                                            Catalog.Filter.ANY,
                                                            "legal",
                                                            "too late",
                                                            Optional.empty()))
                                    .hasMessageStartingWith("PGV-6022");
                        });

        var done = shop.at(now, late).apply(Optional.empty(), false);

        assertThat(done.deletions().getFirst().outcome()).startsWith("in use: leases/shop/");
        assertThat(shop.whole(ORDERS))
                .containsExactlyElementsOf(
                        ids(
                                List.of(
                                        nights.get(0),
                                        nights.get(2),
                                        nights.get(3),
                                        nights.get(4),
                                        nights.get(5),
                                        nights.get(6),
                                        nights.get(7),
                                        nights.get(8))));
        assertThat(shop.keys("retention/deleting/")).isEmpty();
    }

    @Test
    void two_do_not_delete_at_once() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 8);
        var now = Instant.parse("2026-11-08T12:00:00Z");
        var lease =
                new Lease(
                        Lease.FORMAT,
                        shop.run("retention", now),
                        "elsewhere",
                        7,
                        now.plusSeconds(60),
                        false);
        store.create(Layout.retentionLease(), Json.bytes(lease));

        assertThatThrownBy(() -> shop.at(now).apply(Optional.empty(), false))
                .hasMessageStartingWith("PGV-6001: retention is at work already, on elsewhere");
        assertThat(shop.whole(ORDERS)).hasSize(8);
    }

    // What looks wrong

    @Test
    void backups_that_became_too_small_stop_it_until_a_person_accepts_one() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        var small = shop.night(ORDERS, Instant.parse("2026-11-11T02:30:00Z"), 30_000);
        shop.night(ORDERS, Instant.parse("2026-11-12T02:30:00Z"), 30_000);
        var retention = shop.at("2026-11-12T12:00:00Z");

        retention.apply(Optional.empty(), true);
        assertThat(shop.whole(ORDERS)).hasSize(12);
        assertThat(retention.plan(true).decision().stops().getFirst().why())
                .contains("looks wrong: an archive of 2,400,000 bytes where 8,000,000 are usual");

        retention.accept(
                small.backup().value(), Catalog.Filter.ANY, "dba", "old orders were archived");
        retention.apply(Optional.empty(), true);
        assertThat(shop.whole(ORDERS)).hasSize(7).contains(nights.get(9).backup());
    }

    @Test
    void a_judgement_is_remembered_when_what_it_rested_on_is_gone() {
        var three = new Shop(store, "keep: { last: 3 }");
        three.nights(ORDERS, "2026-11-01T02:30:00Z", 6);
        var odd = three.night(ORDERS, Instant.parse("2026-11-06T12:30:00Z"), 10);
        var fine = three.night(ORDERS, Instant.parse("2026-11-07T02:30:00Z"));

        three.at("2026-11-08T12:00:00Z").apply(Optional.empty(), true);
        three.at("2026-11-08T13:00:00Z").apply(Optional.empty(), true);

        // Two good ones, the odd one, and the newest: the odd one took no place.
        assertThat(three.whole(ORDERS)).hasSize(4).contains(odd.backup(), fine.backup());
        assertThat(shop.keys("retention/usual/"))
                .containsExactly("retention/usual/shop/orders/logical.json");
    }

    // Holes

    @Test
    void a_damaged_manifest_stays_and_the_others_go_their_way() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        store.put(Shop.key(nights.get(1)), "{}".getBytes(StandardCharsets.UTF_8));

        var retention = shop.at("2026-11-10T12:00:00Z");
        var plan = retention.plan(false);
        assertThat(plan.holes()).hasSize(1);
        retention.apply(Optional.empty(), false);

        assertThat(store.stat(nights.get(1).object("data").key())).isPresent();
        assertThat(store.stat(Shop.key(nights.get(0)))).isEmpty();
        assertThat(store.stat(Shop.key(nights.get(2)))).isEmpty();
    }

    @Test
    void a_drill_record_that_cannot_be_read_stops_its_database() {
        var test = new DatabaseName("orders_test");
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        shop.nights(test, "2026-11-01T02:30:00Z", 10);
        store.put(new ObjectKey("shop/orders/drills/x.json"), "{".getBytes(StandardCharsets.UTF_8));

        shop.at("2026-11-10T12:00:00Z").apply(Optional.empty(), false);

        assertThat(shop.whole(ORDERS)).hasSize(10);
        assertThat(shop.whole(test)).hasSize(7);
    }

    @Test
    void a_backup_whose_data_is_gone_does_not_count() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        store.delete(nights.get(9).object("data").key());
        store.delete(nights.get(8).object("data").key());

        shop.at("2026-11-10T12:00:00Z").apply(Optional.empty(), false);

        // Seven whole days stay, not five.
        assertThat(store.keys())
                .contains(
                        ids(nights.subList(1, 10)).stream()
                                .map(id -> "shop/orders/" + id + "/manifest.json")
                                .toArray(String[]::new));
        assertThat(store.stat(Shop.key(nights.get(0)))).isEmpty();
    }

    @Test
    void a_backup_whose_manifest_vanished_is_no_debris() {
        var nights = shop.nights(ORDERS, "2026-11-01T02:30:00Z", 7);
        shop.at("2026-11-07T12:00:00Z").apply(Optional.empty(), false);
        store.delete(Shop.key(nights.get(3)));

        var plan = shop.at("2026-11-07T13:00:00Z").plan(false);

        assertThat(plan.debris()).isEmpty();
        assertThat(plan.holes().getFirst().what())
                .contains("manifest.json is gone, although the backup was sealed");
    }

    // Debris

    @Test
    void objects_that_were_never_sealed_go_after_three_days() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 7);
        written = Instant.parse("2026-11-04T03:00:00Z");
        var failed = shop.unsealed(ORDERS, Instant.parse("2026-11-04T03:00:00Z"), 5);
        var folder = Layout.folder(Shop.SERVER, ORDERS, failed.backup());

        shop.at("2026-11-07T02:59:00Z").apply(Optional.empty(), false);
        assertThat(shop.keys(folder)).hasSize(1);

        var done = shop.at("2026-11-07T03:01:00Z").apply(Optional.empty(), false);
        assertThat(shop.keys(folder)).isEmpty();
        assertThat(done.debris()).extracting(AuditRecord.Swept::folder).containsExactly(folder);
        assertThat(shop.whole(ORDERS)).hasSize(7);
    }

    @Test
    void objects_of_a_run_that_goes_on_are_no_debris() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 7);
        written = Instant.parse("2026-11-02T03:00:00Z");
        var going = shop.unsealed(ORDERS, Instant.parse("2026-11-02T03:00:00Z"), 5);
        var now = Instant.parse("2026-11-07T12:00:00Z");

        // A dump of five days: its lease is renewed.
        var key = Layout.backupLease(Shop.SERVER, ORDERS);
        store.put(
                key,
                Json.bytes(
                        new Lease(
                                Lease.FORMAT,
                                going.run(),
                                "there",
                                1,
                                now.plusSeconds(60),
                                false)));
        assertThat(shop.at(now).plan(false).goingDebris()).isEmpty();

        // It ended, and waits to be sealed.
        store.delete(key);
        var order = new Order.Drill(Shop.SERVER, ORDERS, going.backup(), 1, List.of(), List.of());
        new Runs(store).ask(Run.asked(going.run(), order, Instant.parse("2026-11-02T03:00:00Z")));
        assertThat(shop.at(now).plan(false).debris().getFirst().why())
                .isEqualTo("run " + going.run() + " has not ended");

        new Runs(store).move(going.run(), run -> run.ended(RunState.FAILED, now, Optional.empty()));
        assertThat(shop.at(now).plan(false).goingDebris()).hasSize(1);
    }

    @Test
    void what_is_not_ours_is_never_touched() {
        shop.nights(ORDERS, "2026-11-01T02:30:00Z", 10);
        var foreign =
                List.of(
                        "notes.txt",
                        "shop/notes.txt",
                        "shop/orders/notes.txt",
                        "shop/orders/my-own-dump/data",
                        "Some Folder/x/drills/y",
                        "shop/_wal/1/000000010000000000000001.zst",
                        "shop/_wal/1/00000001/000000010000000000000001.zst");
        for (var key : foreign) store.create(new ObjectKey(key), new byte[] {1});

        shop.at("2027-11-10T12:00:00Z").apply(Optional.empty(), true);
        shop.at("2026-11-10T12:00:00Z").apply(Optional.empty(), true);

        assertThat(store.keys()).containsAll(foreign);
    }

    @Test
    void uploads_that_nobody_will_complete_are_ended() {
        var upload = store.upload(new ObjectKey("shop/orders/20261101T023000Z-l-00000001/data"));
        upload.write(new byte[] {1}, 0, 1);

        shop.at("2026-10-03T00:00:00Z").apply(Optional.empty(), false);
        assertThat(store.pendingUploads("").toList()).hasSize(1);

        var done = shop.at("2026-10-05T00:00:00Z").apply(Optional.empty(), false);
        assertThat(store.pendingUploads("").toList()).isEmpty();
        assertThat(done.abandoned()).hasSize(1);
    }

    // Faults

    @Test
    void killed_at_any_write_nothing_is_half_there_and_the_next_run_finishes() {
        var calls = callsOfAFullRun();
        for (var call = 0; call <= calls; call++) {
            for (var answered : List.of(true, false)) {
                var memory = new InMemoryObjectStore(() -> written);
                var copy = situation(memory);
                var dying =
                        answered
                                ? new DyingObjectStore(memory, call)
                                : DyingObjectStore.withoutTheAnswer(memory, call);
                try {
                    copy.at(NOW, dying).apply(Optional.empty(), false);
                } catch (RuntimeException killed) {
                    assertThat(dying.dead()).isTrue();
                }

                // Every backup that is listed is whole, and none that the rules want is gone.
                assertThat(copy.whole(ORDERS)).hasSizeGreaterThanOrEqualTo(7);
                copy.at(NOW.plus(Duration.ofMinutes(5))).apply(Optional.empty(), false);
                assertThat(copy.whole(ORDERS)).hasSize(7);
                assertThat(copy.keys("shop/orders/2")).as("after call %d", call).hasSize(7 * 2);
                assertThat(copy.keys("retention/deleting/")).isEmpty();
                assertThat(copy.at(NOW.plus(Duration.ofMinutes(6))).plan(false).changesNothing())
                        .isTrue();
            }
        }
    }

    @Test
    void a_store_that_does_not_answer_makes_it_fail_loudly_and_a_clean_run_finishes() {
        var memory = new InMemoryObjectStore(() -> written);
        var copy = situation(memory);
        for (var failures = 1; failures <= 3; failures++) {
            var flaky = new FlakyObjectStore(memory, failures);
            assertThatThrownBy(() -> copy.at(NOW, flaky).apply(Optional.empty(), false))
                    .hasMessageStartingWith("PGV-3001");
            assertThat(copy.whole(ORDERS)).hasSizeGreaterThanOrEqualTo(7);
        }

        copy.at(NOW.plus(Duration.ofMinutes(5))).apply(Optional.empty(), false);

        assertThat(copy.whole(ORDERS)).hasSize(7);
    }

    @Test
    void half_a_catalogue_decides_nothing() {
        var memory = new InMemoryObjectStore(() -> written);
        var copy = situation(memory);
        // Every read of a run, one after the other, fails once.
        var reads = new Counting(memory, Integer.MAX_VALUE);
        copy.at(NOW, reads).plan(false);
        assertThat(reads.count()).isGreaterThan(10);
        for (var read = 0; read < reads.count(); read++) {
            var failing = new Counting(memory, read);
            assertThatThrownBy(() -> copy.at(NOW, failing).plan(false))
                    .hasMessageContaining("PGV-3001");
        }
        assertThat(copy.whole(ORDERS)).hasSize(9);
    }

    private static final Instant NOW = Instant.parse("2026-11-09T12:00:00Z");

    private Shop situation(InMemoryObjectStore memory) {
        var copy = new Shop(memory, WEEK);
        copy.nights(ORDERS, "2026-11-01T02:30:00Z", 9);
        copy.unsealed(ORDERS, Instant.parse("2026-11-04T02:40:00Z"), 1);
        return copy;
    }

    private int callsOfAFullRun() {
        var memory = new InMemoryObjectStore(() -> written);
        var counting = DyingObjectStore.never(memory);
        situation(memory).at(NOW, counting).apply(Optional.empty(), false);
        return counting.writingCalls();
    }

    private void lease(Manifest backup, Instant expires) {
        var reader = shop.run("verify", expires);
        store.put(
                Layout.readLease(Shop.SERVER, ORDERS, backup.backup(), reader),
                Json.bytes(new Lease(Lease.FORMAT, reader, "there", 1, expires, false)));
    }

    private static List<BackupId> ids(List<Manifest> manifests) {
        return manifests.stream().map(Manifest::backup).toList();
    }

    private static List<BackupId> ids(Plan plan) {
        return plan.decision().order().stream().map(ref -> ref.backup()).toList();
    }

    private static String reason(Plan plan, BackupId backup) {
        return plan.decision().verdicts().stream()
                .map(one -> one.verdict())
                .filter(verdict -> verdict.backup().backup().equals(backup))
                .map(Verdict::why)
                .findFirst()
                .orElseThrow();
    }
}
