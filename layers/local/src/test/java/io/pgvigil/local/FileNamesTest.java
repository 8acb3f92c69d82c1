package io.pgvigil.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.store.ObjectKey;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FileNamesTest {
    private static final ObjectKey KEY = new ObjectKey("key");

    @Test
    void an_ordinary_name_stays_readable() {
        assertThat(FileNames.of("20261122T023000Z-orders_prod.pgdump.zst", KEY))
                .isEqualTo("20261122T023000Z-orders_prod.pgdump.zst");
    }

    @Test
    void everything_else_is_ascii_that_no_shell_and_no_locale_changes() {
        for (var segment :
                List.of("a b", "a+b", "50%", "é", "日本", "$(id)", "~", "-rf~", ".x", "a\\b"))
            assertThat(FileNames.of(segment, KEY))
                    .matches("[A-Za-z0-9._=,@%-]+")
                    .doesNotStartWith(".");
    }

    @Test
    void a_name_comes_back_as_the_segment_it_was() {
        for (var segment :
                List.of("a b", "a%20b", "é", "e\u0301", "\uD83D\uDE00", ".", "..a", "%", "%2"))
            assertThat(FileNames.segment(FileNames.of(segment, KEY))).contains(segment);
    }

    @Test
    void what_others_put_into_the_directory_is_no_segment() {
        for (var name :
                List.of(
                        "lost+found",
                        ".DS_Store",
                        "a b",
                        "%61",
                        "%zz",
                        "a%2",
                        "%c3%a9",
                        "%FF",
                        "é")) assertThat(FileNames.segment(name)).as(name).isEmpty();
    }

    @Test
    void a_name_that_no_file_can_have_is_refused_before_anything_is_written() {
        assertThatThrownBy(() -> FileNames.of("ü".repeat(50), KEY))
                .hasMessageContaining("PGV-1009");
    }
}
