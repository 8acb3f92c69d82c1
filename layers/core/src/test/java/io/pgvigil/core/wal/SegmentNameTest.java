package io.pgvigil.core.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.Lsn;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentNameTest {
    private static final int MB = 1 << 20;

    // The names are what pg_walfile_name() says on servers of these segment sizes.
    @ParameterizedTest
    @CsvSource({
        "16, 1, 0/1000028, 000000010000000000000001",
        "16, 1, 1/0, 000000010000000100000000",
        "16, 10, 16/B374D848, 0000000A00000016000000B3",
        "1, 1, 0/1000028, 000000010000000000000010",
        "1, 1, 16/B374D848, 000000010000001600000B37",
        "64, 1, 16/B374D848, 00000001000000160000002C",
        "1024, 255, 16/B374D848, 000000FF0000001600000002",
        "16, 1, FFFFFFFF/FFFFFFFF, 00000001FFFFFFFF000000FF"
    })
    void names_the_segment_of_a_position(int megabytes, int timeline, String lsn, String name) {
        var size = new WalSegmentSize(megabytes * MB);
        var segment = SegmentName.of(new TimelineId(timeline), Lsn.parse(lsn), size);

        assertThat(segment).hasToString(name);
        assertThat(SegmentName.parse(name, size)).isEqualTo(segment);
        assertThat(segment.holds(Lsn.parse(lsn))).isTrue();
    }

    @Test
    void every_size_reads_what_it_writes_and_covers_every_position_once() {
        var random = new Random(20261122);
        for (var shift = 20; shift <= 30; shift++) {
            var size = new WalSegmentSize(1 << shift);
            for (var i = 0; i < 200; i++) {
                var lsn = new Lsn(random.nextLong());
                var segment = SegmentName.of(new TimelineId(1 + random.nextInt(1000)), lsn, size);

                assertThat(SegmentName.parse(segment.toString(), size)).isEqualTo(segment);
                assertThat(segment.begin().isAfter(lsn)).isFalse();
                assertThat(lsn.minus(segment.begin()))
                        .isEqualTo(size.offset(lsn))
                        .isLessThan(1L << shift);
                assertThat(segment.end()).isEqualTo(segment.begin().plus(1L << shift));
            }
        }
    }

    @Test
    void a_name_is_another_segment_when_segments_are_longer() {
        var name = "00000001000000160000000C";

        assertThat(SegmentName.parse(name, WalSegmentSize.DEFAULT).begin())
                .hasToString("16/C000000");
        assertThat(SegmentName.parse(name, new WalSegmentSize(64 * MB)).begin())
                .hasToString("16/30000000");
    }

    @Test
    void a_name_that_does_not_exist_with_this_size_is_refused() {
        assertThatThrownBy(() ->
                        SegmentName.parse("0000000100000016000000B3", new WalSegmentSize(64 * MB)))
                .hasMessage(
                        "'0000000100000016000000B3' is no segment of 64 MB: its last part is at most 3F");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00000001000000000000001",
                "00000001000000000000000g",
                "00000001000000000000000a",
                "000000010000000000000001.partial",
                "00000002.history",
                "000000000000000000000001",
                "FFFFFFFF0000000000000001"
            })
    void refuses_what_is_no_name(String name) {
        assertThatThrownBy(() -> SegmentName.parse(name, WalSegmentSize.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1 << 19, 3 << 20, 17 << 20, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void refuses_a_size_that_initdb_refuses(int bytes) {
        assertThatThrownBy(() -> new WalSegmentSize(bytes))
                .hasMessageContaining("a power of two from 1 MB to 1 GB, not " + bytes);
    }

    @Test
    void sorts_by_position_whatever_the_timeline() {
        var early = SegmentName.parse("0000000900000001000000FE", WalSegmentSize.DEFAULT);
        var late = SegmentName.parse("000000010000000200000000", WalSegmentSize.DEFAULT);

        assertThat(early).isLessThan(late);
    }

    @Test
    void a_part_of_a_segment_names_its_end() {
        var segment = SegmentName.parse("000000010000000A000000FE", WalSegmentSize.DEFAULT);
        var partial = new PartialSegment(segment, Lsn.parse("A/FE01B2C0"));

        assertThat(partial).hasToString("000000010000000A000000FE.0000000AFE01B2C0.partial");
        assertThat(PartialSegment.parse(partial.toString(), WalSegmentSize.DEFAULT))
                .isEqualTo(partial);
        assertThat(partial.length()).isEqualTo(0x1B2C0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"A/FE000000", "A/FF000000", "A/FDFFFFFF", "0/0"})
    void a_part_of_a_segment_ends_inside_it(String end) {
        var segment = SegmentName.parse("000000010000000A000000FE", WalSegmentSize.DEFAULT);

        assertThatThrownBy(() -> new PartialSegment(segment, Lsn.parse(end)))
                .hasMessage("segment " + segment + " cannot end early at " + end);
    }

    @Test
    void positions_are_unsigned() {
        var low = Lsn.parse("7FFFFFFF/FFFFFFFF");
        var high = low.plus(1);

        assertThat(high).hasToString("80000000/0");
        assertThat(high.isAfter(low)).isTrue();
        assertThat(high.minus(low)).isEqualTo(1);
        assertThatThrownBy(() -> low.minus(high))
                .hasMessage("7FFFFFFF/FFFFFFFF is before 80000000/0");
    }
}
