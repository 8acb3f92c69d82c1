package io.pgvigil.task.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.LaterRecord;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.task.Progress;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Manifests;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The log behind a base that was copied.
final class CopiedLogTest {
    private static final TimelineId NEXT = new TimelineId(2);
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final InMemoryObjectStore from = new InMemoryObjectStore();
    private final InMemoryObjectStore to = new InMemoryObjectStore();
    private final Manifest base = SampleBackup.physical();
    private final String log = Layout.wal(base.server(), base.systemIdentifier().orElseThrow());
    private final TimelineId own = new TimelineId(base.physical().orElseThrow().timeline());
    private final long begin =
            base.physical()
                    .orElseThrow()
                    .segmentSize()
                    .segmentOf(base.physical().orElseThrow().begin());

    CopiedLogTest() {
        for (var store : List.of(from, to)) store.create(manifest(), Manifests.bytes(base));
    }

    @Test
    void it_begins_with_that_of_the_base_and_grows_with_each_run() {
        for (var number = begin - 3; number <= begin + 3; number++) segment(from, own, number);
        write(from, log + NEXT.digits() + ".history");
        segment(from, NEXT, begin + 2);

        later();

        assertThat(there())
                .doesNotContain(key(own, begin - 1))
                .contains(key(own, begin), key(own, begin + 3), key(NEXT, begin + 2))
                .contains(log + NEXT.digits() + ".history")
                .hasSize(6);

        segment(from, own, begin + 4);
        var sent = later();

        assertThat(there()).contains(key(own, begin + 4)).hasSize(7);
        assertThat(sent.getFirst().what()).isEqualTo("wal-1");
        for (var key : there())
            assertThat(to.document(new ObjectKey(key)).orElseThrow().content())
                    .isEqualTo(from.document(new ObjectKey(key)).orElseThrow().content());
    }

    @Test
    void what_the_retention_of_that_store_let_go_is_not_sent_again() {
        for (var number = begin; number <= begin + 5; number++) segment(from, own, number);
        later();
        to.delete(new ObjectKey(key(own, begin)));
        to.delete(new ObjectKey(key(own, begin + 1)));

        later();

        assertThat(there()).hasSize(4).contains(key(own, begin + 2));
    }

    @Test
    void killed_at_any_write_the_next_run_leaves_no_gap() {
        for (var number = begin; number <= begin + 5; number++) segment(from, own, number);
        for (var call = 0; call < 6; call++) {
            var place = new InMemoryObjectStore();
            place.create(manifest(), Manifests.bytes(base));
            var dying = new DyingObjectStore(place, call);
            assertThatThrownBy(() -> later(dying)).as("call %d", call).isNotNull();

            later(place);

            assertThat(place.keys().stream().filter(key -> key.startsWith(log))).hasSize(6);
        }
    }

    @Test
    void parts_of_a_segment_go_along_until_the_segment_is_there() {
        segment(from, own, begin);
        write(from, part(begin));
        write(from, part(begin + 1));

        later();

        assertThat(there()).containsExactly(key(own, begin), part(begin + 1));
    }

    /// Whoever reads there when something had been committed must find the log of it.
    @Test
    void what_harvests_say_goes_after_what_they_stored() {
        segment(from, own, begin);
        write(from, log + Layout.HARVESTS + "20200101T000000Z-wal-0000000001.json");
        write(from, log + Layout.HARVESTS + "29991122T110000Z-wal-0000000002.json");
        for (var call = 0; call < 6; call++) {
            var place = new InMemoryObjectStore();
            place.create(manifest(), Manifests.bytes(base));
            try {
                later(new DyingObjectStore(place, call));
            } catch (RuntimeException killed) {
                assertThat(killed).isNotNull();
            }
            if (place.keys().stream().anyMatch(key -> key.contains(Layout.HARVESTS)))
                assertThat(place.keys()).as("call %d", call).contains(key(own, begin));
        }

        later();
        assertThat(there())
                .containsExactly(
                        key(own, begin),
                        log + Layout.HARVESTS + "29991122T110000Z-wal-0000000002.json");
    }

    @Test
    void where_the_copy_was_let_go_no_log_is_sent() {
        segment(from, own, begin);
        to.delete(manifest());

        later();

        assertThat(to.keys()).isEmpty();
    }

    private List<LaterRecord> later() {
        return later(to);
    }

    private List<LaterRecord> later(ObjectStore place) {
        return new BackupCopy(from, Progress.NONE, () -> NOW)
                .later(base, place, Optional.of("wal-1"));
    }

    private List<String> there() {
        return to.keys().stream().filter(key -> key.startsWith(log)).toList();
    }

    private ObjectKey manifest() {
        return Layout.of(base.server(), base.database(), base.backup(), Layout.MANIFEST);
    }

    private String key(TimelineId timeline, long number) {
        return log
                + timeline.digits()
                + "/"
                + new SegmentName(timeline, number, base.physical().orElseThrow().segmentSize())
                + Layout.SEGMENT_SUFFIX;
    }

    private String part(long number) {
        return key(own, number).replace(Layout.SEGMENT_SUFFIX, "")
                + ".%016X.partial".formatted((number << 24) + 4096)
                + Layout.SEGMENT_SUFFIX;
    }

    private void segment(ObjectStore store, TimelineId timeline, long number) {
        write(store, key(timeline, number));
    }

    private static void write(ObjectStore store, String key) {
        store.create(new ObjectKey(key), key.getBytes(StandardCharsets.UTF_8));
    }
}
