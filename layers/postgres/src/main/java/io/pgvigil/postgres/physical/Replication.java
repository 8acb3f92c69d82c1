package io.pgvigil.postgres.physical;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.postgres.ConnectFailure;
import io.pgvigil.postgres.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Optional;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;

/// A replication connection: the server's log, and what one must know to read it.
public final class Replication implements AutoCloseable {
    private static final DatabaseName ANY = new DatabaseName("postgres");
    private static final String NO_SUCH_FILE = "58P01";

    private final Login login;
    private final Connection connection;
    private final InstantSource clock;

    private Replication(Login login, Connection connection, InstantSource clock) {
        this.login = login;
        this.connection = connection;
        this.clock = clock;
    }

    public static Replication connect(Login login, InstantSource clock) {
        try {
            var source = Jdbc.source(login, ANY);
            source.setProperty(PGProperty.REPLICATION, "true");
            source.setProperty(PGProperty.PREFER_QUERY_MODE, "simple");
            source.setProperty(PGProperty.ASSUME_MIN_SERVER_VERSION, "13");
            return new Replication(login, source.getConnection(), clock);
        } catch (SQLException e) {
            throw explain(e, login);
        }
    }

    /// @param flushed where the log ends on the server's disk
    public record Identity(SystemIdentifier systemIdentifier, TimelineId timeline, Lsn flushed) {}

    public Identity identity() {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("IDENTIFY_SYSTEM")) {
            row.next();
            return new Identity(
                    new SystemIdentifier(row.getString("systemid")),
                    new TimelineId(row.getInt("timeline")),
                    Lsn.parse(row.getString("xlogpos")));
        } catch (SQLException e) {
            throw explain(e, login);
        }
    }

    /// The bytes of a timeline's history file. Timeline 1 has none, and a standby only those that it
    /// came across.
    public Optional<byte[]> history(TimelineId timeline) {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("TIMELINE_HISTORY " + timeline)) {
            row.next();
            return Optional.of(row.getBytes(2));
        } catch (SQLException e) {
            if (NO_SUCH_FILE.equals(e.getSQLState())) return Optional.empty();
            throw explain(e, login);
        }
    }

    /// Makes a slot that keeps the log from now on, whoever is connected.
    public void createSlot(String slot) {
        execute("CREATE_REPLICATION_SLOT \"" + checked(slot) + "\" PHYSICAL RESERVE_WAL");
    }

    public void dropSlot(String slot) {
        execute("DROP_REPLICATION_SLOT \"" + checked(slot) + "\"");
    }

    private void execute(String command) {
        try (var statement = connection.createStatement()) {
            statement.execute(command);
        } catch (SQLException e) {
            throw explain(e, login);
        }
    }

    /// Begins to read a timeline's log; the connection is good for nothing else afterwards.
    ///
    /// @param slot that keeps the log and is told what is stored; without one the log is sent as long as
    ///     the server happens to have it
    public WalStream stream(Optional<String> slot, TimelineId timeline, Lsn from) {
        try {
            var copy =
                    connection
                            .unwrap(PGConnection.class)
                            .getCopyAPI()
                            .copyDual(
                                    "START_REPLICATION %s PHYSICAL %s TIMELINE %s"
                                            .formatted(
                                                    slot.map(one -> "SLOT \"" + checked(one) + '"')
                                                            .orElse(""),
                                                    from,
                                                    timeline));
            return new WalStream(copy, login, from, clock);
        } catch (SQLException e) {
            throw explain(e, login);
        }
    }

    private static String checked(String slot) {
        if (!slot.matches("[a-z0-9_]{1,63}"))
            throw new IllegalArgumentException("not the name of a slot: '" + slot + "'");
        return slot;
    }

    static Problem explain(SQLException e, Login login) {
        var message = String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason");
        if (message.contains("has already been removed"))
            return new Problem(
                    ErrorCode.WAL_REMOVED,
                    "the server removed WAL before it was harvested: " + message,
                    "Harvest more often, or raise max_slot_wal_keep_size; a new base backup closes the"
                            + " gap.");
        var refused = ReplicationRefused.by(message, message);
        return refused == null ? ConnectFailure.explain(e, login.endpoint(), ANY) : refused;
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
