package io.pgvigil.task.dump;

import static io.pgvigil.task.StockShell.fetch;
import static io.pgvigil.task.StockShell.quoted;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.store.StoreUri;

/// The shell line that restores a backup without pgvigil. `PGHOST` and the like say where to.
final class StockRestore {
    private StockRestore() {}

    static String line(StoreUri store, Order.Backup order, DatabaseName database, BackupId backup) {
        var globals = Layout.of(order.server(), database, backup, Layout.GLOBALS);
        var data = Layout.of(order.server(), database, backup, Layout.DATA);
        // A selection has no DATABASE entry worth creating from; it goes into an existing database.
        var into =
                order.selection().complete()
                        ? "pg_restore --create --dbname=postgres"
                        : "pg_restore --dbname=" + quoted(database.value());
        return fetch(store, globals)
                + " | zstd -d | psql -X -d postgres; "
                + fetch(store, data)
                + " | zstd -d | "
                + into;
    }
}
