package io.pgvigil.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.testkit.InMemoryObjectStore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CatalogTest {
    private static final Instant NIGHT = Samples.NIGHT;

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final Catalog catalog = new Catalog(store);

    @Test
    void the_latest_backup_of_a_kind_is_never_one_of_another_kind() {
        var store = new InMemoryObjectStore();
        var logical = Samples.manifest("app", Samples.NIGHT.plusSeconds(60), "12345678");
        var physical = Samples.physical(Samples.NIGHT.plusSeconds(120));
        Samples.store(store, logical);
        Samples.store(store, physical);
        var catalog = new Catalog(store);

        assertThat(catalog.resolve("latest", Catalog.Filter.ANY, BackupKind.LOGICAL))
                .isEqualTo(logical);
        assertThat(catalog.resolve("latest", Catalog.Filter.ANY, BackupKind.PHYSICAL))
                .isEqualTo(physical);
        assertThatThrownBy(() ->
                        catalog.resolve(
                                physical.backup().value(), Catalog.Filter.ANY, BackupKind.LOGICAL))
                .hasMessageContaining("is physical, and this needs one that is logical");
    }

    @Test
    void the_order_is_that_of_time_and_not_of_names() {
        var late = stored("app", NIGHT.plusSeconds(100), "00000000");
        var early = stored("app", NIGHT, "ffffffff");

        assertThat(catalog.backups(Catalog.Filter.ANY)).containsExactly(early, late);
        assertThat(catalog.resolve("latest", Catalog.Filter.ANY)).isEqualTo(late);
    }

    @Test
    void latest_of_two_databases_is_a_question() {
        stored("app", NIGHT, "00000000");
        stored("app_test", NIGHT.plusSeconds(1), "00000000");

        assertThatThrownBy(() -> catalog.resolve("latest", Catalog.Filter.ANY))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.LATEST_IS_AMBIGUOUS);
                            assertThat(problem.what()).contains("orders-prod/app_test");
                        });
    }

    @Test
    void a_database_whose_name_begins_another_s_is_its_own() {
        var app = stored("app", NIGHT, "00000000");
        stored("app_test", NIGHT.plusSeconds(1), "00000000");

        assertThat(catalog.backups(filter("app"))).containsExactly(app);
        assertThat(catalog.resolve("latest", filter("app"))).isEqualTo(app);
    }

    @Test
    void a_server_whose_name_begins_another_s_is_its_own() {
        var mine = stored("app", NIGHT, "00000000");
        var other = Samples.manifest(new ServerName("orders-prod-2"), "app", NIGHT, mine.backup());
        Samples.store(store, other);

        var filter = new Catalog.Filter(Optional.of(Samples.ORDERS), Optional.empty());

        assertThat(catalog.backups(filter)).containsExactly(mine);
    }

    @Test
    void a_manifest_that_is_damaged_hides_no_other_and_is_not_passed_over_when_meant() {
        var good = stored("app", NIGHT, "00000000");
        var bad = stored("app", NIGHT.plusSeconds(1), "11111111");
        store.damage(
                key(bad),
                bytes -> {
                    bytes[bytes.length / 2] ^= 1;
                    return bytes;
                });

        var listing = catalog.listing(Catalog.Filter.ANY);

        assertThat(listing.backups()).containsExactly(good);
        assertThat(listing.unreadable())
                .extracting(Catalog.Unreadable::key)
                .containsExactly(key(bad));
        assertThatThrownBy(() -> catalog.resolve(bad.backup().value(), Catalog.Filter.ANY))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.code())
                                        .isIn(
                                                ErrorCode.OBJECT_DAMAGED,
                                                ErrorCode.DOCUMENT_INVALID));
    }

    @Test
    void objects_without_a_manifest_are_no_backup() {
        var real = stored("app", NIGHT, "00000000");
        store.put(
                Layout.of(
                        real.server(),
                        real.database(),
                        Samples.manifest("app", NIGHT, "22222222").backup(),
                        Layout.DATA),
                new byte[] {1});

        assertThat(catalog.backups(Catalog.Filter.ANY)).containsExactly(real);
    }

    @Test
    void the_latest_proven_is_the_newest_with_a_drill_that_says_so() {
        var proven = stored("app", NIGHT, "00000000");
        var refuted = stored("app", NIGHT.plusSeconds(1), "11111111");
        stored("app", NIGHT.plusSeconds(2), "22222222");
        drilled(proven, DrillVerdict.PROVEN, "1111111111");
        drilled(refuted, DrillVerdict.NOT_PROVEN, "2222222222");

        assertThat(catalog.resolve("latest-proven", Catalog.Filter.ANY)).isEqualTo(proven);
    }

    @Test
    void a_drill_record_that_is_damaged_hides_no_other() {
        var proven = stored("app", NIGHT, "00000000");
        drilled(proven, DrillVerdict.PROVEN, "1111111111");
        var broken = drilled(proven, DrillVerdict.PROVEN, "2222222222");
        store.damage(broken, bytes -> new byte[] {'{'});

        assertThat(catalog.resolve("latest-proven", Catalog.Filter.ANY)).isEqualTo(proven);
    }

    @Test
    void a_backup_that_is_not_there_is_called_that() {
        assertThatThrownBy(() -> catalog.resolve("latest", Catalog.Filter.ANY))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.code()).isEqualTo(ErrorCode.BACKUP_NOT_FOUND));
    }

    private Manifest stored(String database, Instant finished, String tail) {
        var manifest = Samples.manifest(database, finished, tail);
        Samples.store(store, manifest);
        return manifest;
    }

    private ObjectKey drilled(Manifest manifest, DrillVerdict verdict, String digits) {
        var run = new RunId("20261122T120000Z-verify-" + digits);
        var key = Layout.drill(manifest.server(), manifest.database(), run);
        store.put(
                key,
                Json.bytes(
                        new Drill(
                                Drill.FORMAT,
                                run,
                                manifest.backup(),
                                manifest.server(),
                                manifest.database(),
                                verdict,
                                NIGHT,
                                NIGHT,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                Map.of(),
                                Map.of(),
                                "none")));
        return key;
    }

    private static ObjectKey key(Manifest manifest) {
        return Layout.of(
                manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST);
    }

    private static Catalog.Filter filter(String database) {
        return new Catalog.Filter(
                Optional.of(Samples.ORDERS), Optional.of(new DatabaseName(database)));
    }
}
