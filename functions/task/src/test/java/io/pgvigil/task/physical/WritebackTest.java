package io.pgvigil.task.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.archive.tar.TarMember;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WritebackTest {
    @TempDir Path folder;

    @Test
    void a_file_of_several_steps_is_what_was_unpacked() throws IOException {
        var content = new byte[(int) (2 * Writeback.STEP + 12_345)];
        new Random(7).nextBytes(content);
        var member =
                new TarMember(0, "base/5/16384", TarMember.Type.FILE, content.length, 0600, "");

        try (var writeback = new Writeback();
                var unpacking = new Unpacking(folder, "", writeback, new WrittenFiles())) {
            unpacking.begins(member);
            unpacking.content(content, 0, content.length / 2);
            unpacking.content(content, content.length / 2, content.length - content.length / 2);
            unpacking.ends(member);
        }

        assertThat(folder.resolve("base/5/16384")).hasBinaryContent(content);
    }

    @Test
    void what_the_disk_refuses_is_a_failure_and_not_silence() {
        var writeback = new Writeback();
        writeback.begin(folder.resolve("not there"));

        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(writeback::close)
                .withMessageContaining("not there");
    }

    @Test
    void more_than_the_disk_can_take_is_left_to_the_end() throws IOException {
        var file = Files.writeString(folder.resolve("file"), "content");
        try (var writeback = new Writeback()) {
            for (var i = 0; i < 1000; i++) writeback.begin(file);
        }
        assertThat(file).hasContent("content");
    }
}
