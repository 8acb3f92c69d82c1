package io.pgvigil.postgres.physical;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.ConnectFailure;
import io.pgvigil.postgres.Jdbc;
import io.pgvigil.postgres.Libpq;
import io.pgvigil.postgres.ServerFacts.Managed;
import io.pgvigil.postgres.ServerVersion;
import io.pgvigil.postgres.SourceDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// An ordinary connection to a server that is copied, for the questions around the copy.
///
/// Nothing stays open between two questions: a copy takes hours, and connections do not.
public final class SourceCluster {
    private static final int ANSWER_SECONDS = 60;

    private final LoginSource logins;
    private final DatabaseName database;

    public SourceCluster(LoginSource logins, DatabaseName database) {
        this.logins = logins;
        this.database = database;
    }

    /// A moment by the server's clock, and what had happened by then.
    ///
    /// @param end where the log ended, no earlier than that moment; empty on a standby, which cannot
    ///     tell where its primary's log was
    public record Moment(Instant at, Optional<Lsn> end, long nextTransaction) {}

    /// Refuses servers that cannot be copied.
    public ClusterFacts facts() {
        var facts = ask(connection -> facts(connection));
        if (facts.version().major() < SourceDatabase.OLDEST_MAJOR)
            throw new Problem(
                    ErrorCode.SERVER_VERSION_UNSUPPORTED,
                    logins.endpoint() + " runs PostgreSQL " + facts.version(),
                    "PostgreSQL " + SourceDatabase.OLDEST_MAJOR + " and newer can be backed up.");
        if (facts.managed() != Managed.NO)
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    logins.endpoint() + " is " + facts.managed() + ", which gives nobody its files",
                    "Make logical backups; for moments in between, the service has its own automated"
                            + " backups.");
        if (facts.walLevel().equals("minimal"))
            throw new Problem(
                    ErrorCode.REPLICATION_REFUSED,
                    logins.endpoint() + " has wal_level = minimal",
                    "Set wal_level = replica and restart the server.");
        return facts;
    }

    /// Bytes of the largest of some databases; of all, when none is named.
    public long largest(List<DatabaseName> databases) {
        var sizes =
                ask(connection ->
                        list(
                                connection,
                                """
                                select datname,
                                       case when has_database_privilege(oid, 'connect')
                                              or pg_has_role('pg_read_all_stats', 'usage')
                                            then pg_database_size(oid) else 0 end
                                from pg_database where datallowconn
                                """,
                                row -> Map.entry(row.getString(1), row.getLong(2))));
        return sizes.stream()
                .filter(one ->
                        databases.isEmpty() || databases.contains(new DatabaseName(one.getKey())))
                .mapToLong(Map.Entry::getValue)
                .max()
                .orElse(0);
    }

    /// What keeps us from copying the server as a whole, in words; empty when nothing does.
    public Optional<String> obstacle(InstantSource clock) {
        try {
            facts();
            // Only a connection tells: privilege, pg_hba.conf and a free WAL sender.
            try (var replication = Replication.connect(logins.login(), clock)) {
                replication.identity();
            }
            return Optional.empty();
        } catch (Problem problem) {
            if (problem.transientFailure()) throw problem;
            return Optional.of(problem.what());
        }
    }

    public Moment moment() {
        return ask(connection -> {
            // The clock first: whatever had committed by then lies before the end that is read
            // after.
            var at =
                    one(
                            connection,
                            "select clock_timestamp()",
                            row -> row.getObject(1, OffsetDateTime.class).toInstant());
            return one(
                    connection,
                    """
                    select case when pg_is_in_recovery() then null
                                else pg_current_wal_insert_lsn() end::text,
                           pg_snapshot_xmax(pg_current_snapshot())::text
                    """,
                    row ->
                            new Moment(
                                    at,
                                    Optional.ofNullable(row.getString(1)).map(Lsn::parse),
                                    Long.parseUnsignedLong(row.getString(2))));
        });
    }

    /// @param restart the server keeps the log from here on; empty where it keeps nothing
    /// @param status `reserved`, `extended`, `unreserved` or `lost`
    /// @param retained bytes of log that are kept because of it
    public record Slot(
            Optional<Lsn> restart, Optional<String> status, boolean active, long retained) {}

    public Optional<Slot> slot(String name) {
        return ask(connection ->
                list(
                                connection,
                                """
                                select restart_lsn::text, wal_status, active,
                                       coalesce(pg_wal_lsn_diff(
                                         case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
                                              else pg_current_wal_lsn() end, restart_lsn), 0)::bigint
                                from pg_replication_slots
                                where slot_name = '%s' and slot_type = 'physical'
                                """
                                        .formatted(name.replace("'", "''")),
                                row ->
                                        new Slot(
                                                Optional.ofNullable(row.getString(1))
                                                        .map(Lsn::parse),
                                                Optional.ofNullable(row.getString(2)),
                                                row.getBoolean(3),
                                                row.getLong(4)))
                        .stream()
                        .findFirst());
    }

    /// How much log slots may keep, in megabytes; empty when there is no limit.
    public OptionalLong slotLimit() {
        return ask(connection ->
                one(
                        connection,
                        "select setting::bigint from pg_settings where name ="
                                + " 'max_slot_wal_keep_size'",
                        row -> {
                            var limit = row.getLong(1);
                            return limit < 0 ? OptionalLong.empty() : OptionalLong.of(limit);
                        }));
    }

    /// What copies and harvests take of a server, and what is left of it.
    ///
    /// @param service the database that tells who runs the server, when there is one
    /// @param bytes of the databases that the role may measure; `closed` are the others
    /// @param slotLimit `max_slot_wal_keep_size` in megabytes; empty: no limit
    /// @param walKeep `wal_keep_size` in megabytes
    /// @param standbysWithoutSlot by the names that they connect with
    public record Capacity(
            String walLevel,
            OptionalLong slotLimit,
            int slots,
            int slotsUsed,
            int senders,
            int sendersUsed,
            long bytes,
            int databases,
            int closed,
            int tablespaces,
            Optional<String> service,
            long walKeep,
            List<String> standbysWithoutSlot) {}

    public Capacity capacity() {
        return ask(connection ->
                one(
                        connection,
                        """
                        with measured as (
                          select has_database_privilege(oid, 'connect')
                                   or pg_has_role('pg_read_all_stats', 'usage') as open, oid
                          from pg_database where not datistemplate)
                        select current_setting('wal_level'),
                               (select setting::bigint from pg_settings
                                where name = 'max_slot_wal_keep_size'),
                               current_setting('max_replication_slots')::int,
                               (select count(*) from pg_replication_slots),
                               current_setting('max_wal_senders')::int,
                               (select count(*) from pg_stat_replication),
                               (select coalesce(sum(pg_database_size(oid)), 0) from measured where open),
                               (select count(*) from measured),
                               (select count(*) from measured where not open),
                               (select count(*) from pg_tablespace
                                where spcname not in ('pg_default', 'pg_global')),
                               (select min(datname) from pg_database
                                where datname in ('cloudsqladmin', 'azure_maintenance')),
                               (select setting::bigint from pg_settings where name = 'wal_keep_size'),
                               -- Who may not see a state knows a copy under way by its name.
                               array(select application_name from pg_stat_replication r
                                     where state is distinct from 'backup'
                                       and application_name not in ('%s', 'pg_basebackup')
                                       and not exists (select from pg_replication_slots
                                                       where active_pid = r.pid)
                                     order by application_name)
                        """
                                .formatted(Libpq.APPLICATION_NAME),
                        row -> {
                            var limit = row.getLong(2);
                            return new Capacity(
                                    row.getString(1),
                                    limit < 0 ? OptionalLong.empty() : OptionalLong.of(limit),
                                    row.getInt(3),
                                    row.getInt(4),
                                    row.getInt(5),
                                    row.getInt(6),
                                    row.getLong(7),
                                    row.getInt(8),
                                    row.getInt(9),
                                    row.getInt(10),
                                    Optional.ofNullable(row.getString(11)),
                                    row.getLong(12),
                                    List.of((String[]) row.getArray(13).getArray()));
                        }));
    }

    private static ClusterFacts facts(Connection connection) throws SQLException {
        return one(
                connection,
                """
                select current_setting('server_version_num')::int,
                       case when exists (select 1 from pg_proc where proname = 'aurora_version')
                              then 'AURORA'
                            when exists (select 1 from pg_database where datname = 'rdsadmin')
                              then 'RDS'
                            else 'NO' end,
                       pg_is_in_recovery(),
                       (select setting::bigint from pg_settings where name = 'wal_segment_size'),
                       current_setting('data_checksums') = 'on',
                       current_setting('wal_level'),
                       (select sum(case when has_database_privilege(oid, 'connect')
                                          or pg_has_role('pg_read_all_stats', 'usage')
                                        then pg_database_size(oid) else 0 end)
                        from pg_database),
                       pg_encoding_to_char(encoding), datcollate, datctype,
                       (select rolname from pg_roles where oid = 10)
                from pg_database where datname = current_database()
                """,
                row ->
                        new ClusterFacts(
                                new ServerVersion(row.getInt(1)),
                                Managed.valueOf(row.getString(2)),
                                row.getBoolean(3),
                                row.getInt(4),
                                row.getBoolean(5),
                                row.getString(6),
                                tablespaces(connection),
                                row.getLong(7),
                                row.getString(8),
                                row.getString(9),
                                row.getString(10),
                                row.getString(11)));
    }

    private static List<ClusterFacts.Space> tablespaces(Connection connection) throws SQLException {
        return list(
                connection,
                """
                select oid, spcname, pg_tablespace_location(oid) from pg_tablespace
                where spcname not in ('pg_default', 'pg_global') order by oid
                """,
                row -> new ClusterFacts.Space(row.getLong(1), row.getString(2), row.getString(3)));
    }

    private interface Question<T> {
        T ask(Connection connection) throws SQLException;
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> T ask(Question<T> question) {
        // Asked each time: hours may lie between two questions, and passwords end.
        var login = logins.login();
        try {
            var source = Jdbc.source(login, database);
            source.setSocketTimeout(ANSWER_SECONDS);
            try (var connection = source.getConnection()) {
                return question.ask(connection);
            }
        } catch (SQLException e) {
            throw ConnectFailure.explain(e, login.endpoint(), database);
        }
    }

    private static <T> T one(Connection connection, String sql, Row<T> reader) throws SQLException {
        var rows = list(connection, sql, reader);
        if (rows.size() != 1) throw new SQLException("one row was expected, not " + rows.size());
        return rows.getFirst();
    }

    private static <T> List<T> list(Connection connection, String sql, Row<T> reader)
            throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var found = new ArrayList<T>();
            while (rows.next()) found.add(reader.read(rows));
            return found;
        }
    }
}
