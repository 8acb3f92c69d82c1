package io.pgvigil.core.drill;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What the drill of a physical backup saw: how far it was recovered, and what could be read then.
///
/// @param recoveries the first to the end of what is stored, the second to a random moment before it
/// @param seed from which that moment was chosen; empty where there was none to choose
/// @param databases what the first recovery brought back
public record ClusterProof(
        List<Recovery> recoveries, Optional<Long> seed, List<Content> databases) {
    public ClusterProof {
        recoveries = List.copyOf(recoveries);
        databases = List.copyOf(databases);
    }

    /// @param target in words
    /// @param reached where the last record begins that was replayed
    /// @param timeline along which
    /// @param lastCommit the time of the last transaction that was replayed; empty when none was
    /// @param rows that could be read, in all databases
    /// @param seconds from the first byte fetched to the server that answers
    public record Recovery(
            String target,
            Lsn reached,
            int timeline,
            Optional<Instant> lastCommit,
            long rows,
            double seconds) {}

    /// One database, read as a whole.
    public record Content(DatabaseName database, long rows, int largeObjects, List<Table> tables) {
        public Content {
            tables = List.copyOf(tables);
        }
    }

    /// @param fingerprint of the rows, whatever their order
    public record Table(String schema, String table, long rows, String fingerprint) {}

    public int tables() {
        return databases.stream().mapToInt(content -> content.tables().size()).sum();
    }

    public long rows() {
        return databases.stream().mapToLong(Content::rows).sum();
    }

    public int largeObjects() {
        return databases.stream().mapToInt(Content::largeObjects).sum();
    }
}
