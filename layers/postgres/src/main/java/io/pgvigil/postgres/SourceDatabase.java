package io.pgvigil.postgres;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.postgresql.PGConnection;

/// A connection to the database that is backed up. It holds one read-only transaction open and exports
/// that transaction's snapshot, so that everything read in it and by pg_dump is of one moment.
///
/// - **Reads only:** the transaction is read-only; nothing is created, not even temporarily.
/// - **The snapshot lives as long as this is open.** pg_dump takes it over when it starts; what happens
///   to this connection later does not touch a running dump.
public final class SourceDatabase implements AutoCloseable {
    /// Older servers are out of support upstream, and their catalogs differ from what is asked here.
    public static final int OLDEST_MAJOR = 13;

    /// Longer than any question here takes; a network that swallows packets must not hold a run forever.
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(5);

    /// Gateways forget a silent connection, AWS's after 350 seconds.
    private static final Duration STILL_HERE = Duration.ofSeconds(60);

    /// Databases of managed services, which belong to the service.
    private static final String NOT_OURS = "'rdsadmin', 'cloudsqladmin', 'azure_maintenance'";

    private final Login login;
    private final DatabaseName database;
    private final Connection connection;
    private final Sql sql;
    private final ServerVersion version;
    private final Optional<Lsn> lsnBefore;
    private final String snapshot;
    private final Thread keepAlive;

    private SourceDatabase(Login login, DatabaseName database, Connection connection, String mark)
            throws SQLException {
        this.login = login;
        this.database = database;
        this.connection = connection;
        this.sql = new Sql(connection);
        this.version = new ServerVersion((int) sql.number("show server_version_num"));
        if (version.major() < OLDEST_MAJOR)
            throw new Problem(
                    ErrorCode.SERVER_VERSION_UNSUPPORTED,
                    login.endpoint() + " runs PostgreSQL " + version,
                    "PostgreSQL " + OLDEST_MAJOR + " and newer can be backed up.");
        refusePooler(mark);
        // A limit on transactions, new in 17, would end the snapshot in the middle of a dump.
        if (version.major() >= 17) sql.text("select set_config('transaction_timeout', '0', false)");
        this.lsnBefore = lsn();
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        // The transaction's first statement: a snapshot cannot be exported below a savepoint.
        this.snapshot = sql.text("select pg_export_snapshot()");
        this.keepAlive =
                Thread.ofVirtual().name("keep-alive of " + database).start(this::stayAlive);
    }

    /// Connects, refuses what cannot be backed up through this connection, and exports a snapshot.
    public static SourceDatabase connect(Login login, DatabaseName database) {
        var mark = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        var connection = open(login, database, mark);
        try {
            return new SourceDatabase(login, database, connection, mark);
        } catch (SQLException e) {
            closeQuietly(connection);
            throw ConnectFailure.explain(e, login.endpoint(), database);
        } catch (RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    public DatabaseName database() {
        return database;
    }

    public ServerVersion version() {
        return version;
    }

    /// The name by which pg_dump takes over the snapshot.
    public String snapshot() {
        return snapshot;
    }

    /// Whether the snapshot can still be taken over.
    public boolean isAlive() {
        try {
            return sql.number("select 1") == 1;
        } catch (SQLException e) {
            return false;
        }
    }

    /// The databases that `all` means: those one can connect to, without templates and without what
    /// belongs to a managed service. A database closed to this role is listed: leaving it out would hide
    /// that it is not backed up.
    public List<DatabaseName> databases() {
        return ask(sql ->
                sql.list(
                        """
                        select datname from pg_database
                        where datallowconn and not datistemplate
                          -- -2 marks a DROP DATABASE that was interrupted: nobody can connect
                          and datconnlimit <> -2
                          and datname not in (%s)
                        order by datname collate "C"
                        """
                                .formatted(NOT_OURS),
                        row -> new DatabaseName(row.getString(1))));
    }

    /// Everything that an archive does not say about its source.
    public ServerFacts facts() {
        return ask(sql -> FactsQuery.read(sql, version, this::interval));
    }

    /// Asks in the snapshot's transaction.
    <T> T ask(Question<T> question) {
        try {
            return question.ask(sql);
        } catch (SQLException e) {
            throw ConnectFailure.explain(e, login.endpoint(), database);
        }
    }

    /// Something to ask a source.
    @FunctionalInterface
    interface Question<T> {
        T ask(Sql sql) throws SQLException;
    }

    Login login() {
        return login;
    }

    @Override
    public void close() {
        keepAlive.interrupt();
        closeQuietly(connection);
    }

    @Override
    public String toString() {
        return database + " at " + login.endpoint();
    }

    private Optional<LsnInterval> interval() throws SQLException {
        var after = lsn();
        return lsnBefore.flatMap(from -> after.map(to -> new LsnInterval(from, to)));
    }

    // Functions and not columns: they tell the position now, whatever the snapshot.
    private Optional<Lsn> lsn() throws SQLException {
        return sql.optional(
                        """
                        select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                                    else pg_current_wal_insert_lsn() end::text
                        """,
                        row -> row.getString(1))
                .map(Lsn::parse);
    }

    private void stayAlive() {
        try {
            while (!connection.isClosed()) {
                Thread.sleep(STILL_HERE);
                if (!isAlive()) return;
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } catch (SQLException gone) {
            // Whoever needs the snapshot finds out by itself; a dump that runs does not need us.
        }
    }

    // A pooler is told by what it does, not by its name. (1) It drops startup options: our mark is
    // missing,
    // and so would be the settings pinned for pg_dump. (2) It announces a process of its own
    // instead of the
    // backend's: then see whether a second session gets the backend that the first one thinks it
    // has.
    private void refusePooler(String mark) throws SQLException {
        var seen =
                sql.optional(
                        "select current_setting('pgvigil.session', true)", row -> row.getString(1));
        if (!seen.equals(Optional.of(mark)))
            throw pooler("it does not pass on the session's settings");
        var announced = connection.unwrap(PGConnection.class).getBackendPID();
        var backend = sql.number("select pg_backend_pid()");
        if (announced != backend && sharesBackends(backend))
            throw pooler("two sessions share one backend");
    }

    private boolean sharesBackends(long backend) throws SQLException {
        try (var second = open(login, database, "second")) {
            second.setAutoCommit(false);
            var other = new Sql(second).number("select pg_backend_pid()");
            // While the other transaction holds its backend, ours must still be ours.
            return other == backend || sql.number("select pg_backend_pid()") != backend;
        }
    }

    private Problem pooler(String why) {
        return new Problem(
                ErrorCode.POOLER_REFUSED,
                login.endpoint() + " is a connection pooler: " + why,
                ConnectFailure.POOLER_HINT);
    }

    private static Connection open(Login login, DatabaseName database, String mark) {
        try {
            var source = Jdbc.source(login, database);
            source.setSocketTimeout((int) ANSWER_LIMIT.toSeconds());
            source.setOptions(
                    "-c statement_timeout="
                            + ANSWER_LIMIT.toMillis()
                            + " -c idle_in_transaction_session_timeout=0 -c pgvigil.session="
                            + mark);
            return source.getConnection();
        } catch (SQLException e) {
            throw ConnectFailure.explain(e, login.endpoint(), database);
        }
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException alreadyGone) {
            // Closing is all we wanted.
        }
    }
}
