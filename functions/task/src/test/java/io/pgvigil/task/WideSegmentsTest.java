package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Segments of 64 MB, of which others' restores read the first 16.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WideSegmentsTest {
    @TempDir Path shared;

    @Test
    void segments_of_64_mb_are_harvested_and_replayed_to_their_end() {
        var store = new DirectoryStore(new StoreUri.Directory(shared.resolve("store")));
        try (var server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=64"),
                        "max_slot_wal_keep_size=1GB")) {
            server.sql("postgres", "create table t (id int, text text)");
            var attempts = new Attempts(store, server, DatabaseName.CLUSTER.value());
            attempts.harvest();
            var base = attempts.base();
            assertThat(size(base)).isEqualTo(64 << 20);
            // More than one of them, and some of the next.
            for (var i = 0; i < 2; i++)
                server.sql(
                        "postgres",
                        "insert into t select id, repeat(md5(id::text), 12) from generate_series(1, 100000) id");
            attempts.harvest();
            server.sql("postgres", "insert into t values (0, 'the last one')");
            attempts.harvest();

            var drill = attempts.drill(base.backup(), List.of(), List.of());

            assertThat(drill.verdict()).as("%s", drill.reasons()).isEqualTo(DrillVerdict.PROVEN);
            var recoveries = drill.physical().orElseThrow().recoveries();
            assertThat(recoveries.getFirst().rows()).isEqualTo(200_001);
            assertThat(recoveries).hasSize(2);
            assertThat(recoveries.getLast().rows()).isIn(0L, 100_000L, 200_000L);
        }
    }

    private static int size(Manifest base) {
        return base.physical().orElseThrow().segmentBytes();
    }
}
