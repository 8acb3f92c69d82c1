package io.pgvigil.task.drill;

import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.drill.ClusterProof;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.DumpLimits;
import io.pgvigil.postgres.PgDump;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.task.Progress;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Dumps the databases of a restored server to nowhere: each row is read once, and counted.
public final class Reading {
    private final Login login;
    private final Supplier<ToolSet> tools;
    private final Progress progress;
    private final List<String> reasons;
    private final List<String> unproven;

    /// @param tools asked for when a database is dumped
    /// @param reasons gets what is wrong with the server's content
    /// @param unproven gets what could not be looked at
    public Reading(
            Login login,
            Supplier<ToolSet> tools,
            Progress progress,
            List<String> reasons,
            List<String> unproven) {
        this.login = login;
        this.tools = tools;
        this.progress = progress;
        this.reasons = reasons;
        this.unproven = unproven;
    }

    /// Those that can be connected to.
    ///
    /// @param rows of `datname`, `datallowconn` and `datconnlimit = -2`
    public List<DatabaseName> open(ResultSet rows) throws SQLException {
        var names = new ArrayList<DatabaseName>();
        while (rows.next()) {
            var name = rows.getString(1);
            if (rows.getBoolean(3))
                unproven.add("database " + name + ": left over from an interrupted DROP DATABASE");
            else if (!rows.getBoolean(2))
                unproven.add("database " + name + ": it allows no connections, so nobody read it");
            else names.add(new DatabaseName(name));
        }
        return names;
    }

    public List<ClusterProof.Content> read(List<DatabaseName> databases) {
        var contents = new ArrayList<ClusterProof.Content>();
        for (var database : databases) {
            progress.stage("read", database.value(), 0);
            try {
                contents.add(content(database, dumped(database)));
            } catch (SQLException e) {
                reasons.add("database " + database + " cannot be read: " + e.getMessage());
            } catch (Problem problem) {
                // That one database cannot be read is an answer; that we cannot look is not.
                switch (problem.code()) {
                    case RUN_CANCELLED,
                            TOOL_MISSING,
                            PROGRAM_MISSING,
                            INTERNAL,
                            DEADLINE_EXCEEDED ->
                            throw problem;
                    default ->
                            reasons.add(
                                    "database " + database + " cannot be read: " + problem.what());
                }
            }
        }
        return contents;
    }

    private ArchiveFacts dumped(DatabaseName database) throws SQLException {
        try (var connection = SandboxSql.open(login, database)) {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("select pg_export_snapshot()")) {
                row.next();
                return DatabaseDrill.dumped(
                        PgDump.dump(
                                tools.get(),
                                login,
                                database,
                                Selection.EVERYTHING,
                                row.getString(1),
                                DumpLimits.STANDARD));
            }
        }
    }

    private static ClusterProof.Content content(DatabaseName database, ArchiveFacts facts) {
        return new ClusterProof.Content(
                database,
                facts.rows(),
                facts.largeObjects().size(),
                facts.tables().stream()
                        .map(table ->
                                new ClusterProof.Table(
                                        table.schema(),
                                        table.table(),
                                        table.rows(),
                                        table.fingerprint().toString()))
                        .toList());
    }
}
