package io.pgvigil.postgres.restore;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.ConnectFailure;
import io.pgvigil.postgres.Jdbc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGProperty;

/// A connection to a target, where statements take effect one by one.
final class Session implements AutoCloseable {

    // A database may carry settings that would stop a restore; a client's own options beat them.
    private static final String OPTIONS =
            "-c default_transaction_read_only=off -c statement_timeout=0 -c lock_timeout=0"
                    + " -c search_path=pg_catalog";

    private final Login login;
    private final DatabaseName database;
    private final Connection connection;

    private Session(Login login, DatabaseName database, Connection connection) {
        this.login = login;
        this.database = database;
        this.connection = connection;
    }

    static Session open(Login login, DatabaseName database) {
        try {
            return connect(login, database);
        } catch (SQLException e) {
            throw ConnectFailure.explain(e, login.endpoint(), database);
        }
    }

    static Session connect(Login login, DatabaseName database) throws SQLException {
        var source = Jdbc.source(login, database);
        source.setOptions(OPTIONS);
        // Statements come from archives and may hold question marks; nothing here has parameters
        // that the server should plan for.
        source.setProperty(PGProperty.PREFER_QUERY_MODE, "simple");
        return new Session(login, database, source.getConnection());
    }

    /// Turns a row into a value.
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// @param values texts for the question marks
    <T> List<T> list(String sql, Row<T> reader, String... values) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (var i = 0; i < values.length; i++) statement.setString(i + 1, values[i]);
            try (var rows = statement.executeQuery()) {
                var list = new ArrayList<T>();
                while (rows.next()) list.add(reader.read(rows));
                return list;
            }
        }
    }

    List<String> texts(String sql, String... values) throws SQLException {
        return list(sql, row -> row.getString(1), values);
    }

    boolean yes(String sql, String... values) throws SQLException {
        return list(sql, row -> row.getBoolean(1), values).stream().anyMatch(yes -> yes);
    }

    /// Runs a statement exactly as written: no parameter, no driver syntax is looked for in it.
    void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    Connection connection() {
        return connection;
    }

    Problem explain(SQLException e) {
        return ConnectFailure.explain(e, login.endpoint(), database);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException alreadyGone) {
            // Closing is all we wanted.
        }
    }
}
