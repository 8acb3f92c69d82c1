package io.pgvigil.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class VerifiedInputStreamTest {
    private static final byte[] CONTENT = "123456789".getBytes(StandardCharsets.US_ASCII);
    // The check value of CRC-32C in every catalogue of checksums.
    private static final Optional<String> CRC32C = Optional.of("e3069283");

    @Test
    void bytes_as_stored_reach_their_end() throws IOException {
        assertThat(stream(CONTENT, CONTENT.length).readAllBytes()).isEqualTo(CONTENT);
    }

    @Test
    void a_flipped_bit_is_not_an_end_of_stream() {
        var flipped = CONTENT.clone();
        flipped[4] ^= 1;

        assertThatThrownBy(() -> stream(flipped, CONTENT.length).readAllBytes())
                .hasMessageContaining("PGV-3005")
                .hasMessageContaining("e3069283");
    }

    @Test
    void a_missing_tail_is_not_an_end_of_stream() {
        assertThatThrownBy(() -> stream(CONTENT, CONTENT.length + 1).readAllBytes())
                .hasMessageContaining("PGV-3005");
    }

    @Test
    void skipped_bytes_are_checked_too() throws IOException {
        var in = stream(CONTENT, CONTENT.length);
        in.skipNBytes(5);

        assertThat(in.readAllBytes()).hasSize(4);
    }

    private static VerifiedInputStream stream(byte[] content, long size) {
        return new VerifiedInputStream(
                new ByteArrayInputStream(content), new ObjectKey("a"), size, CRC32C);
    }
}
