package io.pgvigil.postgres.restore;

import io.pgvigil.postgres.ServerVersion;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A target as it is before anything is done to it.
///
/// @param found the database's own objects, as far as they are named; nothing when it does not exist
/// @param extensions what the server's machine has to offer
/// @param encoding of the database, when it exists
public record TargetFacts(
        ServerVersion version,
        boolean superuser,
        boolean mayCreateRoles,
        boolean mayCreateDatabases,
        boolean exists,
        Found found,
        Set<String> roles,
        Set<String> tablespaces,
        Set<String> extensions,
        Optional<String> encoding) {
    public TargetFacts {
        roles = Set.copyOf(roles);
        tablespaces = Set.copyOf(tablespaces);
        extensions = Set.copyOf(extensions);
    }

    /// What a database holds of its own.
    ///
    /// @param names the first of them
    public record Found(long count, List<String> names) {
        public Found {
            names = List.copyOf(names);
        }

        static Found nothing() {
            return new Found(0, List.of());
        }
    }

    private static final int OBJECTS_NAMED = 5;

    /// Asks the server. Nothing is changed.
    public static TargetFacts look(RestoreTarget target) {
        try (var server = Session.open(target.login(), target.maintenance())) {
            try {
                var exists =
                        server.yes(
                                "select count(*) > 0 from pg_database where datname = ?",
                                target.database().value());
                return look(server, exists, target);
            } catch (SQLException e) {
                throw server.explain(e);
            }
        }
    }

    private static TargetFacts look(Session server, boolean exists, RestoreTarget target)
            throws SQLException {
        var rights =
                server.list(
                                "select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname ="
                                        + " current_user",
                                row ->
                                        new boolean[] {
                                            row.getBoolean(1), row.getBoolean(2), row.getBoolean(3)
                                        })
                        .getFirst();
        var found = Found.nothing();
        Optional<String> encoding = Optional.empty();
        if (exists) {
            try (var inside = Session.open(target.login(), target.database())) {
                found = found(inside);
                encoding =
                        inside
                                .texts(
                                        "select pg_encoding_to_char(encoding) from pg_database where"
                                                + " datname = current_database()")
                                .stream()
                                .findFirst();
            }
        }
        return new TargetFacts(
                new ServerVersion(
                        Integer.parseInt(server.texts("show server_version_num").getFirst())),
                rights[0],
                rights[0] || rights[1],
                rights[0] || rights[2],
                exists,
                found,
                new HashSet<>(server.texts("select rolname from pg_roles")),
                new HashSet<>(server.texts("select spcname from pg_tablespace")),
                new HashSet<>(server.texts("select name from pg_available_extensions")),
                encoding);
    }

    /// Everything that initdb and extensions did not make. Object ids below 16384 are initdb's.
    private static Found found(Session inside) throws SQLException {
        var own =
                """
                with member as (
                  select classid, objid from pg_depend where deptype = 'e'
                ), own as (
                  select case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
                           when 'S' then 'sequence' when 'f' then 'foreign table'
                           when 'c' then 'type' else 'table' end as kind,
                         n.nspname || '.' || c.relname as name
                  from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where c.oid >= 16384 and c.relkind in ('r','v','m','S','f','p','c')
                    and n.nspname !~ '^pg_(toast|temp)'
                    and ('pg_class'::regclass, c.oid) not in (select classid, objid from member)
                  union all
                  select 'function', n.nspname || '.' || p.proname
                  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                  where p.oid >= 16384 and n.nspname !~ '^pg_temp'
                    and ('pg_proc'::regclass, p.oid) not in (select classid, objid from member)
                  union all
                  select 'type', n.nspname || '.' || t.typname
                  from pg_type t join pg_namespace n on n.oid = t.typnamespace
                  where t.oid >= 16384 and t.typtype in ('d','e','r') and n.nspname !~ '^pg_temp'
                    and ('pg_type'::regclass, t.oid) not in (select classid, objid from member)
                  union all
                  select 'schema', n.nspname from pg_namespace n
                  where n.oid >= 16384 and n.nspname !~ '^pg_' and n.nspname <> 'public'
                    and ('pg_namespace'::regclass, n.oid) not in (select classid, objid from member)
                  union all
                  select 'extension', extname from pg_extension where oid >= 16384
                  union all
                  select 'publication', pubname from pg_publication
                  union all
                  select 'event trigger', evtname from pg_event_trigger where oid >= 16384
                    and ('pg_event_trigger'::regclass, oid) not in (select classid, objid from member)
                  union all
                  select 'large object', oid::text from pg_largeobject_metadata
                )
                """;
        var count = inside.list(own + "select count(*) from own", row -> row.getLong(1)).getFirst();
        var names =
                inside.texts(
                        own
                                + "select kind || ' ' || name from own order by kind <> 'table', 1"
                                + " limit "
                                + OBJECTS_NAMED);
        return new Found(count, names);
    }
}
