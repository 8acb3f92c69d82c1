package io.pgvigil.core.retention;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import java.util.Comparator;
import java.util.Locale;

/// The backups of one kind of one database. Equal names are the same lane; a name that begins with
/// another one is not.
public record Lane(ServerName server, DatabaseName database, BackupKind kind)
        implements Comparable<Lane> {
    private static final Comparator<Lane> ORDER =
            Comparator.comparing(Lane::server)
                    .thenComparing(Lane::database)
                    .thenComparing(Lane::kind);

    @Override
    public int compareTo(Lane other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return server
                + "/"
                + database
                + (kind == BackupKind.LOGICAL ? "" : " " + kind.name().toLowerCase(Locale.ROOT));
    }
}
