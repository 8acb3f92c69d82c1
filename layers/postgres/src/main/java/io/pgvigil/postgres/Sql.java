package io.pgvigil.postgres;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Queries on one connection that holds a transaction open, where a refused question must not end it.
final class Sql {
    private final Connection connection;

    Sql(Connection connection) {
        this.connection = connection;
    }

    /// Turns a row into a value.
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> list(String sql, Row<T> reader) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var list = new ArrayList<T>();
            while (rows.next()) list.add(reader.read(rows));
            return list;
        }
    }

    <T> T one(String sql, Row<T> reader) throws SQLException {
        var list = list(sql, reader);
        if (list.size() != 1)
            throw new Problem(
                    ErrorCode.QUERY_FAILED,
                    "the server answered " + list.size() + " rows where one was expected",
                    "Report this together with the server's version.");
        return list.getFirst();
    }

    String text(String sql) throws SQLException {
        return one(sql, row -> row.getString(1));
    }

    boolean yes(String sql) throws SQLException {
        return one(sql, row -> row.getBoolean(1));
    }

    long number(String sql) throws SQLException {
        return one(sql, row -> row.getLong(1));
    }

    /// The answer, or nothing where the server refuses it: the function does not exist there, is closed to
    /// the role, or does not work on this service. Other failures travel on.
    <T> Optional<T> optional(String sql, Row<T> reader) throws SQLException {
        // A savepoint keeps the transaction, and with it the exported snapshot, alive.
        var savepoint = connection.getAutoCommit() ? null : connection.setSavepoint();
        try {
            var answer = list(sql, reader);
            return answer.isEmpty() ? Optional.empty() : Optional.ofNullable(answer.getFirst());
        } catch (SQLException e) {
            if (!refused(e)) throw e;
            if (savepoint != null) connection.rollback(savepoint);
            return Optional.empty();
        } finally {
            if (savepoint != null && !connection.isClosed()) connection.releaseSavepoint(savepoint);
        }
    }

    private static boolean refused(SQLException e) {
        var state = String.valueOf(e.getSQLState());
        // 42: undefined or not permitted; 0A: not supported; 55, 22, XX: "not in this state", and
        // services
        // that replaced the storage answer with these.
        return state.startsWith("42")
                || state.startsWith("0A")
                || state.startsWith("55")
                || state.startsWith("22")
                || state.startsWith("XX");
    }
}
