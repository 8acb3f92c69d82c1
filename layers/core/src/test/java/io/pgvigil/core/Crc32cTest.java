package io.pgvigil.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Crc32cTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 512, 4096, 70_000, 131_071, 131_072})
    void two_parts_make_the_whole(int cut) {
        var bytes = new byte[131_072];
        new Random(1).nextBytes(bytes);

        var joined =
                Crc32c.joined(
                        crc(bytes, 0, cut),
                        crc(bytes, cut, bytes.length - cut),
                        bytes.length - cut);

        assertThat(joined).isEqualTo(crc(bytes, 0, bytes.length));
    }

    private static int crc(byte[] bytes, int from, int length) {
        var crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
