package io.pgvigil.task.physical;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.wal.Adopted;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineHistory;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an archive_command left behind, good and bad.
final class WalIncomingTest {
    private static final ServerName ORDERS = new ServerName("orders");
    private static final SystemIdentifier SYSTEM = new SystemIdentifier("7301234567890123456");
    private static final WalSegmentSize SIZE = new WalSegmentSize(1 << 20);
    private static final String FIRST = "000000010000000000000002";
    private static final String SECOND = "000000010000000000000003";

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private Instant now = Instant.now();

    private WalIncoming adopt() {
        var incoming = new WalIncoming(store, ORDERS, 1, () -> now);
        incoming.adopt(new WalCheck(SYSTEM, TimelineHistory.of(TimelineId.FIRST)), SIZE);
        return incoming;
    }

    private static byte[] segment(String name, SystemIdentifier system) {
        var bytes = new byte[SIZE.bytes()];
        Arrays.fill(bytes, (byte) 7);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0xD116)
                .putShort((short) 2)
                .putInt(1)
                .putLong(SegmentName.parse(name, SIZE).begin().value())
                .putLong(0)
                .putLong(Long.parseUnsignedLong(system.toString()))
                .putInt(SIZE.bytes())
                .putInt(8192);
        return bytes;
    }

    private ObjectKey put(String name, byte[] content) {
        var key = new ObjectKey(Layout.incoming(ORDERS) + name);
        store.put(key, content);
        return key;
    }

    private static ObjectKey target(String name) {
        return Layout.segment(ORDERS, SYSTEM, TimelineId.FIRST, name);
    }

    private List<String> remembered() {
        var document = store.document(Layout.adopted(ORDERS)).orElseThrow();
        return Json.read(document, Adopted.class, Adopted.FORMAT).entries().stream()
                .map(Adopted.Entry::name)
                .toList();
    }

    @Test
    void compressed_and_plain_segments_become_the_log() {
        put(FIRST + ".zst", Zstd.compress(segment(FIRST, SYSTEM)));
        put(SECOND + ".0123456789abcdef", segment(SECOND, SYSTEM));

        var incoming = adopt();

        assertThat(incoming.problem()).isEmpty();
        assertThat(incoming.adopted()).isEqualTo(2);
        for (var name : List.of(FIRST, SECOND))
            assertThat(
                            Zstd.decompress(
                                    store.document(target(name)).orElseThrow().content(),
                                    SIZE.bytes()))
                    .isEqualTo(segment(name, SYSTEM));
        assertThat(remembered()).containsExactly(FIRST + ".zst", SECOND + ".0123456789abcdef");
    }

    @Test
    void what_was_adopted_is_not_read_again_and_what_was_removed_is_forgotten() {
        var key = put(FIRST, segment(FIRST, SYSTEM));
        adopt();

        assertThat(adopt().adopted()).isZero();
        assertThat(remembered()).containsExactly(FIRST);
        store.delete(key);
        adopt();

        assertThat(remembered()).isEmpty();
    }

    @Test
    void the_same_content_twice_is_adopted_once_and_both_are_done() {
        put(FIRST + ".aaaa", segment(FIRST, SYSTEM));
        put(FIRST + ".bbbb.zst", Zstd.compress(segment(FIRST, SYSTEM)));

        var incoming = adopt();

        assertThat(incoming.adopted()).isEqualTo(1);
        assertThat(incoming.problem()).isEmpty();
        assertThat(remembered()).hasSize(2);
    }

    @Test
    void other_content_is_an_error_that_names_both_and_keeps_nothing_else_back() {
        var other = segment(FIRST, SYSTEM);
        other[70_000] ^= 1;
        put(FIRST + ".aaaa", segment(FIRST, SYSTEM));
        var wrong = put(FIRST + ".bbbb", other);
        put(SECOND, segment(SECOND, SYSTEM));

        var incoming = adopt();

        assertThat(incoming.adopted()).isEqualTo(2);
        var problem = incoming.problem().orElseThrow();
        assertThat(problem.code()).isEqualTo(ErrorCode.WAL_CONFLICT);
        assertThat(problem.what()).contains(wrong.value(), target(FIRST).value());
        assertThat(remembered()).doesNotContain(FIRST + ".bbbb");
        // It is said again until somebody has looked.
        assertThat(adopt().problem()).isPresent();
    }

    @Test
    void another_servers_segment_or_a_wrong_name_is_refused() {
        put(FIRST, segment(FIRST, new SystemIdentifier("7301234567890123457")));
        put(SECOND, segment(FIRST, SYSTEM));

        var problem = adopt().problem().orElseThrow();

        assertThat(problem.code()).isEqualTo(ErrorCode.WAL_INVALID);
        assertThat(problem.what())
                .contains("it is of the server with system identifier 7301234567890123457")
                .contains("and 1 more");
        assertThat(store.keys()).noneMatch(key -> key.contains(SYSTEM.toString()));
    }

    @Test
    void a_half_written_one_may_still_be_written_and_is_named_when_it_is_old() {
        var whole = segment(FIRST, SYSTEM);
        put(FIRST, Arrays.copyOf(whole, 400_000));
        var packed = Zstd.compress(segment(SECOND, SYSTEM));
        put(SECOND + ".zst", Arrays.copyOf(packed, packed.length / 2));

        assertThat(adopt().notices()).isEmpty();
        now = now.plus(Duration.ofMinutes(11));
        var late = adopt();

        assertThat(late.problem()).isEmpty();
        assertThat(late.notices())
                .hasSize(2)
                .anyMatch(notice -> notice.contains("400000 bytes instead of 1048576"))
                .anyMatch(notice -> notice.contains("in the middle of its compression"));
        assertThat(store.keys()).noneMatch(key -> key.contains(SYSTEM.toString()));
        // Once whole it is taken.
        put(FIRST, whole);
        assertThat(adopt().adopted()).isEqualTo(1);
    }

    @Test
    void histories_are_kept_labels_are_needless_and_anything_else_is_left_alone() {
        var history =
                "1\t0/3000060\tno recovery target specified\n".getBytes(StandardCharsets.UTF_8);
        put("00000002.history", history);
        put(FIRST + ".00000028.backup", "START WAL LOCATION".getBytes(StandardCharsets.UTF_8));
        put(FIRST + ".partial", segment(FIRST, SYSTEM));
        put("notes.txt", new byte[] {1});

        var incoming = adopt();

        assertThat(
                        store.document(Layout.history(ORDERS, SYSTEM, new TimelineId(2)))
                                .orElseThrow()
                                .content())
                .isEqualTo(history);
        assertThat(incoming.notices()).hasSize(1).allMatch(one -> one.contains("notes.txt"));
        assertThat(remembered()).hasSize(3).doesNotContain("notes.txt");
        put("00000002.history.aaaa", "1\t0/2000060\tx\n".getBytes(StandardCharsets.UTF_8));
        assertThat(adopt().problem().orElseThrow().code()).isEqualTo(ErrorCode.WAL_CONFLICT);
    }

    /// The line of the docs, run by a shell as PostgreSQL does.
    @Test
    void the_documented_archive_command_leaves_what_is_adopted_and_can_be_repeated(
            @TempDir Path folder) throws IOException, InterruptedException {
        var directory = new DirectoryStore(new StoreUri.Directory(folder.resolve("pg")));
        directory.create(new ObjectKey("x"), new byte[] {1});
        var segment = folder.resolve(FIRST);
        Files.write(segment, segment(FIRST, SYSTEM));
        var line = documented().replace("/var/backups/pg", folder.resolve("pg").toString());

        assertThat(shell(line, segment)).isZero();
        assertThat(shell(line, segment)).isZero();
        var incoming = new WalIncoming(directory, ORDERS, 1, () -> now);
        incoming.adopt(new WalCheck(SYSTEM, TimelineHistory.of(TimelineId.FIRST)), SIZE);

        assertThat(incoming.problem()).isEmpty();
        assertThat(incoming.notices()).isEmpty();
        assertThat(incoming.adopted()).isEqualTo(1);
        // Another content of that name does not hide behind the first.
        var other = segment(FIRST, SYSTEM);
        other[70_000] ^= 1;
        Files.write(segment, other);
        assertThat(shell(line, segment)).isZero();
        var again = new WalIncoming(directory, ORDERS, 1, () -> now);
        again.adopt(new WalCheck(SYSTEM, TimelineHistory.of(TimelineId.FIRST)), SIZE);
        assertThat(again.problem().orElseThrow().code()).isEqualTo(ErrorCode.WAL_CONFLICT);
    }

    private static String documented() throws IOException {
        var page = Files.readString(EventFiles.top().resolve("docs/operations/physical.md"));
        return page.lines()
                .filter(line -> line.startsWith("archive_command = 'd=/var/backups/pg"))
                .map(line -> line.substring(line.indexOf('\'') + 1, line.lastIndexOf('\'')))
                .findFirst()
                .orElseThrow();
    }

    private static int shell(String line, Path segment) throws IOException, InterruptedException {
        var command =
                line.replace("%p", segment.toString())
                        .replace("%f", segment.getFileName().toString());
        return new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
    }
}
