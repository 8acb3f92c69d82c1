package io.pgvigil.archive.facts;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class CopyRowsTest {
    private static final String END = "\\.\n\n\n";

    @Test
    void pieces_may_begin_and_end_anywhere() {
        var text = bytes("1\tone\t\\N\n\t\t\n2\ttwo and some more\t\\\\.\n\\.\\.\tx\ty\n" + END);
        for (Supplier<RowSum> sums :
                Arrays.<Supplier<RowSum>>asList(
                        RowSum.Plain::new, () -> new RowSum.Sorted(new int[] {2, 0, 1}))) {
            var whole = read(sums.get(), text, text.length, text.length);
            for (var first = 1; first < text.length; first++)
                for (var second = first; second <= text.length; second++)
                    assertThat(read(sums.get(), text, first, second)).isEqualTo(whole);
            assertThat(whole.rows).isEqualTo(4);
            assertThat(whole.bytes).isEqualTo(text.length - END.length());
        }
    }

    @Test
    void rows_too_long_to_keep_sum_up_to_the_same() {
        var limit = CopyRows.LONGEST_KEPT_ROW;
        var random = new Random(7);
        for (var length : new int[] {limit - 1, limit, limit + 1, 3 * limit + 17}) {
            var text = new byte[length + 1 + END.length()];
            for (var i = 0; i < length; i++) text[i] = (byte) ('a' + random.nextInt(26));
            text[5] = '\t';
            text[length - 3] = '\t';
            System.arraycopy(bytes("\n" + END), 0, text, length, 1 + END.length());
            for (Supplier<RowSum> sums :
                    Arrays.<Supplier<RowSum>>asList(
                            RowSum.Plain::new, () -> new RowSum.Sorted(new int[] {1, 2, 0}))) {
                var whole = read(sums.get(), text, text.length, text.length);

                assertThat(read(sums.get(), text, 3, limit)).isEqualTo(whole);
                assertThat(read(sums.get(), text, length - 1, length)).isEqualTo(whole);
                assertThat(read(sums.get(), text, length, length + 1)).isEqualTo(whole);
                assertThat(whole.rows).isEqualTo(1);
            }
        }
    }

    @Test
    void the_order_of_rows_does_not_matter_but_their_number_does() {
        var forth = text("a\nb\nb\n");
        var back = text("b\na\nb\n");

        assertThat(forth).isEqualTo(back);
        assertThat(text("a\na\nb\n").fingerprint).isNotEqualTo(forth.fingerprint);
        // An exclusive-or would call these equal.
        assertThat(text("x\nx\ny\n").fingerprint).isNotEqualTo(text("z\nz\ny\n").fingerprint);
        assertThat(text("").fingerprint).isEqualTo(Fingerprint.EMPTY);
        assertThat(text("\n").fingerprint).isNotEqualTo(Fingerprint.EMPTY);
    }

    @Test
    void hashes_are_added_as_numbers_of_128_bits() {
        var sum = BigInteger.ZERO;
        var rows = new StringBuilder();
        // Enough for several carries out of the lower half and out of the whole.
        for (var row = 0; row < 100; row++) {
            rows.append(row).append('\n');
            var hash = RowSum.XXH3.hashBytesTo128Bits(bytes("" + row));
            sum = sum.add(new BigInteger(1, reversed(hash.toByteArray())));
        }

        assertThat(text(rows.toString()).fingerprint)
                .hasToString("%032x".formatted(sum.mod(BigInteger.ONE.shiftLeft(128))));
    }

    private static byte[] reversed(byte[] littleEndian) {
        var bytes = new byte[littleEndian.length];
        for (var i = 0; i < bytes.length; i++) bytes[i] = littleEndian[bytes.length - 1 - i];
        return bytes;
    }

    @Test
    void column_order_does_not_matter_when_fields_are_sorted() {
        // (b, a) and (a, b)
        var one = read(new RowSum.Sorted(new int[] {1, 0}), bytes("2\t1\n4\t3\n" + END));
        var other = read(new RowSum.Sorted(new int[] {0, 1}), bytes("3\t4\n1\t2\n" + END));
        var swapped = read(new RowSum.Sorted(new int[] {0, 1}), bytes("4\t3\n1\t2\n" + END));

        assertThat(one).isEqualTo(other);
        assertThat(one.fingerprint).isNotEqualTo(swapped.fingerprint);
    }

    @Test
    void bytes_are_found_at_any_distance() {
        var random = new Random(3);
        for (var round = 0; round < 20_000; round++) {
            var bytes = new byte[random.nextInt(40)];
            for (var i = 0; i < bytes.length; i++) bytes[i] = (byte) (8 + random.nextInt(4));
            if (round % 2 == 0)
                for (var i = 0; i < bytes.length; i++)
                    if (random.nextInt(4) > 0) bytes[i] = (byte) random.nextInt();
            var from = random.nextInt(bytes.length + 1);
            var to = from + random.nextInt(bytes.length - from + 1);
            var expected = -1;
            for (var i = to - 1; i >= from; i--) if (bytes[i] == '\n') expected = i;

            assertThat(Bytes.indexOf(Bytes.LINE_FEED, bytes, from, to)).isEqualTo(expected);
        }
    }

    private record Result(long rows, long bytes, Fingerprint fingerprint) {}

    private static Result text(String rows) {
        return read(new RowSum.Plain(), bytes(rows + END));
    }

    private static Result read(RowSum sum, byte[] text, int... cuts) {
        var rows = new CopyRows(sum);
        var start = 0;
        for (var cut : cuts) {
            rows.accept(text, start, cut - start);
            start = cut;
        }
        rows.accept(text, start, text.length - start);
        rows.finish();
        return new Result(rows.rows(), rows.bytes(), sum.fingerprint());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }
}
