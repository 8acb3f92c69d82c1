package io.pgvigil.task.physical;

import static io.pgvigil.task.StockShell.fetch;
import static io.pgvigil.task.StockShell.quoted;

import io.pgvigil.core.backup.Manifest.ManifestObject;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import java.util.List;

/// The shell line that makes a data folder of a backup without pgvigil. A server started in it recovers
/// to the end of the copy; `PGDATA` says where.
final class StockRecovery {
    private StockRecovery() {}

    static String line(StoreUri store, List<ManifestObject> objects, Physical physical) {
        var line = new StringBuilder("mkdir -p -m 700 \"$PGDATA\"");
        line.append(" && ").append(unpack(store, key(objects, "base"))).append(" -C \"$PGDATA\"");
        // Or the copy would follow the primary of the standby it was made from.
        if (physical.standby()) line.append(" && rm -f \"$PGDATA/standby.signal\"");
        for (var space : physical.tablespaces())
            line.append(" && mkdir -p -m 700 ")
                    .append(quoted(space.location()))
                    .append(" && ")
                    .append(unpack(store, key(objects, space.role())))
                    .append(" -C ")
                    .append(quoted(space.location()));
        return line.toString();
    }

    private static ObjectKey key(List<ManifestObject> objects, String role) {
        return objects.stream()
                .filter(object -> object.role().equals(role))
                .findFirst()
                .orElseThrow()
                .key();
    }

    private static String unpack(StoreUri store, ObjectKey key) {
        return fetch(store, key) + " | zstd -d | tar -x";
    }
}
