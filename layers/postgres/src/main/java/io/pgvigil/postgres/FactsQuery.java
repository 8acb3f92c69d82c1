package io.pgvigil.postgres;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.SystemIdentifier;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The questions behind [ServerFacts]; catalogs differ by version, and services close some doors.
final class FactsQuery {
    // Those that a sandbox must share, that explain a difference, or that a restore has to size
    // itself by.
    private static final String SETTINGS =
            """
            'block_size', 'wal_block_size', 'wal_segment_size', 'data_checksums', 'wal_level',
            'max_connections', 'max_locks_per_transaction', 'max_prepared_transactions',
            'max_wal_senders', 'max_slot_wal_keep_size', 'archive_mode', 'hot_standby',
            'shared_preload_libraries', 'server_encoding', 'integer_datetimes', 'lc_monetary',
            'lc_numeric', 'lc_time', 'bytea_output', 'quote_all_identifiers', 'default_tablespace',
            'default_toast_compression', 'default_table_access_method', 'default_text_search_config',
            'lo_compat_privileges', 'array_nulls', 'xmlbinary', 'standard_conforming_strings'
            """;

    private FactsQuery() {}

    /// Where the WAL stands now, together with where it stood before the snapshot.
    @FunctionalInterface
    interface Interval {
        Optional<LsnInterval> read() throws SQLException;
    }

    static ServerFacts read(Sql sql, ServerVersion version, Interval lsn) throws SQLException {
        return new ServerFacts(
                version,
                sql.text("select version()"),
                sql.optional(
                        "select system_identifier::text from pg_control_system()",
                        row -> new SystemIdentifier(row.getString(1))),
                sql.optional(
                                "select timeline_id from pg_control_checkpoint()",
                                row -> row.getInt(1))
                        .map(OptionalInt::of)
                        .orElse(OptionalInt.empty()),
                sql.yes("select pg_is_in_recovery()"),
                managed(sql),
                sql.one("select transaction_timestamp()", row -> instant(row, 1)),
                lsn.read(),
                database(sql, version),
                role(sql, version),
                // The oid is fixed: pg_authid.dat, BOOTSTRAP_SUPERUSERID.
                sql.text("select rolname from pg_roles where oid = 10"),
                settings(sql),
                sql.list(
                        """
                        select extname, extversion, nspname
                        from pg_extension join pg_namespace n on n.oid = extnamespace order by 1
                        """,
                        row ->
                                new ServerFacts.Extension(
                                        row.getString(1), row.getString(2), row.getString(3))),
                sql.list(
                        """
                        select format('%I.%I', nspname, relname)
                        from pg_index i join pg_class c on c.oid = i.indexrelid
                        join pg_namespace n on n.oid = c.relnamespace
                        where not i.indisvalid
                          -- an index of a partitioned table is invalid until every partition has its own
                          and c.relkind = 'i'
                        order by 1
                        """,
                        row -> row.getString(1)),
                sql.list(
                        """
                        select gid, owner::text, prepared from pg_prepared_xacts
                        where database = current_database() order by prepared
                        """,
                        row ->
                                new ServerFacts.PreparedTransaction(
                                        row.getString(1), row.getString(2), instant(row, 3))),
                sql.list(
                        """
                        select format('%I.%I', schemaname, matviewname), ispopulated
                        from pg_matviews order by 1
                        """,
                        row ->
                                new ServerFacts.MaterializedView(
                                        row.getString(1), row.getBoolean(2))),
                sql.list(
                        """
                        select s.subname from pg_subscription s
                        join pg_database d on d.oid = s.subdbid and d.datname = current_database()
                        order by 1
                        """,
                        row -> row.getString(1)),
                sql.list(
                        """
                        select spcname, pg_tablespace_location(oid) from pg_tablespace
                        where spcname not in ('pg_default', 'pg_global')
                          and (oid in (select reltablespace from pg_class)
                            or oid = (select dattablespace from pg_database
                                      where datname = current_database()))
                        order by 1
                        """,
                        row -> new ServerFacts.Tablespace(row.getString(1), row.getString(2))));
    }

    private static ServerFacts.Managed managed(Sql sql) throws SQLException {
        if (sql.yes("select exists (select 1 from pg_proc where proname = 'aurora_version')"))
            return ServerFacts.Managed.AURORA;
        return sql.yes("select exists (select 1 from pg_database where datname = 'rdsadmin')")
                ? ServerFacts.Managed.RDS
                : ServerFacts.Managed.NO;
    }

    private static DatabaseFacts database(Sql sql, ServerVersion version) throws SQLException {
        var localeColumn = version.major() >= 17 ? "datlocale" : "daticulocale";
        var locale =
                version.major() >= 15
                        ? """
                        case datlocprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end,
                        %s, datcollversion, pg_database_collation_actual_version(oid)
                        """
                                .formatted(localeColumn)
                        : "'libc', null, null, null";
        return sql.one(
                """
                select datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding),
                       datcollate, datctype, %s,
                       pg_database_size(oid),
                       (select count(*) from pg_class where relkind = 'r'
                          and relpersistence <> 't' and oid >= 16384),
                       (select count(*) from pg_largeobject_metadata)
                from pg_database where datname = current_database()
                """
                        .formatted(locale),
                row ->
                        new DatabaseFacts(
                                new DatabaseName(row.getString(1)),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                row.getString(6),
                                Optional.ofNullable(row.getString(7)),
                                Optional.ofNullable(row.getString(8)),
                                Optional.ofNullable(row.getString(9)),
                                ByteSize.of(row.getLong(10)),
                                row.getLong(11),
                                row.getLong(12)));
    }

    private static RoleFacts role(Sql sql, ServerVersion version) throws SQLException {
        // Tried and not looked up: services close this table whatever the privileges say.
        var readsPasswords =
                sql.optional(
                                "select count(*) from (select rolpassword from pg_authid limit 1) x",
                                row -> row.getLong(1))
                        .isPresent();
        return sql.one(
                """
                select rolname, rolsuper, rolsuper or rolbypassrls, rolsuper or rolreplication,
                       rolsuper or %s
                from pg_roles where rolname = current_user
                """
                        .formatted(
                                version.major() >= 14
                                        ? "pg_has_role('pg_read_all_data', 'usage')"
                                        : "false"),
                row ->
                        new RoleFacts(
                                row.getString(1),
                                row.getBoolean(2),
                                row.getBoolean(3),
                                row.getBoolean(4),
                                row.getBoolean(5),
                                readsPasswords));
    }

    private static Map<String, String> settings(Sql sql) throws SQLException {
        var settings = new HashMap<String, String>();
        // reset_val, because our own session changes some of them.
        sql.list(
                "select name, coalesce(reset_val, setting) from pg_settings where name in ("
                        + SETTINGS
                        + ")",
                row -> settings.put(row.getString(1), row.getString(2)));
        return settings;
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
