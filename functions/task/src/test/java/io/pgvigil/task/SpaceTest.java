package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpaceTest {
    @TempDir Path folder;

    @Test
    void folders_of_one_disk_share_it() throws IOException {
        var below = Files.createDirectory(folder.resolve("below"));

        assertThat(Space.disk(below)).isEqualTo(Space.disk(folder));
        assertThat(Space.disk(Path.of("/proc"))).isNotEqualTo(Space.disk(folder));
    }

    @Test
    void there_is_room_where_something_can_be_written() {
        assertThat(Space.usable(folder)).isPositive();
        assertThat(Space.usable(Path.of("/proc"))).isZero();
    }
}
