package io.pgvigil.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.LockingContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileLocksTest extends LockingContract {
    private static final ObjectKey KEY = new ObjectKey("orders/app/20261122T023000Z/data");

    @TempDir Path folder;
    private Instant now = Instant.now();

    @Override
    protected ObjectStore store() {
        return new DirectoryStore(new StoreUri.Directory(folder.resolve("store")), () -> now);
    }

    @Test
    void a_locked_file_is_read_only_and_nothing_replaces_it() throws IOException {
        store().create(KEY, bytes("data"));
        var token = store().document(KEY).orElseThrow().token();

        lock(now.plusSeconds(3600));

        var file = folder.resolve("store").resolve(KEY.value());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("r--r-----");
        assertThatThrownBy(() -> store().put(KEY, bytes("other")))
                .hasMessageContaining("PGV-3014")
                .hasMessageContaining("is locked until");
        assertThatThrownBy(() -> store().replace(KEY, bytes("other"), token))
                .hasMessageContaining("PGV-3014");
        assertThat(Files.readString(file)).isEqualTo("data");
    }

    @Test
    void when_the_lock_is_over_the_object_goes_and_nothing_of_the_lock_is_left()
            throws IOException {
        store().create(KEY, bytes("data"));
        lock(now.plusSeconds(3600));

        now = now.plus(Duration.ofHours(2));
        store().delete(KEY);

        assertThat(store().stat(KEY)).isEmpty();
        assertThat(folder.resolve("store/.locks")).doesNotExist();
    }

    @Test
    void locks_are_no_objects() {
        store().create(KEY, bytes("data"));
        lock(now.plusSeconds(3600));

        try (var objects = store().list("")) {
            assertThat(objects.map(object -> object.key())).containsExactly(KEY);
        }
        assertThat(store().folders("")).containsExactly("orders");
    }

    @Test
    void a_lock_that_cannot_be_read_holds() throws IOException {
        store().create(KEY, bytes("data"));
        lock(now.plusSeconds(3600));
        Files.writeString(folder.resolve("store/.locks").resolve(KEY.value()), "gov");

        assertThatThrownBy(() -> store().delete(KEY)).hasMessageContaining("does not say how long");
        assertThat(store().stat(KEY)).isPresent();
    }

    private void lock(Instant until) {
        store().locking().orElseThrow().lock(KEY, LockMode.GOVERNANCE, until);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
