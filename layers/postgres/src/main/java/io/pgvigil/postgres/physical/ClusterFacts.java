package io.pgvigil.postgres.physical;

import io.pgvigil.postgres.ServerFacts.Managed;
import io.pgvigil.postgres.ServerVersion;
import java.util.List;

/// What a server tells about itself before it is copied.
///
/// @param segmentBytes length of its WAL segments
/// @param tablespaces besides the two that every server has
/// @param bytes of all databases, for progress and to size a disk; about
/// @param encoding and locale of the database connected to, the nearest thing a server has
public record ClusterFacts(
        ServerVersion version,
        Managed managed,
        boolean inRecovery,
        int segmentBytes,
        boolean checksums,
        String walLevel,
        List<Space> tablespaces,
        long bytes,
        String encoding,
        String collate,
        String ctype,
        String superuser) {
    public ClusterFacts {
        tablespaces = List.copyOf(tablespaces);
    }

    public record Space(long oid, String name, String location) {}
}
