package io.pgvigil.postgres.restore;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.LoginSource;

/// Where a restore goes.
///
/// @param logins asked anew for every connection and every program: a restore may outlast a login
/// @param maintenance a database to connect to while the target does not exist
public record RestoreTarget(
        LoginSource logins, DatabaseName database, Existence existence, DatabaseName maintenance) {

    /// What is expected of the database.
    public enum Existence {
        /// It is made, like the archived one: encoding, locale, owner, settings, grants.
        CREATE,
        /// It is there and is filled; its own settings and grants stay.
        EXISTING
    }

    private static final DatabaseName USUAL_MAINTENANCE = new DatabaseName("postgres");

    public static RestoreTarget create(LoginSource logins, DatabaseName database) {
        return new RestoreTarget(logins, database, Existence.CREATE, USUAL_MAINTENANCE);
    }

    public static RestoreTarget existing(LoginSource logins, DatabaseName database) {
        return new RestoreTarget(logins, database, Existence.EXISTING, database);
    }

    public RestoreTarget withDatabase(DatabaseName other) {
        return new RestoreTarget(logins, other, existence, maintenance);
    }

    /// For the connection that is opened next, and no other.
    public Login login() {
        return logins.login();
    }

    public Endpoint endpoint() {
        return logins.endpoint();
    }

    @Override
    public String toString() {
        return "database " + database + " at " + endpoint();
    }
}
