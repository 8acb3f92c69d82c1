package io.pgvigil.task.physical;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.drill.ClusterProof;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.Libpq;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.task.Progress;
import io.pgvigil.task.drill.Reading;
import io.pgvigil.task.drill.SandboxSql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Reads everything that a recovered server holds, and says what cannot be read.
final class ClusterReading {
    private static final Duration AMCHECK_LIMIT = Duration.ofHours(12);

    /// The first major that has pg_amcheck.
    private static final int AMCHECK_MAJOR = 14;

    private static final int COMPLAINTS_NAMED = 20;
    private static final DatabaseName ENTRY = new DatabaseName("postgres");
    private static final DatabaseName TEMPLATE = new DatabaseName("template1");

    private final Login login;
    private final ToolSet tools;
    private final Progress progress;
    private final Reading reading;

    /// What is wrong with the server's content.
    final List<String> reasons = new ArrayList<>();

    /// What could not be looked at.
    final List<String> unproven = new ArrayList<>();

    ClusterReading(Login login, ToolSet tools, Progress progress) {
        this.login = login;
        this.tools = tools;
        this.progress = progress;
        this.reading = new Reading(login, () -> tools, progress, reasons, unproven);
    }

    /// Every database that can be connected to, template1 included.
    List<DatabaseName> databases() {
        try (var connection = entry();
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "select datname, datallowconn, datconnlimit = -2 from pg_database"
                                        + " where datname <> 'template0' order by datname collate \"C\"")) {
            return reading.open(rows);
        } catch (SQLException e) {
            throw failed("list its databases", e);
        }
    }

    private Connection entry() throws SQLException {
        try {
            return SandboxSql.open(login, ENTRY);
        } catch (SQLException gone) {
            // Somebody may have dropped it; template1 is always there.
            return SandboxSql.open(login, TEMPLATE);
        }
    }

    /// Dumps every database to nowhere: each row is read once, and counted.
    List<ClusterProof.Content> read(List<DatabaseName> databases) {
        return reading.read(databases);
    }

    /// Unlogged tables are empty after any recovery, and indexes may be sorted by another library here.
    void remark(List<DatabaseName> databases) {
        for (var database : databases)
            try (var connection = SandboxSql.open(login, database);
                    var statement = connection.createStatement()) {
                try (var rows =
                        statement.executeQuery(
                                "select count(*) from pg_class where relpersistence = 'u' and relkind = 'r'")) {
                    rows.next();
                    if (rows.getLong(1) > 0)
                        unproven.add(
                                "%d unlogged tables of %s: no backup of files holds their rows"
                                        .formatted(rows.getLong(1), database));
                }
                if (tools.version().major() < 15) continue;
                try (var rows =
                        statement.executeQuery(
                                "select datcollversion, pg_database_collation_actual_version(oid)"
                                        + " from pg_database where datname = current_database()"
                                        + " and datcollversion <>"
                                        + " pg_database_collation_actual_version(oid)")) {
                    if (rows.next())
                        unproven.add(
                                ("order of text in %s: the source sorted with version %s of its"
                                                + " collation, this machine has %s; an index that"
                                                + " disagrees here may be right there")
                                        .formatted(database, rows.getString(1), rows.getString(2)));
                }
            } catch (SQLException e) {
                reasons.add("database " + database + " does not answer: " + e.getMessage());
            }
    }

    /// Compares every index that can be checked with its table.
    void amcheck(List<DatabaseName> databases, int jobs) {
        if (tools.version().major() < AMCHECK_MAJOR || !tools.has("pg_amcheck")) {
            unproven.add(
                    "indexes: "
                            + (tools.version().major() < AMCHECK_MAJOR
                                    ? "pg_amcheck came with PostgreSQL 14"
                                    : "pg_amcheck is not installed in " + tools.bin()));
            return;
        }
        for (var database : databases) {
            progress.stage("amcheck", database.value(), 0);
            var refused = extension(database);
            if (refused.isPresent()) {
                unproven.add(
                        "indexes of "
                                + database
                                + ": the extension amcheck cannot be created here: "
                                + refused.get());
                continue;
            }
            var argv = new ArrayList<String>();
            argv.add(tools.program("pg_amcheck").toString());
            argv.addAll(List.of("--heapallindexed", "--jobs=" + jobs));
            argv.addAll(Libpq.arguments(login));
            argv.add(Libpq.conninfo(database));
            var finished =
                    Processes.run(new Command(argv, Libpq.environment(login)), AMCHECK_LIMIT);
            if (finished.succeeded()) continue;
            var said =
                    finished.stdout().isBlank()
                            ? finished.stderr()
                            : finished.stdout().lines().map(String::strip).toList();
            said.stream()
                    .limit(COMPLAINTS_NAMED)
                    .forEach(line -> reasons.add("pg_amcheck of " + database + ": " + line));
            if (said.size() > COMPLAINTS_NAMED)
                reasons.add(
                        "pg_amcheck of %s: and %d lines more"
                                .formatted(database, said.size() - COMPLAINTS_NAMED));
            if (said.isEmpty())
                reasons.add("pg_amcheck of " + database + " ended with " + finished.status());
        }
    }

    private java.util.Optional<String> extension(DatabaseName database) {
        try (var connection = SandboxSql.open(login, database);
                var statement = connection.createStatement()) {
            // Triggers of the source's own on such commands are not asked.
            statement.execute("set session_replication_role = replica");
            statement.execute("create extension if not exists amcheck with schema pg_catalog");
            statement.execute("alter extension amcheck update");
            return java.util.Optional.empty();
        } catch (SQLException e) {
            return java.util.Optional.of(String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
        }
    }

    private static Problem failed(String what, SQLException e) {
        return new Problem(
                ErrorCode.SANDBOX_FAILED,
                "the restored server cannot " + what + ": " + e.getMessage(),
                "Look at the reason; often it is a locale or a library that is not installed here.",
                e);
    }
}
