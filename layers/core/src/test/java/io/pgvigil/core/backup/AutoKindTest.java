package io.pgvigil.core.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AutoKindTest {
    private static final long GIB = 1L << 30;

    @Test
    void small_and_medium_databases_are_dumped() {
        var choice = AutoKind.STANDARD.decide(new AutoKind.Facts(99 * GIB, Optional.empty()));

        assertThat(choice.kind()).isEqualTo(BackupKind.LOGICAL);
        assertThat(choice.why()).startsWith("logical, because the largest database has ");
    }

    @Test
    void from_a_hundred_gibibytes_on_the_whole_server_is_copied() {
        var choice = AutoKind.STANDARD.decide(new AutoKind.Facts(100 * GIB, Optional.empty()));

        assertThat(choice.kind()).isEqualTo(BackupKind.PHYSICAL);
        assertThat(choice.why()).startsWith("physical, because the largest database has ");
    }

    @Test
    void a_large_one_whose_server_cannot_be_copied_is_dumped_and_the_reason_said() {
        var facts = new AutoKind.Facts(2048 * GIB, Optional.of("wal_level = minimal"));

        var choice = AutoKind.STANDARD.decide(facts);

        assertThat(choice.kind()).isEqualTo(BackupKind.LOGICAL);
        assertThat(choice.why()).contains("although").endsWith("wal_level = minimal");
    }
}
