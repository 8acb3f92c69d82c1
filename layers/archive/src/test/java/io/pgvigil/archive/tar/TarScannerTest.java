package io.pgvigil.archive.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.archive.ArchiveException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Archives made by the machine's own tar, in the format PostgreSQL uses.
class TarScannerTest {
    @TempDir static Path folder;
    private static byte[] archive;
    private static final Map<String, byte[]> FILES = new HashMap<>();

    @BeforeAll
    static void pack() throws IOException, InterruptedException {
        var random = new Random(3);
        var root = Files.createDirectory(folder.resolve("data"));
        for (var size : List.of(0, 1, 511, 512, 513, 8192, 100_000)) {
            var content = new byte[size];
            random.nextBytes(content);
            Files.createDirectories(root.resolve("base/5"));
            Files.write(root.resolve("base/5/" + size), content);
            FILES.put("base/5/" + size, content);
        }
        Files.createDirectories(root.resolve("pg_tblspc"));
        Files.createSymbolicLink(root.resolve("pg_tblspc/16400"), Path.of("/mnt/fast"));
        var out = folder.resolve("data.tar");
        var status =
                new ProcessBuilder(
                                "tar",
                                "--format=ustar",
                                "--sort=name",
                                "-C",
                                root.toString(),
                                "-cf",
                                out.toString(),
                                "base",
                                "pg_tblspc")
                        .inheritIO()
                        .start()
                        .waitFor();
        assertThat(status).isZero();
        archive = Files.readAllBytes(out);
    }

    private static final class Seen implements TarListener {
        final List<TarMember> members = new ArrayList<>();
        final Map<String, byte[]> files = new HashMap<>();
        private ByteArrayOutputStream content = new ByteArrayOutputStream();

        @Override
        public void begins(TarMember member) {
            content = new ByteArrayOutputStream();
        }

        @Override
        public void content(byte[] bytes, int offset, int length) {
            content.write(bytes, offset, length);
        }

        @Override
        public void ends(TarMember member) {
            members.add(member);
            if (member.type() == TarMember.Type.FILE)
                files.put(member.name(), content.toByteArray());
        }
    }

    @Test
    void sees_every_member_however_the_archive_is_cut() {
        for (var step : new int[] {1, 7, 511, 512, 513, 65_536, archive.length}) {
            var seen = new Seen();
            var scanner = new TarScanner(seen);
            for (var from = 0; from < archive.length; from += step)
                scanner.feed(archive, from, Math.min(step, archive.length - from));
            scanner.finish();

            assertThat(seen.files).containsExactlyInAnyOrderEntriesOf(FILES);
            assertThat(seen.members)
                    .filteredOn(member -> member.type() == TarMember.Type.LINK)
                    .singleElement()
                    .satisfies(link -> {
                        assertThat(link.name()).isEqualTo("pg_tblspc/16400");
                        assertThat(link.link()).isEqualTo("/mnt/fast");
                    });
            assertThat(seen.members)
                    .filteredOn(member -> member.type() == TarMember.Type.FOLDER)
                    .extracting(TarMember::name)
                    .containsExactly("base/", "base/5/", "pg_tblspc/");
            assertThat(scanner.bytes()).isEqualTo(archive.length);
        }
    }

    @Test
    void an_archive_that_ends_early_is_noticed_wherever_it_ends() {
        // Behind the first of the empty blocks at its end nothing is missing any more.
        var end = archive.length;
        while (archive[end - 1] == 0) end--;
        for (var length = 0; length < end; length += 256) {
            var scanner = new TarScanner(new Seen());
            scanner.feed(archive, 0, length);
            assertThatThrownBy(scanner::finish)
                    .as("cut at " + length)
                    .isInstanceOfSatisfying(
                            ArchiveException.class,
                            e -> assertThat(e.kind()).isEqualTo(ArchiveException.Kind.TRUNCATED));
        }
    }

    @Test
    void a_changed_header_is_noticed_wherever_it_is_changed() {
        for (var position = 0; position < 512; position++) {
            // What follows the end of the checksum's digits means nothing.
            if (position == 155) continue;
            var changed = archive.clone();
            changed[position] ^= 4;
            var scanner = new TarScanner(new Seen());
            assertThatThrownBy(
                            () -> {
                                scanner.feed(changed, 0, changed.length);
                                scanner.finish();
                            })
                    .as("byte " + position)
                    .isInstanceOf(ArchiveException.class);
        }
    }

    @Test
    void what_postgresql_never_writes_is_refused() {
        var changed = archive.clone();
        changed[156] = '1';
        changed[148 + 5] = (byte) (changed[148 + 5] - 4);
        for (var digit = '0'; digit <= '7'; digit++)
            for (var second = '0'; second <= '7'; second++) {
                // One of these makes the checksum fit the new type.
                changed[148 + 4] = (byte) digit;
                changed[148 + 5] = (byte) second;
                var scanner = new TarScanner(new Seen());
                assertThatThrownBy(() -> scanner.feed(changed, 0, changed.length))
                        .isInstanceOf(ArchiveException.class);
            }
    }

    @Test
    void sizes_beyond_8_gb_are_read() {
        var header = new byte[512];
        System.arraycopy(
                "pg_wal/big".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                0,
                header,
                0,
                10);
        header[124] = (byte) 0x80;
        // 10 GB
        var size = 10L << 30;
        for (var i = 0; i < 8; i++) header[135 - i] = (byte) (size >>> 8 * i);
        header[156] = '0';
        var sum = 8 * ' ';
        for (var b : header) sum += b & 0xFF;
        System.arraycopy(
                "%06o".formatted(sum).getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                0,
                header,
                148,
                6);
        var seen = new ArrayList<TarMember>();
        new TarScanner(
                        new TarListener() {
                            @Override
                            public void begins(TarMember member) {
                                seen.add(member);
                            }

                            @Override
                            public void content(byte[] bytes, int offset, int length) {}

                            @Override
                            public void ends(TarMember member) {}
                        })
                .feed(header, 0, 512);

        assertThat(seen).extracting(TarMember::size).containsExactly(size);
    }
}
