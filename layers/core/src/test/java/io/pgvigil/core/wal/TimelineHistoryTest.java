package io.pgvigil.core.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.Lsn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimelineHistoryTest {
    private static final WalSegmentSize SIZE = WalSegmentSize.DEFAULT;

    /// 1 → 2 inside segment 5; 2 → 4 inside segment 5, too; 4 → 7 at the very beginning of segment 9.
    private static final TimelineHistory SEVEN =
            TimelineHistory.parse(
                    new TimelineId(7),
                    """
                    1\t0/5001000\tno recovery target specified

                    # written by hand
                    2\t0/5002000\tat restore point "before 4711	and more"

                    4\t0/9000000\tbefore 2026-11-22 10:42:17+01
                    """);

    @Test
    void reads_what_postgresql_writes() {
        assertThat(SEVEN.left())
                .containsExactly(
                        new TimelineHistory.Left(new TimelineId(1), Lsn.parse("0/5001000")),
                        new TimelineHistory.Left(new TimelineId(2), Lsn.parse("0/5002000")),
                        new TimelineHistory.Left(new TimelineId(4), Lsn.parse("0/9000000")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 0/5001000 a\n1 0/6001000 b", // not in increasing order
                "2 0/5001000 a\n1 0/6001000 b",
                "7 0/5001000 its own ancestor",
                "8 0/5001000 a later one",
                "1 0/6001000 a\n2 0/5001000 left before it began",
                "1",
                "one 0/5001000 x",
                "1 05001000 x"
            })
    void refuses_what_is_no_history(String content) {
        assertThatThrownBy(() -> TimelineHistory.parse(new TimelineId(7), content))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void knows_the_timeline_of_every_position() {
        assertThat(SEVEN.at(Lsn.parse("0/5000FFF"))).isEqualTo(new TimelineId(1));
        assertThat(SEVEN.at(Lsn.parse("0/5001000"))).isEqualTo(new TimelineId(2));
        assertThat(SEVEN.at(Lsn.parse("0/5002000"))).isEqualTo(new TimelineId(4));
        assertThat(SEVEN.at(Lsn.parse("0/9000000"))).isEqualTo(new TimelineId(7));
        assertThat(SEVEN.beginOf(new TimelineId(4))).contains(Lsn.parse("0/5002000"));
        assertThat(SEVEN.beginOf(new TimelineId(3))).isEmpty();
    }

    @Test
    void reads_the_segment_of_a_promotion_from_the_newest_timeline_in_it() {
        assertThat(SEVEN.segment(4, SIZE)).hasToString("000000010000000000000004");
        // Two promotions in one segment: the file of timeline 4 holds all three.
        assertThat(SEVEN.segment(5, SIZE)).hasToString("000000040000000000000005");
        assertThat(SEVEN.segment(8, SIZE)).hasToString("000000040000000000000008");
        assertThat(SEVEN.segment(9, SIZE)).hasToString("000000070000000000000009");
    }

    @Test
    void includes_an_ancestor_up_to_where_it_was_left() {
        assertThat(SEVEN.includes(new TimelineId(1), Lsn.parse("0/5001000"))).isTrue();
        assertThat(SEVEN.includes(new TimelineId(1), Lsn.parse("0/5001001"))).isFalse();
        assertThat(SEVEN.includes(new TimelineId(3), Lsn.parse("0/1"))).isFalse();
        assertThat(SEVEN.includes(new TimelineId(7), Lsn.parse("0/9000001"))).isTrue();
        assertThat(SEVEN.includes(new TimelineId(7), Lsn.parse("0/8FFFFFF"))).isFalse();
    }
}
