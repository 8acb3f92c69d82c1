package io.pgvigil.postgres.restore;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;

/// Where a restore goes.
///
/// @param maintenance a database to connect to while the target does not exist
public record RestoreTarget(
        Login login, DatabaseName database, Existence existence, DatabaseName maintenance) {

    /// What is expected of the database.
    public enum Existence {
        /// It is made, like the archived one: encoding, locale, owner, settings, grants.
        CREATE,
        /// It is there and is filled; its own settings and grants stay.
        EXISTING
    }

    private static final DatabaseName USUAL_MAINTENANCE = new DatabaseName("postgres");

    public static RestoreTarget create(Login login, DatabaseName database) {
        return new RestoreTarget(login, database, Existence.CREATE, USUAL_MAINTENANCE);
    }

    public static RestoreTarget existing(Login login, DatabaseName database) {
        return new RestoreTarget(login, database, Existence.EXISTING, database);
    }

    public RestoreTarget withDatabase(DatabaseName other) {
        return new RestoreTarget(login, other, existence, maintenance);
    }

    @Override
    public String toString() {
        return "database " + database + " at " + login.endpoint();
    }
}
