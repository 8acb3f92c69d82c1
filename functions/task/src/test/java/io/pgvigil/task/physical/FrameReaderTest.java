package io.pgvigil.task.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.archive.tar.TarListener;
import io.pgvigil.archive.tar.TarScanner;
import io.pgvigil.core.backup.Manifest.ManifestObject;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.wire.BaseDocument;
import io.pgvigil.wire.FactsDocument.Frame;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Archives of the machine's own tar, stored in frames and unpacked again.
@Timeout(60)
final class FrameReaderTest {
    private static final ObjectKey KEY = new ObjectKey("orders/_cluster/b/base.tar.zst");
    private static final long SECTION = 300_000;

    @TempDir Path folder;
    private final Random random = new Random(11);
    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private Path source;

    private record Stored(ManifestObject object, BaseDocument.Archive archive) {
        Stored with(Optional<List<Long>> sections) {
            return new Stored(
                    object,
                    new BaseDocument.Archive(
                            archive.role(),
                            archive.bytes(),
                            archive.storedBytes(),
                            archive.frames(),
                            sections));
        }

        List<Long> sections() {
            return archive.sections().orElseThrow();
        }
    }

    @BeforeEach
    void files() throws IOException {
        source = Files.createDirectory(folder.resolve("source"));
        Files.createDirectories(source.resolve("base/5"));
        Files.createDirectories(source.resolve("empty"));
        for (var i = 0; i < 60; i++) {
            var content = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(200_000)];
            random.nextBytes(content);
            Files.write(source.resolve(i % 2 == 0 ? "base/5/" + i : "" + i), content);
        }
    }

    private Stored stored(int largestRead) throws IOException, InterruptedException {
        var tar = folder.resolve("base.tar");
        var status =
                new ProcessBuilder(
                                "tar",
                                "--format=ustar",
                                "-C",
                                source.toString(),
                                "-cf",
                                tar.toString(),
                                ".")
                        .inheritIO()
                        .start()
                        .waitFor();
        assertThat(status).isZero();
        try (var in = new ByteArrayInputStream(Files.readAllBytes(tar));
                var upload = store.upload(KEY);
                var frames = new FramedStream(upload, 1, 2, SECTION)) {
            var scanner = new TarScanner(new Sectioning(frames, TarListener.NONE));
            while (true) {
                var most = Math.min(frames.roomLength(), 1 + random.nextInt(largestRead));
                var count = in.read(frames.room(), frames.roomOffset(), most);
                if (count < 0) break;
                scanner.feed(frames.room(), frames.roomOffset(), count);
                frames.written(count);
            }
            scanner.finish();
            frames.finish();
            var object = upload.complete();
            return new Stored(
                    new ManifestObject(
                            "base",
                            KEY,
                            object.size(),
                            object.crc32c().orElseThrow(),
                            object.versionId()),
                    new BaseDocument.Archive(
                            "base",
                            scanner.bytes(),
                            object.size(),
                            frames.frames(),
                            Optional.of(frames.sections())));
        }
    }

    private Map<String, byte[]> unpacked(ObjectReader from, Stored stored, int fetches, int lanes)
            throws IOException {
        var target = Files.createTempDirectory(folder, "target");
        var moved = new AtomicLong();
        var files = new WrittenFiles();
        try (var writeback = new Writeback()) {
            new FrameReader(from, fetches, lanes)
                    .read(
                            stored.object(),
                            stored.archive(),
                            () -> new Unpacking(target, "", writeback, files),
                            bytes -> {
                                assertThat(bytes).isGreaterThan(moved.getAndSet(bytes));
                            });
        }
        assertThat(moved).hasValue(stored.archive().bytes());
        return tree(target);
    }

    private static Map<String, byte[]> tree(Path root) throws IOException {
        var found = new TreeMap<String, byte[]>();
        try (var paths = Files.walk(root)) {
            for (var path : paths.toList())
                found.put(
                        root.relativize(path).toString(),
                        Files.isDirectory(path) ? new byte[0] : Files.readAllBytes(path));
        }
        return found;
    }

    private void assertSame(Map<String, byte[]> found) throws IOException {
        var was = tree(source);
        assertThat(found.keySet()).isEqualTo(was.keySet());
        found.forEach((name, content) -> assertThat(content).as(name).isEqualTo(was.get(name)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void several_sections_are_unpacked_at_a_time(int lanes) throws Exception {
        var stored = stored(70_000);

        assertThat(stored.sections()).hasSizeGreaterThan(8).startsWith(0L).isSorted();
        assertSame(unpacked(store, stored, 4, lanes));
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 513, 4096, 1 << 20})
    void sections_begin_where_members_begin_however_they_were_read(int largestRead)
            throws Exception {
        var stored = stored(largestRead);

        assertThat(stored.sections()).hasSizeGreaterThan(5);
        assertSame(unpacked(store, stored, 2, 2));
    }

    @Test
    void an_older_backup_has_one_section() throws Exception {
        assertSame(unpacked(store, stored(70_000).with(Optional.empty()), 4, 2));
    }

    @Test
    void frames_of_a_section_come_with_one_request() throws Exception {
        largeFile();
        var stored = stored(1 << 20);
        var requests = new AtomicInteger();
        var counting =
                new ForwardingObjectStore(store) {
                    @Override
                    public InputStream read(ObjectKey key, ByteRange range) {
                        requests.incrementAndGet();
                        return super.read(key, range);
                    }
                };

        assertSame(unpacked(counting, stored, 4, 2));

        assertThat(requests).hasValue(stored.sections().size());
        assertThat(stored.archive().frames()).hasSizeGreaterThan(stored.sections().size() + 3);
    }

    @Test
    void sections_that_cannot_be_are_refused() throws Exception {
        var stored = stored(70_000);
        var sections = stored.sections();
        var second = sections.get(1);
        var end = stored.archive().bytes();
        for (var wrong :
                List.of(
                        List.<Long>of(),
                        List.of(second),
                        List.of(0L, second + 512),
                        List.of(0L, second, second),
                        List.of(0L, sections.get(2), second),
                        List.of(0L, end),
                        List.of(0L, end + 512)))
            assertThatExceptionOfType(Problem.class)
                    .as("%s", wrong)
                    .isThrownBy(() -> unpacked(store, stored.with(Optional.of(wrong)), 4, 2))
                    .satisfies(problem ->
                            assertThat(problem.code()).isEqualTo(ErrorCode.OBJECT_DAMAGED));
    }

    @Test
    void a_section_that_begins_within_a_member_is_refused() throws Exception {
        largeFile();
        var stored = stored(1 << 20);
        var sections = stored.sections();
        var within =
                stored.archive().frames().stream()
                        .map(Frame::archiveOffset)
                        .filter(offset -> !sections.contains(offset))
                        .findFirst()
                        .orElseThrow();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(
                        () -> unpacked(store, stored.with(Optional.of(List.of(0L, within))), 4, 2))
                .satisfies(problem ->
                        // It has no header, and the section before it no end: whichever is seen
                        // first.
                        assertThat(problem.code())
                                .isIn(ErrorCode.ARCHIVE_TRUNCATED, ErrorCode.ARCHIVE_DAMAGED));
    }

    @Test
    void two_sections_are_one_where_nothing_is_known_between_them() throws Exception {
        var stored = stored(70_000);
        var fewer = new ArrayList<>(stored.sections());
        fewer.remove(1);

        assertSame(unpacked(store, stored.with(Optional.of(fewer)), 4, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void one_bit_anywhere_is_damage(int lanes) throws Exception {
        var stored = stored(70_000);
        var bytes = bytes(store);
        for (var i = 0; i < 20; i++) {
            var at = random.nextInt(bytes.length);
            var rotten = bytes.clone();
            rotten[at] ^= (byte) (1 << random.nextInt(8));
            var damaged = new InMemoryObjectStore();
            damaged.put(KEY, rotten);

            assertThatExceptionOfType(Problem.class)
                    .as("bit at %d", at)
                    .isThrownBy(() -> unpacked(damaged, stored, 4, lanes))
                    .satisfies(problem ->
                            assertThat(problem.code()).isEqualTo(ErrorCode.OBJECT_DAMAGED));
        }
    }

    @Test
    void another_object_of_the_same_frames_is_damage() throws Exception {
        var stored = stored(70_000);
        var other =
                new ManifestObject(
                        "base", KEY, stored.object().size(), "00000000", Optional.empty());

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> unpacked(store, new Stored(other, stored.archive()), 4, 2))
                .withMessageContaining("00000000 was stored");
    }

    private void largeFile() throws IOException {
        try (var zeros = Files.newOutputStream(source.resolve("zeros"))) {
            for (var i = 0; i < 40; i++) zeros.write(new byte[1 << 20]);
        }
    }

    private static byte[] bytes(ObjectReader store) throws IOException {
        try (var in = store.read(KEY)) {
            var bytes = new ByteArrayOutputStream();
            in.transferTo(bytes);
            return bytes.toByteArray();
        }
    }
}
