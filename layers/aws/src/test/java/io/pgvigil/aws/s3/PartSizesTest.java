package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PartSizesTest {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long TIB = 1L << 40;

    @Test
    void a_stream_of_five_tebibytes_fits_into_ten_thousand_parts() {
        // 10,000 parts of 5 MiB end at 48.8 GiB.
        assertThat(total(PartSizes.LAST)).isGreaterThan(5 * TIB);
    }

    @Test
    void every_part_is_one_that_s3_takes_and_none_is_smaller_than_the_one_before() {
        for (var number = 1; number <= PartSizes.LAST; number++) {
            assertThat(PartSizes.of(number)).isBetween(5 * MIB, 5 * GIB);
            if (number > 1)
                assertThat(PartSizes.of(number)).isGreaterThanOrEqualTo(PartSizes.of(number - 1));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> PartSizes.of(PartSizes.LAST + 1));
    }

    @Test
    void up_to_a_hundred_gibibytes_memory_stays_below_128_mebibytes() {
        assertThat(mostMemoryFor(100 * GIB)).isLessThanOrEqualTo(128 * MIB);
    }

    @Test
    void beyond_that_memory_grows_as_documented() {
        assertThat(mostMemoryFor(TIB)).isLessThanOrEqualTo(1_700 * MIB);
        assertThat(mostMemoryFor(5 * TIB)).isLessThanOrEqualTo(3_800 * MIB);
    }

    /// What is in memory at most: parts being sent, as many as are let in, and the one being filled.
    private static long mostMemoryFor(long object) {
        long most = 0;
        long sent = 0;
        for (var number = 1; sent < object; number++) {
            var size = PartSizes.of(number);
            long held = size;
            var inFlight = 0;
            for (var before = number - 1;
                    before >= 1
                            && inFlight < S3Upload.PARTS_IN_FLIGHT
                            && (inFlight == 0
                                    || held + PartSizes.of(before) <= PartSizes.memory(size));
                    before--) {
                held += PartSizes.of(before);
                inFlight++;
            }
            most = Math.max(most, held);
            sent += size;
        }
        return most;
    }

    private static long total(int parts) {
        return IntStream.rangeClosed(1, parts).mapToLong(PartSizes::of).sum();
    }
}
