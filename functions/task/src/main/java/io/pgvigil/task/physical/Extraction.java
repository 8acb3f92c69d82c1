package io.pgvigil.task.physical;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Takes tables out of a throw-away database: into a schema of their own, without what ties them to the
/// rest.
///
/// Indexes, primary keys, checks, comments, identity and the sequences that belong to columns move along.
/// What would reach outside is taken off, and each piece is named.
final class Extraction {
    private final Connection connection;
    private final String schema;
    private final List<String> left = new ArrayList<>();
    private final Map<Long, String> chosen = new LinkedHashMap<>();

    Extraction(Connection connection, String schema) {
        this.connection = connection;
        this.schema = schema;
    }

    /// Finds the tables and their partitions, and changes nothing yet.
    ///
    /// @return their names with their schemas, in quotes
    List<String> choose(List<String> tables) throws SQLException {
        for (var table : tables) choose(table);
        requireDifferentNames();
        return List.copyOf(chosen.values());
    }

    /// What does not come along, in words.
    List<String> take() throws SQLException {
        // Nothing of the source's own is asked about these commands.
        execute("set session_replication_role = replica");
        detach(ids());
        makeRoom();
        for (var oid : chosen.keySet()) move(oid);
        return left;
    }

    private String ids() {
        return chosen.keySet().stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private void choose(String table) throws SQLException {
        var found = rows("select to_regclass(" + literal(table) + ")::oid::bigint", 1);
        if (found.isEmpty() || found.getFirst().getFirst() == null)
            throw new Problem(
                    ErrorCode.SELECTION_MATCHES_NOTHING,
                    "there was no table " + table + " at that moment",
                    "Name it as SQL does: app.orders, or app.\"Orders\" where capitals count. An earlier"
                            + " moment may have it.");
        var oid = found.getFirst().getFirst();
        var kind =
                rows("select relkind, relpersistence from pg_class where oid = " + oid, 2)
                        .getFirst();
        if (!"rp".contains(kind.getFirst()))
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    table + " is no table",
                    "Views and foreign tables hold no rows of their own: take their tables.");
        if (kind.getLast().equals("u"))
            left.add(table + " is unlogged: no backup of files holds its rows");
        // A partitioned table is its partitions.
        for (var one :
                rows(
                        "select c.oid::bigint, nspname, relname from pg_class c join pg_namespace n on n.oid ="
                                + " relnamespace where c.oid = "
                                + oid
                                + " or c.oid in (select relid from pg_partition_tree("
                                + oid
                                + "))",
                        3))
            chosen.putIfAbsent(
                    Long.parseLong(one.getFirst()), quoted(one.get(1)) + "." + quoted(one.get(2)));
    }

    private void requireDifferentNames() throws SQLException {
        for (var one :
                rows(
                        "select relname, string_agg(oid::regclass::text, ' and ') from pg_class where oid in ("
                                + ids()
                                + ") group by relname having count(*) > 1",
                        2))
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    one.getLast() + " cannot both be called " + one.getFirst() + " in one schema",
                    "Rescue them one after the other, into two schemas.");
    }

    /// Takes off what leads elsewhere.
    private void detach(String ids) throws SQLException {
        for (var key :
                rows(
                        "select conrelid::regclass, quote_ident(conname), confrelid::regclass from pg_constraint"
                                + " where contype = 'f' and conparentid = 0 and conrelid in ("
                                + ids
                                + ") and confrelid not in ("
                                + ids
                                + ")",
                        3)) {
            execute("alter table " + key.get(0) + " drop constraint " + key.get(1));
            left.add("foreign key " + key.get(1) + " of " + key.get(0) + ", to " + key.get(2));
        }
        for (var trigger :
                rows(
                        "select tgrelid::regclass, quote_ident(tgname) from pg_trigger t where not tgisinternal"
                                + " and tgrelid in ("
                                + ids
                                + ") and not exists (select from pg_depend d where d.classid ="
                                + " 'pg_trigger'::regclass and d.objid = t.oid and d.deptype in ('P', 'S'))",
                        2)) {
            execute("drop trigger " + trigger.get(1) + " on " + trigger.get(0));
            left.add("trigger " + trigger.get(1) + " of " + trigger.get(0));
        }
        for (var rule :
                rows(
                        "select ev_class::regclass, quote_ident(rulename) from pg_rewrite where ev_class in ("
                                + ids
                                + ")",
                        2)) {
            execute("drop rule " + rule.get(1) + " on " + rule.get(0));
            left.add("rule " + rule.get(1) + " of " + rule.get(0));
        }
        for (var policy :
                rows(
                        "select polrelid::regclass, quote_ident(polname) from pg_policy where polrelid in ("
                                + ids
                                + ")",
                        2)) {
            execute("drop policy " + policy.get(1) + " on " + policy.get(0));
            left.add("row security policy " + policy.get(1) + " of " + policy.get(0));
        }
        for (var secured :
                rows(
                        "select oid::regclass from pg_class where (relrowsecurity or relforcerowsecurity) and oid"
                                + " in ("
                                + ids
                                + ")",
                        1))
            execute(
                    "alter table "
                            + secured.getFirst()
                            + " disable row level security, no force row level security");
        for (var parent :
                rows(
                        "select inhrelid::regclass, inhparent::regclass, c.relispartition from pg_inherits join"
                                + " pg_class c on c.oid = inhrelid where inhrelid in ("
                                + ids
                                + ") and inhparent not in ("
                                + ids
                                + ")",
                        3)) {
            execute(
                    parent.get(2).equals("t")
                            ? "alter table " + parent.get(1) + " detach partition " + parent.get(0)
                            : "alter table " + parent.get(0) + " no inherit " + parent.get(1));
            left.add("that " + parent.get(0) + " is part of " + parent.get(1));
        }
        // A sequence of its own would be used up in the database that is in use.
        for (var value :
                rows(
                        "select d.adrelid::regclass, quote_ident(a.attname), s.oid::regclass from pg_attrdef d"
                                + " join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum"
                                + " join pg_depend p on p.classid = 'pg_attrdef'::regclass and p.objid = d.oid"
                                + " and p.refclassid = 'pg_class'::regclass"
                                + " join pg_class s on s.oid = p.refobjid and s.relkind = 'S'"
                                + " where d.adrelid in ("
                                + ids
                                + ") and not exists (select from pg_depend o where o.classid ="
                                + " 'pg_class'::regclass and o.objid = s.oid and o.refclassid ="
                                + " 'pg_class'::regclass and o.refobjid in ("
                                + ids
                                + ") and o.deptype in ('a', 'i'))",
                        3)) {
            execute(
                    "alter table "
                            + value.get(0)
                            + " alter column "
                            + value.get(1)
                            + " drop default");
            left.add(
                    "default of column "
                            + value.get(1)
                            + " of "
                            + value.get(0)
                            + ", which takes from sequence "
                            + value.get(2));
        }
        for (var owner :
                rows(
                        "select oid::regclass, pg_get_userbyid(relowner) from pg_class where oid in ("
                                + ids
                                + ") and not relispartition",
                        2))
            left.add("owner and privileges of " + owner.get(0) + "; the owner was " + owner.get(1));
        left.replaceAll(
                line -> line.contains("is unlogged") ? line : "does not come along: " + line);
    }

    private void makeRoom() throws SQLException {
        // The name may have been in use then.
        if (!rows("select 1 from pg_namespace where nspname = " + literal(schema), 1).isEmpty())
            execute("alter schema " + quoted(schema) + " rename to \"pgvigil: was there before\"");
        execute("create schema " + quoted(schema));
    }

    private void move(long oid) throws SQLException {
        for (var statistics :
                rows(
                        "select quote_ident(n.nspname) || '.' || quote_ident(stxname) from pg_statistic_ext join"
                                + " pg_namespace n on n.oid = stxnamespace where stxrelid = "
                                + oid,
                        1))
            execute("alter statistics " + statistics.getFirst() + " set schema " + quoted(schema));
        var name = rows("select " + oid + "::regclass::text", 1).getFirst().getFirst();
        execute("alter table " + name + " set schema " + quoted(schema));
    }

    private void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    private List<List<String>> rows(String sql, int columns) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            try (var found = statement.executeQuery(sql)) {
                var rows = new ArrayList<List<String>>();
                while (found.next()) {
                    var row = new ArrayList<String>();
                    for (var i = 1; i <= columns; i++) row.add(found.getString(i));
                    rows.add(row);
                }
                return rows;
            }
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static String literal(String text) {
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
