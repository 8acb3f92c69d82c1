package io.pgvigil.task.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.RunId;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.task.Progress;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.LyingObjectStore;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class BackupCopyTest {
    private static final Instant NOW = Instant.parse("2026-11-22T03:00:00Z");

    private final InMemoryObjectStore from = new InMemoryObjectStore();
    private final InMemoryObjectStore to = new InMemoryObjectStore();
    private final Manifest manifest = sealed();

    @Test
    void every_object_arrives_under_its_key_and_the_record_says_so() {
        var record = copy(to);

        assertThat(to.keys()).isEqualTo(from.keys());
        for (var key : from.keys())
            assertThat(to.document(new ObjectKey(key)).orElseThrow().content())
                    .isEqualTo(from.document(new ObjectKey(key)).orElseThrow().content());
        assertThat(new Catalog(to).backups(Catalog.Filter.ANY)).containsExactly(manifest);
        assertThat(record.objects()).isEqualTo(from.keys().size());
        assertThat(record.sent()).isEqualTo(from.keys().size());
        assertThat(record.checked()).isEqualTo(NOW);
        assertThat(record.to()).isEqualTo("s3://in-memory");
    }

    @Test
    void the_verdicts_of_a_copied_backup_go_along_and_those_of_others_do_not() {
        var mine = drilled(manifest.backup(), "1");
        drilled(new BackupId("20260101T023000Z-l-00000000"), "2");

        copy(to);
        var sent = copier().later(manifest, to, Optional.empty());

        assertThat(sent).extracting(one -> one.what()).containsExactly(mine + "");
        assertThat(sent.getFirst().checked()).isEqualTo(NOW);
        assertThat(to.keys()).filteredOn(key -> key.contains("/drills/")).hasSize(1);
        assertThat(new Catalog(to).resolve("latest-proven", Catalog.Filter.ANY))
                .isEqualTo(manifest);
        assertThat(copier().later(manifest, to, Optional.empty()))
                .as("checked once more")
                .hasSize(1);
    }

    @Test
    void where_the_copy_was_let_go_no_verdict_is_sent() {
        drilled(manifest.backup(), "1");

        assertThat(copier().later(manifest, to, Optional.empty())).hasSize(1);

        assertThat(to.keys()).isEmpty();
    }

    @Test
    void another_verdict_under_the_same_name_is_refused() {
        var drill = drilled(manifest.backup(), "1");
        copy(to);
        to.create(Layout.drill(manifest.server(), manifest.database(), drill), new byte[] {1});

        assertThatThrownBy(() -> copier().later(manifest, to, Optional.empty()))
                .hasMessageContaining("PGV-3016");
    }

    private RunId drilled(BackupId backup, String digit) {
        var run = new RunId("20261122T0" + digit + "0000Z-verify-aaaaaaaaa" + digit);
        from.create(
                Layout.drill(manifest.server(), manifest.database(), run),
                Json.bytes(
                        SampleBackup.drill(
                                manifest.server(),
                                manifest.database(),
                                backup,
                                run,
                                DrillVerdict.PROVEN,
                                NOW)));
        return run;
    }

    private BackupCopy copier() {
        return new BackupCopy(from, Progress.NONE, () -> NOW);
    }

    @Test
    void what_replication_brought_is_checked_and_not_sent_again() {
        copy(to);

        assertThat(copy(to).sent()).isZero();
    }

    @Test
    void killed_at_any_write_there_is_no_backup_and_the_next_run_finishes_it() {
        var counting = DyingObjectStore.never(new InMemoryObjectStore());
        copy(counting);
        for (var call = 0; call < counting.writingCalls(); call++) {
            var place = new InMemoryObjectStore();
            var dying = new DyingObjectStore(place, call);
            assertThatThrownBy(() -> copy(dying)).hasMessage("killed");
            assertThat(new Catalog(place).backups(Catalog.Filter.ANY))
                    .as("call %d", call)
                    .isEmpty();

            copy(place);

            assertThat(place.keys()).isEqualTo(from.keys());
        }
    }

    @Test
    void what_is_damaged_here_is_never_a_copy_there() {
        from.damage(
                manifest.object("data").key(),
                content -> {
                    content[content.length / 2] ^= 1;
                    return content;
                });

        assertThatThrownBy(() -> copy(to)).hasMessageContaining("PGV-3005");

        assertThat(new Catalog(to).backups(Catalog.Filter.ANY)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(LyingObjectStore.Lie.class)
    void a_store_that_has_something_else_than_was_sent_is_found_out(
            LyingObjectStore.Lie lie, @TempDir Path folder) {
        var place = directory(folder);

        assertThatThrownBy(() -> copy(new LyingObjectStore(place, lie)))
                .hasMessageContaining("PGV-3016");

        assertThat(new Catalog(place).backups(Catalog.Filter.ANY)).isEmpty();
    }

    @Test
    void something_else_under_the_same_key_is_refused_and_left_alone() {
        var key = manifest.object("data").key();
        to.create(key, new byte[] {1, 2, 3});

        assertThatThrownBy(() -> copy(to)).hasMessageContaining("PGV-3016");

        assertThat(to.document(key).orElseThrow().content()).containsExactly(1, 2, 3);
    }

    /// The checksum that a directory remembers is the writer's word.
    @Test
    void what_lies_in_a_directory_is_read_once_more(@TempDir Path folder) throws IOException {
        var place = directory(folder);
        copy(place);
        var file = place.file(manifest.object("data").key());
        var content = Files.readAllBytes(file);
        content[content.length / 2] ^= 1;
        Files.write(file, content);

        assertThatThrownBy(() -> copy(place)).hasMessageContaining("PGV-30");
    }

    @Test
    void its_progress_ends_with_every_byte() {
        var moved = new ArrayList<Long>();
        var expected = new ArrayList<Long>();
        var progress =
                new Progress() {
                    @Override
                    public void stage(String stage, String detail, long expectedBytes) {
                        expected.add(expectedBytes);
                    }

                    @Override
                    public void moved(long bytes, long rows) {
                        moved.add(bytes);
                    }

                    @Override
                    public void note(String message) {}
                };

        new BackupCopy(from, progress, () -> NOW).run(manifest, to, Optional.empty());

        assertThat(moved.getLast()).isEqualTo(expected.getFirst()).isPositive();
    }

    private CopyRecord copy(ObjectStore place) {
        return copier().run(manifest, place, Optional.empty());
    }

    private Manifest sealed() {
        var made = SampleBackup.storeObjects(from);
        from.create(
                Layout.of(made.server(), made.database(), made.backup(), Layout.MANIFEST),
                Manifests.bytes(made));
        return made;
    }

    private static DirectoryStore directory(Path folder) {
        return new DirectoryStore(new StoreUri.Directory(folder.resolve("copy")));
    }
}
