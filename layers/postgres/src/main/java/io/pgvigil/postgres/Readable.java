package io.pgvigil.postgres;

import io.pgvigil.core.doctor.Closed;
import java.sql.SQLException;
import java.util.List;

/// What stands between a role and a complete logical backup of one database, as the database tells it.
///
/// @param schemas those that are dumped, without the system's own
/// @param owners the roles that own them or something in them
/// @param rowSecurityTables tables with row security switched on
/// @param largeObjects how many there are
/// @param subscriptions and `userMappings` can be dumped whole by a superuser only
/// @param closed what the connected role cannot read today
public record Readable(
        List<String> schemas,
        List<String> owners,
        List<String> rowSecurityTables,
        long largeObjects,
        long subscriptions,
        long userMappings,
        Closed closed) {

    private static final String OURS =
            "n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'";

    public static Readable of(SourceDatabase source) {
        return source.ask(sql ->
                new Readable(
                        sql.list(
                                "select nspname from pg_namespace n where " + OURS + " order by 1",
                                row -> row.getString(1)),
                        sql.list(
                                """
                                select distinct pg_get_userbyid(o) from (
                                  select nspowner as o from pg_namespace n where %1$s
                                  union select relowner from pg_class c
                                  join pg_namespace n on n.oid = c.relnamespace where %1$s) x
                                order by 1
                                """
                                        .formatted(OURS),
                                row -> row.getString(1)),
                        sql.list(
                                """
                                select format('%I.%I', nspname, relname) from pg_class c
                                join pg_namespace n on n.oid = relnamespace
                                where relrowsecurity order by 1
                                """,
                                row -> row.getString(1)),
                        sql.number("select count(*) from pg_largeobject_metadata"),
                        sql.number(
                                """
                                select count(s.subdbid) from pg_subscription s
                                join pg_database d on d.oid = s.subdbid
                                where d.datname = current_database()
                                """),
                        sql.number("select count(*) from pg_user_mappings"),
                        closed(sql)));
    }

    private static Closed closed(Sql sql) throws SQLException {
        return new Closed(
                sql.list(
                        """
                        select format('%%I', nspname) from pg_namespace n
                        where %s and not has_schema_privilege(oid, 'USAGE') order by 1
                        """
                                .formatted(OURS),
                        row -> row.getString(1)),
                closed(sql, "'r', 'p'"),
                closed(sql, "'S'"),
                sql.list(
                        """
                        select format('%I.%I', nspname, relname)
                        from pg_class c join pg_namespace n on n.oid = relnamespace
                        where relrowsecurity and row_security_active(c.oid) order by 1
                        """,
                        row -> row.getString(1)),
                sql.number(
                        """
                        select case when current_setting('lo_compat_privileges')::boolean
                          or (select rolsuper from pg_roles where rolname = current_user) then 0
                        else (select count(*) from pg_largeobject_metadata m
                              where not pg_has_role(lomowner, 'USAGE')
                                and not exists (
                                  select 1 from aclexplode(lomacl) a
                                  where a.privilege_type = 'SELECT'
                                    and (a.grantee = 0 or pg_has_role(a.grantee, 'USAGE')))) end
                        """));
    }

    private static List<String> closed(Sql sql, String kinds) throws SQLException {
        return sql.list(
                """
                select format('%%I.%%I', nspname, relname)
                from pg_class c join pg_namespace n on n.oid = relnamespace
                where %s and relkind in (%s) and relpersistence <> 't'
                  and not has_table_privilege(c.oid, 'SELECT') order by 1
                """
                        .formatted(OURS, kinds),
                row -> row.getString(1));
    }
}
