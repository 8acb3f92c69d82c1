package io.pgvigil.core.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import java.util.Comparator;

/// One backup among all of a store.
public record BackupRef(ServerName server, DatabaseName database, BackupId backup)
        implements Comparable<BackupRef> {
    private static final Comparator<BackupRef> ORDER =
            Comparator.comparing(BackupRef::server)
                    .thenComparing(BackupRef::database)
                    .thenComparing(BackupRef::backup);

    /// Any fixed order; which backup is older is never decided by it.
    @Override
    public int compareTo(BackupRef other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return server + "/" + database + "/" + backup;
    }
}
