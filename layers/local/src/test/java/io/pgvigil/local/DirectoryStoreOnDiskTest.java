package io.pgvigil.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is special about a directory: other programs, other processes, and the plug that is pulled.
final class DirectoryStoreOnDiskTest {
    private static final ObjectKey KEY = new ObjectKey("orders/app/data.zst");

    @TempDir Path folder;
    private Path root;
    private DirectoryStore store;

    @BeforeEach
    void name() {
        root = folder.resolve("store");
        store = store(root);
    }

    private static DirectoryStore store(Path root) {
        return new DirectoryStore(new StoreUri.Directory(root));
    }

    // The directory

    @Test
    void a_directory_that_does_not_exist_yet_is_an_empty_store_and_stays_away_until_a_write() {
        assertThat(store.list("")).isEmpty();
        assertThat(store.stat(KEY)).isEmpty();
        assertThat(store.pendingUploads("")).isEmpty();
        store.delete(KEY);
        assertThat(root).doesNotExist();

        store.put(KEY, new byte[1]);

        assertThat(root).isDirectory();
    }

    @Test
    void a_directory_whose_parent_is_missing_is_not_an_empty_store() {
        var unmounted = store(folder.resolve("mnt/backup/store"));

        assertThat(problem(() -> unmounted.list(""))).isEqualTo(ErrorCode.STORE_MISSING);
        assertThat(problem(() -> unmounted.stat(KEY))).isEqualTo(ErrorCode.STORE_MISSING);
        assertThat(problem(() -> unmounted.put(KEY, new byte[1])))
                .isEqualTo(ErrorCode.STORE_MISSING);
        assertThat(folder.resolve("mnt")).doesNotExist();
    }

    @Test
    void a_file_is_not_a_store() throws IOException {
        Files.writeString(root, "x");

        assertThat(problem(() -> store.list(""))).isEqualTo(ErrorCode.STORE_URI_INVALID);
        assertThat(problem(() -> store.put(KEY, new byte[1])))
                .isEqualTo(ErrorCode.STORE_URI_INVALID);
    }

    @Test
    void others_cannot_read_what_is_stored() throws IOException {
        store.put(KEY, new byte[1]);

        try (var files = Files.walk(root)) {
            for (var file : files.filter(file -> !file.endsWith(".lock")).toList())
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .as(file.toString())
                        .endsWith("---");
        }
    }

    @Test
    void the_path_of_an_object_is_its_key() {
        assertThat(store.file(KEY)).isEqualTo(root.resolve("orders/app/data.zst"));
        assertThat(store.file(new ObjectKey("my app/50%")))
                .isEqualTo(root.resolve("my%20app/50%25"));
    }

    @Test
    void what_others_put_beside_the_objects_is_not_listed() throws IOException {
        store.put(KEY, new byte[1]);
        Files.createDirectories(root.resolve("lost+found"));
        Files.writeString(root.resolve("lost+found/x"), "x");
        Files.writeString(root.resolve(".DS_Store"), "x");
        Files.writeString(root.resolve("orders/%2E"), "a dot is no key");
        Files.writeString(root.resolve("orders/%0A"), "a line break neither");

        assertThat(store.list("")).extracting(StoredObject::key).containsExactly(KEY);
    }

    @Test
    void only_the_objects_are_left_when_all_is_quiet() throws IOException {
        store.create(KEY, new byte[1]);
        store.put(KEY, new byte[2]);
        store.replace(KEY, new byte[3], store.document(KEY).orElseThrow().token());
        store.replace(KEY, new byte[4], "stale");
        store.create(KEY, new byte[5]);
        try (var upload = store.upload(KEY.sibling("other"))) {
            upload.complete();
        }
        store.delete(KEY.sibling("other"));

        assertThat(files()).containsExactlyInAnyOrder(".lock", "orders/app/data.zst");
    }

    @Test
    void deleting_takes_the_empty_folders_along() {
        store.put(KEY, new byte[1]);
        store.put(new ObjectKey("orders/runs/1"), new byte[1]);

        store.delete(KEY);

        assertThat(root.resolve("orders/app")).doesNotExist();
        assertThat(root.resolve("orders/runs")).isDirectory();
    }

    @Test
    void an_empty_folder_does_not_stand_in_the_way_of_a_key() throws IOException {
        Files.createDirectories(store.file(KEY));
        store.create(KEY, new byte[1]);
        Files.delete(store.file(KEY));
        Files.createDirectories(store.file(KEY));
        store.put(KEY, new byte[2]);

        assertThat(store.stat(KEY).orElseThrow().size()).isEqualTo(2);
    }

    @Test
    void a_key_cannot_be_a_folder_of_another() throws IOException {
        store.create(new ObjectKey("a/b"), new byte[0]);

        for (var key : List.of("a", "a/b/c", "a/b/c/d")) {
            assertThat(problem(() -> store.create(new ObjectKey(key), new byte[0])))
                    .isEqualTo(ErrorCode.STORE_FAILED);
            assertThat(problem(() -> store.put(new ObjectKey(key), new byte[0])))
                    .isEqualTo(ErrorCode.STORE_FAILED);
            assertThat(
                            problem(() -> {
                                try (var upload = store.upload(new ObjectKey(key))) {
                                    upload.complete();
                                }
                            }))
                    .isEqualTo(ErrorCode.STORE_FAILED);
        }
        assertThat(files()).containsExactlyInAnyOrder(".lock", "a/b");
    }

    // Damage

    @Test
    void a_flipped_bit_is_found_where_the_disk_keeps_checksums() throws IOException {
        store.put(KEY, "content".getBytes(UTF_8));
        var kept = store.stat(KEY).orElseThrow().crc32c();
        Files.writeString(store.file(KEY), "cOntent");

        if (kept.isPresent())
            assertThat(
                            problem(() -> {
                                try (var in = store.read(KEY)) {
                                    in.readAllBytes();
                                }
                            }))
                    .isEqualTo(ErrorCode.OBJECT_DAMAGED);
        else assertThat(store.read(KEY).readAllBytes()).isEqualTo("cOntent".getBytes(UTF_8));
    }

    @Test
    void an_abort_cannot_reach_out_of_the_incoming_folder() {
        store.put(KEY, new byte[1]);

        for (var id : List.of("../orders/app/data.zst", "../../x~1", "/etc/passwd~", "data.zst"))
            assertThatThrownBy(() -> store.abort(new PendingUpload(KEY, id, Instant.EPOCH)))
                    .isInstanceOf(IllegalArgumentException.class);
        assertThat(store.stat(KEY)).isPresent();
    }

    // What the operating system says

    @Test
    void a_full_disk_is_told_as_such() throws IOException {
        Files.createDirectory(root);
        try (var full = new FileOutputStream("/dev/full")) {
            full.write(1);
            throw new AssertionError("/dev/full has room");
        } catch (IOException e) {
            var problem = Disk.problem(e, "write object a", root);

            assertThat(problem.code()).isEqualTo(ErrorCode.STORE_FULL);
            assertThat(problem.transientFailure()).isFalse();
        }
    }

    @Test
    void a_missing_permission_is_told_as_such() {
        var problem = Disk.problem(new AccessDeniedException("/x"), "write object a", folder);

        assertThat(problem.code()).isEqualTo(ErrorCode.STORE_DENIED);
    }

    // Other processes

    @Test
    void a_writer_that_is_killed_leaves_a_pending_upload_and_nothing_else() throws Exception {
        var writer = process("upload");
        try {
            awaitGrowing();
        } finally {
            writer.destroyForcibly().waitFor();
        }

        assertThat(store.list("")).isEmpty();
        var pending = store.pendingUploads("").toList();
        assertThat(pending).extracting(PendingUpload::key).containsExactly(KEY);

        pending.forEach(store::abort);
        assertThat(store.pendingUploads("")).isEmpty();
        assertThat(store.create(KEY, new byte[1])).isTrue();
    }

    @Test
    void processes_that_count_in_one_document_lose_no_step() throws Exception {
        store.create(KEY, "0".getBytes(UTF_8));

        var processes = new ArrayList<Process>();
        for (var i = 0; i < 3; i++) processes.add(process("count"));
        for (var process : processes) {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        }

        assertThat(new String(store.document(KEY).orElseThrow().content(), UTF_8))
                .isEqualTo("" + 3 * OtherProcess.STEPS);
    }

    @Test
    void of_processes_that_create_one_key_each_exactly_one_wins() throws Exception {
        var processes = new ArrayList<Process>();
        for (var i = 0; i < 3; i++) processes.add(process("create"));

        var won = 0;
        for (var process : processes) {
            process.waitFor();
            won += process.exitValue();
        }

        assertThat(won).isEqualTo(OtherProcess.STEPS);
    }

    private Process process(String what) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        root.toString(),
                        what)
                .inheritIO()
                .start();
    }

    private void awaitGrowing() throws Exception {
        for (var i = 0; i < 3_000; i++) {
            if (Files.isDirectory(root) && size() > 1_000_000) return;
            Thread.sleep(10);
        }
        throw new AssertionError("nothing grows in " + root);
    }

    private long size() throws IOException {
        try (var files = Files.walk(root)) {
            long size = 0;
            for (var file : files.filter(Files::isRegularFile).toList()) size += Files.size(file);
            return size;
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .toList();
        }
    }

    private static ErrorCode problem(ThrowingCallable call) {
        try {
            call.call();
        } catch (Problem e) {
            return e.code();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("no problem");
    }
}
