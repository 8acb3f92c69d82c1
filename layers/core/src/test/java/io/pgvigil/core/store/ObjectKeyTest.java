package io.pgvigil.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ObjectKeyTest {
    @Test
    void keys_are_ordered_by_their_utf8_bytes_as_s3_lists_them() {
        // As UTF-16, the emoji (a surrogate pair, D83D…) would come before the full-width A (FF21).
        var emoji = new ObjectKey("\uD83D\uDE00");
        var fullWidth = new ObjectKey("\uFF21");

        var sorted = Stream.of(emoji, fullWidth).sorted().toList();

        assertThat(sorted).isEqualTo(List.of(fullWidth, emoji));
    }

    @Test
    void a_key_that_would_climb_out_of_a_directory_is_refused() {
        for (var text : List.of("..", "a/../b", "./a", "/a", "a/", "a//b", ""))
            assertThatIllegalArgumentException().as(text).isThrownBy(() -> new ObjectKey(text));
    }

    @Test
    void a_key_without_a_faithful_utf8_or_xml_form_is_refused() {
        for (var text : List.of("a\uD83D", "\uDE00b", "a\nb", "a\u0000b"))
            assertThatIllegalArgumentException().as(text).isThrownBy(() -> new ObjectKey(text));
    }

    @Test
    void the_limit_counts_bytes_and_not_characters() {
        assertThat(new ObjectKey("é".repeat(450)).value()).hasSize(450);

        assertThatIllegalArgumentException().isThrownBy(() -> new ObjectKey("é".repeat(451)));
    }
}
