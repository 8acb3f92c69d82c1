package io.pgvigil.postgres.physical;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.postgres.ConnectFailure;
import io.pgvigil.postgres.Jdbc;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.postgresql.PGProperty;

/// Keeps a server from removing WAL for as long as this is open.
///
/// It is a temporary slot of a replication connection: when the connection goes, however it goes, the
/// slot goes too, so that nothing of ours can ever fill the server's disk.
public final class HeldWal implements AutoCloseable {
    /// Gateways forget a silent connection, AWS's after 350 seconds.
    private static final Duration STILL_HERE = Duration.ofSeconds(60);

    private static final DatabaseName ANY = new DatabaseName("postgres");

    private final Connection connection;
    private final SystemIdentifier systemIdentifier;
    private final TimelineId timeline;
    private final Lsn flushed;
    private final Thread keepAlive;

    private HeldWal(Connection connection, String slot) throws SQLException {
        this.connection = connection;
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("IDENTIFY_SYSTEM")) {
            row.next();
            systemIdentifier = new SystemIdentifier(row.getString("systemid"));
            timeline = new TimelineId(row.getInt("timeline"));
            flushed = Lsn.parse(row.getString("xlogpos"));
        }
        try (var statement = connection.createStatement()) {
            statement.execute(
                    "CREATE_REPLICATION_SLOT \"" + slot + "\" TEMPORARY PHYSICAL RESERVE_WAL");
        }
        keepAlive = Thread.ofVirtual().name("keep-alive of " + slot).start(this::stayAlive);
    }

    /// @param slot the temporary slot's name: lower-case letters, digits and underscores
    public static HeldWal take(Login login, String slot) {
        if (!slot.matches("[a-z0-9_]{1,63}"))
            throw new IllegalArgumentException("not the name of a slot: '" + slot + "'");
        try {
            var source = Jdbc.source(login, ANY);
            source.setProperty(PGProperty.REPLICATION, "true");
            source.setProperty(PGProperty.PREFER_QUERY_MODE, "simple");
            source.setProperty(PGProperty.ASSUME_MIN_SERVER_VERSION, "13");
            var connection = source.getConnection();
            try {
                return new HeldWal(connection, slot);
            } catch (SQLException | RuntimeException e) {
                closeQuietly(connection);
                throw e;
            }
        } catch (SQLException e) {
            throw explain(e, login);
        }
    }

    private static Problem explain(SQLException e, Login login) {
        var message = String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason");
        var refused = ReplicationRefused.by(message, message);
        return refused == null ? ConnectFailure.explain(e, login.endpoint(), ANY) : refused;
    }

    public SystemIdentifier systemIdentifier() {
        return systemIdentifier;
    }

    public TimelineId timeline() {
        return timeline;
    }

    /// Where the log ended when this was opened.
    public Lsn flushed() {
        return flushed;
    }

    private void stayAlive() {
        try {
            while (!connection.isClosed()) {
                Thread.sleep(STILL_HERE);
                try (var statement = connection.createStatement()) {
                    statement.execute("IDENTIFY_SYSTEM");
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } catch (SQLException gone) {
            // Then the slot is gone too; if WAL was removed because of it, the copy itself fails.
        }
    }

    @Override
    public void close() {
        keepAlive.interrupt();
        closeQuietly(connection);
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException alreadyGone) {
            // Closing is all we wanted.
        }
    }
}
