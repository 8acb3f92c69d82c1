package io.pgvigil.task.drill;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.restore.RestoreTarget;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;

/// Connections to a temporary instance for questions of our own.
final class SandboxSql {
    private SandboxSql() {}

    static Connection open(Login login, DatabaseName database) throws SQLException {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {login.endpoint().host()});
        source.setPortNumbers(new int[] {login.endpoint().port()});
        source.setUser(login.endpoint().user());
        source.setPassword(login.password().map(Secret::reveal).orElse(""));
        source.setDatabaseName(database.value());
        return source.getConnection();
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
