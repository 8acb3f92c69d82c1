package io.pgvigil.core.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SegmentHeaderTest {
    /// The first bytes that PostgreSQL 15 wrote into 000000010000000000000001.
    private static final byte[] REAL =
            HexFormat.of()
                    .parseHex(
                            "10d10200010000000000000100000000000000000000000039bb43cfb005076b"
                                    + "0000000100200000");

    /// The same with `--wal-segsize=1`, from 000000010000000000000006.
    private static final byte[] REAL_1MB =
            HexFormat.of()
                    .parseHex(
                            "10d10700010000000000600000000000d9000000000000004e7b3175b105076b"
                                    + "0000100000200000");

    private static final SystemIdentifier SERVER = new SystemIdentifier("7712139143844969273");
    private static final SegmentName FIRST =
            SegmentName.parse("000000010000000000000001", WalSegmentSize.DEFAULT);

    @Test
    void reads_what_postgresql_wrote() {
        assertThat(SegmentHeader.parse(REAL))
                .isEqualTo(
                        new SegmentHeader(
                                15,
                                new TimelineId(1),
                                Lsn.parse("0/1000000"),
                                SERVER,
                                16 << 20,
                                8192,
                                false));
        assertThat(SegmentHeader.parse(REAL_1MB))
                .isEqualTo(
                        new SegmentHeader(
                                15,
                                new TimelineId(1),
                                Lsn.parse("0/600000"),
                                new SystemIdentifier("7712139146628791118"),
                                1 << 20,
                                8192,
                                true));
    }

    @ParameterizedTest
    @CsvSource({"D106, 13", "D10D, 14", "D110, 15", "D113, 16", "D116, 17", "D118, 18"})
    void the_magic_number_tells_the_release(String magic, int major) {
        var bytes = REAL.clone();
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) Integer.parseInt(magic, 16));

        assertThat(SegmentHeader.parse(bytes).major()).isEqualTo(major);
    }

    @Test
    void refuses_what_is_no_segment() {
        refused(new byte[39], "a WAL segment begins with 40 bytes of header, and there are 39");
        refused(new byte[40], "it begins with zeros: nothing was ever written to it");
        refused(with(0, 0xD1, 0x10), "it was written on a big-endian machine");
        refused(with(0, 0x05, 0xD1), "the magic number D105, which is of no PostgreSQL");
        refused(with(2, 0x00), "it begins in the middle of a segment");
        refused(with(4, 0, 0, 0, 0), "its timeline is 0");
    }

    @Test
    void random_bytes_are_refused_and_never_worse() {
        var random = new Random(1);
        var bytes = new byte[SegmentHeader.LENGTH];
        for (var i = 0; i < 20_000; i++) {
            random.nextBytes(bytes);
            if (i % 2 == 0) System.arraycopy(REAL, 0, bytes, 0, 4);
            try {
                SegmentHeader.parse(bytes).complaint(FIRST, SERVER, Optional.empty());
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void the_right_segment_has_nothing_to_complain_about() {
        assertThat(complaint(REAL, "000000010000000000000001")).isEmpty();
    }

    @Test
    void every_field_that_is_wrong_is_named() {
        assertThat(complaint(REAL, "000000010000000000000002"))
                .contains("it begins at 0/1000000, not at 0/2000000");
        assertThat(complaint(REAL_1MB, "000000010000000000000001"))
                .contains(
                        "it is of the server with system identifier 7712139146628791118, not of "
                                + SERVER);
        assertThat(complaint(with(32, 0, 0, 0, 4), "000000010000000000000001"))
                .contains("its segments have 67108864 bytes, not 16777216");
        assertThat(complaint(with(4, 2), "000000010000000000000001"))
                .contains("its first page is of the later timeline 2");
    }

    @Test
    void a_promotion_takes_the_beginning_of_its_segment_along() {
        var name = SegmentName.parse("000000030000000000000001", WalSegmentSize.DEFAULT);
        var three = new TimelineId(3);
        var inside =
                history(three, new TimelineHistory.Left(TimelineId.FIRST, Lsn.parse("0/1800000")));
        var earlier =
                history(three, new TimelineHistory.Left(TimelineId.FIRST, Lsn.parse("0/800000")));
        var later =
                history(three, new TimelineHistory.Left(TimelineId.FIRST, Lsn.parse("0/2000000")));
        var other =
                history(three, new TimelineHistory.Left(new TimelineId(2), Lsn.parse("0/1800000")));
        var header = SegmentHeader.parse(REAL);

        assertThat(header.complaint(name, SERVER, Optional.of(inside))).isEmpty();
        assertThat(header.complaint(name, SERVER, Optional.empty()))
                .contains(
                        "its first page is of timeline 1, and the history of timeline 3 is not known");
        for (var wrong : List.of(earlier, later, other))
            assertThat(header.complaint(name, SERVER, Optional.of(wrong)))
                    .contains(
                            "its first page is of timeline 1, which timeline 3 did not leave in this"
                                    + " segment");
    }

    private static TimelineHistory history(TimelineId timeline, TimelineHistory.Left... left) {
        return new TimelineHistory(timeline, List.of(left));
    }

    private static Optional<String> complaint(byte[] bytes, String name) {
        return SegmentHeader.parse(bytes)
                .complaint(
                        SegmentName.parse(name, WalSegmentSize.DEFAULT), SERVER, Optional.empty());
    }

    private static byte[] with(int offset, int... bytes) {
        var changed = REAL.clone();
        for (var i = 0; i < bytes.length; i++) changed[offset + i] = (byte) bytes[i];
        return changed;
    }

    private static void refused(byte[] bytes, String why) {
        assertThatThrownBy(() -> SegmentHeader.parse(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }
}
