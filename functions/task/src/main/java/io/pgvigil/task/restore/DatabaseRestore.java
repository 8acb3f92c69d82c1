package io.pgvigil.task.restore;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.postgres.Tools;
import io.pgvigil.task.Progress;
import java.nio.file.Path;
import java.time.InstantSource;

public final class DatabaseRestore {
    public DatabaseRestore(ObjectReader store, Tools tools, Progress progress, InstantSource clock, Path work) {}

    public RestoreRecord run(Run run, Order.Restore order, Manifest manifest, Login login) {
        throw new IllegalStateException("being written");
    }
}
