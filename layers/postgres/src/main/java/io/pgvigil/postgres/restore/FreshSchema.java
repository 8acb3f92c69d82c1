package io.pgvigil.postgres.restore;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.sql.SQLException;

/// A schema that is made for something, in a database that is in use.
public final class FreshSchema {
    private static final int LONGEST_NAME = 63;

    private final DatabaseName database;
    private final String name;
    private boolean ours;

    public FreshSchema(DatabaseName database, String name) {
        if (name.isEmpty() || name.length() > LONGEST_NAME || name.startsWith("pg_"))
            throw new Problem(
                    ErrorCode.NAME_INVALID,
                    "'" + name + "' cannot be the name of a schema",
                    "Take 1 to 63 characters that do not begin with pg_.");
        this.database = database;
        this.name = name;
    }

    /// Refuses a name under which anything is, and a login that may not make a schema.
    public void requireFree(Login login) {
        try (var session = Session.open(login, database)) {
            if (exists(session)) {
                if (session.yes(
                        "select exists (select from pg_class where relnamespace = n.oid)"
                                + " or exists (select from pg_proc where pronamespace = n.oid)"
                                + " or exists (select from pg_type where typnamespace = n.oid)"
                                + " from pg_namespace n where nspname = ?",
                        name))
                    throw new Problem(
                            ErrorCode.TARGET_NOT_EMPTY,
                            "the schema " + name + " of " + database + " is not empty",
                            "Nothing is ever brought over what is there. Name a new schema.");
                return;
            }
            if (!session.yes("select has_database_privilege(current_database(), 'create')"))
                throw new Problem(
                        ErrorCode.PRIVILEGE_MISSING,
                        login.endpoint().user() + " may not make a schema in " + database,
                        "grant create on database … to …, or connect as somebody who may.");
        } catch (SQLException e) {
            throw io.pgvigil.postgres.ConnectFailure.explain(e, login.endpoint(), database);
        }
    }

    private boolean exists(Session session) throws SQLException {
        return session.yes("select true from pg_namespace where nspname = ?", name);
    }

    /// Makes it where it is not there yet.
    public void make(Login login) {
        requireFree(login);
        try (var session = Session.open(login, database)) {
            if (exists(session)) return;
            session.execute("create schema " + Identifier.quoted(name));
            ours = true;
        } catch (SQLException e) {
            throw io.pgvigil.postgres.ConnectFailure.explain(e, login.endpoint(), database);
        }
    }

    /// Takes it away again if we made it, and only while nothing is in it.
    public void remove(Login login) {
        if (!ours) return;
        try (var session = Session.open(login, database)) {
            session.execute("drop schema if exists " + Identifier.quoted(name));
        } catch (SQLException | Problem stays) {
            // An empty schema harms nobody; why we came here is what counts.
        }
    }
}
