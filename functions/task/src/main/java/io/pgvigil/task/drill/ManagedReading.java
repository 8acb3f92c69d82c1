package io.pgvigil.task.drill;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.drill.ClusterProof;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.ServerVersion;
import io.pgvigil.postgres.Tools;
import io.pgvigil.task.Progress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// Reads a restored server as a master user who is no superuser: each row once, through the tap.
final class ManagedReading {
    private static final DatabaseName ENTRY = new DatabaseName("postgres");

    /// RDS keeps it for itself and lets nobody in.
    private static final String OF_RDS = "rdsadmin";

    private static final String READ_EVERYTHING = "pg_read_all_data";
    private static final int READ_EVERYTHING_MAJOR = 14;

    private final Login login;
    private final Progress progress;
    private final Reading reading;
    private final List<String> reasons = new ArrayList<>();
    private final List<String> unproven = new ArrayList<>();

    ManagedReading(Login login, Tools tools, Progress progress) {
        this.login = login;
        this.progress = progress;
        this.reading =
                new Reading(login, () -> tools.forDump(version()), progress, reasons, unproven);
    }

    /// What is wrong with the server's content.
    List<String> reasons() {
        return reasons;
    }

    /// What could not be looked at.
    List<String> unproven() {
        return unproven;
    }

    /// The master user owns only what it made. It is a copy of the server: here it may take the right to
    /// read what others own. Where it may not, what it cannot read becomes a reason.
    void prepare() {
        // Before PostgreSQL 14 nobody has it to give.
        if (version().major() < READ_EVERYTHING_MAJOR) return;
        try (var connection = SandboxSql.open(login, ENTRY);
                var statement = connection.createStatement()) {
            statement.execute("grant " + READ_EVERYTHING + " to current_user");
        } catch (SQLException refused) {
            progress.note(
                    "the master user may not take "
                            + READ_EVERYTHING
                            + ": "
                            + refused.getMessage());
        }
    }

    /// Every one that can be connected to.
    List<DatabaseName> databases() {
        try (var connection = SandboxSql.open(login, ENTRY);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                select datname, datallowconn, datconnlimit = -2 from pg_database
                                where datname not in ('template0', 'template1', '%s')
                                order by datname collate "C"
                                """
                                        .formatted(OF_RDS))) {
            return reading.open(rows);
        } catch (SQLException e) {
            throw failed("list its databases", e);
        }
    }

    /// Dumps every database to nowhere.
    List<ClusterProof.Content> read(List<DatabaseName> databases) {
        return reading.read(databases);
    }

    private ServerVersion version() {
        try (var connection = SandboxSql.open(login, ENTRY);
                var statement = connection.createStatement();
                var row = statement.executeQuery("show server_version")) {
            row.next();
            return ServerVersion.parse(row.getString(1));
        } catch (SQLException e) {
            throw failed("say its version", e);
        }
    }

    private static Problem failed(String what, SQLException e) {
        return new Problem(
                ErrorCode.INSTANCE_FAILED,
                "the restored server cannot " + what + ": " + e.getMessage(),
                "It is deleted; try again.",
                true,
                e);
    }
}
