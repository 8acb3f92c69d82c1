package io.pgvigil.core.retention;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;

/// A document of a store that is there and says nothing we can believe.
///
/// @param hides how much cannot be known because of it
public record Hole(ServerName server, DatabaseName database, String what, Hides hides) {

    public enum Hides {
        /// One backup that needs no other: it stays, uncounted, and the rest can be decided.
        ITSELF,
        /// What was proven, or what is on hold, of this database.
        ITS_DATABASE,
        /// What other backups of the server it needs.
        ITS_SERVER
    }

    boolean blocks(Lane lane) {
        return switch (hides) {
            case ITSELF -> false;
            case ITS_DATABASE -> lane.server().equals(server) && lane.database().equals(database);
            case ITS_SERVER -> lane.server().equals(server);
        };
    }
}
