package io.pgvigil.task.drill;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.Jdbc;
import io.pgvigil.postgres.restore.RestoreTarget;
import java.sql.Connection;
import java.sql.SQLException;

/// Connections to a temporary instance for questions of our own.
public final class SandboxSql {
    private SandboxSql() {}

    public static Connection open(Login login, DatabaseName database) throws SQLException {
        return Jdbc.ours(login, database).getConnection();
    }

    /// Makes a database by this name, for an archive that does not say how to.
    static RestoreTarget created(Login login, DatabaseName database) {
        if (database.value().equals("postgres")) return RestoreTarget.existing(login, database);
        try (var connection = open(login, new DatabaseName("postgres"));
                var statement = connection.createStatement()) {
            statement.execute(
                    "create database \""
                            + database.value().replace("\"", "\"\"")
                            + "\" template template0");
            return RestoreTarget.existing(login, database);
        } catch (SQLException e) {
            throw new Problem(
                    ErrorCode.SANDBOX_FAILED,
                    "the temporary instance cannot make database "
                            + database
                            + ": "
                            + e.getMessage(),
                    "This is a defect of ours.",
                    e);
        }
    }
}
