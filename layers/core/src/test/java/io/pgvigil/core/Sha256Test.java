package io.pgvigil.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class Sha256Test {
    // sha256sum says the same.
    private static final String OF_CHEESE =
            "f9eeb52c9bc41ee560ba93468b92317220be4939954e8b50591b8b71accc53ae";

    @Test
    void text_is_hashed_as_utf_8() {
        assertThat(Sha256.hex("Käse")).isEqualTo(OF_CHEESE);
        assertThat(Sha256.hex("Käse".getBytes(StandardCharsets.UTF_8))).isEqualTo(OF_CHEESE);
    }

    @Test
    void pieces_are_hashed_as_the_whole() {
        var digest = Sha256.digest();
        digest.update("Kä".getBytes(StandardCharsets.UTF_8));
        digest.update("se".getBytes(StandardCharsets.UTF_8));

        assertThat(Sha256.hex(digest)).isEqualTo(OF_CHEESE);
    }
}
