package io.pgvigil.postgres;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.process.Command;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The commands that read a source: one database as an archive, and the cluster's globals as SQL. Both
/// write to stdout and ask for nothing.
public final class PgDump {
    // Settings that change what pg_dump writes and that it does not fix by itself: two servers that
    // differ
    // in one would give different archives of equal databases. Client options beat role and
    // database
    // settings. The last two keep a server's own limits from ending a long dump.
    private static final String PINNED =
            String.join(
                    " ",
                    "-c TimeZone=UTC",
                    "-c bytea_output=hex",
                    "-c lc_monetary=C",
                    "-c quote_all_identifiers=off",
                    "-c statement_timeout=0",
                    "-c idle_in_transaction_session_timeout=0");

    private PgDump() {}

    /// The dump of one database as the snapshot sees it: custom format, uncompressed, to stdout.
    ///
    /// Row security is never enabled: that would turn "may not see every row" from a failure into a dump
    /// of the visible rows.
    public static Command dump(
            ToolSet tools,
            Login login,
            DatabaseName database,
            Selection selection,
            String snapshot,
            DumpLimits limits) {
        var argv = new ArrayList<String>();
        argv.add(tools.program("pg_dump").toString());
        argv.addAll(List.of("--format=custom", "--compress=0"));
        argv.addAll(Libpq.arguments(login));
        argv.add("--snapshot=" + snapshot);
        argv.add("--lock-wait-timeout=" + limits.lockWait().toMillis());
        // From 18 an archive can carry planner statistics: numbers of the moment, and no two dumps
        // agree.
        if (tools.version().major() >= 18) argv.add("--no-statistics");
        argv.addAll(selected(selection));
        argv.add("--dbname=" + Libpq.conninfo(database));
        return new Command(argv, environment(login));
    }

    /// Roles, memberships, tablespaces and settings per role, as SQL to stdout.
    ///
    /// @param database where to connect
    /// @param withPasswords false where `pg_authid` is closed to the role ([RoleFacts#readsPasswords])
    public static Command globals(
            ToolSet tools, Login login, DatabaseName database, boolean withPasswords) {
        var argv = new ArrayList<String>();
        argv.add(tools.program("pg_dumpall").toString());
        argv.add("--globals-only");
        if (!withPasswords) argv.add("--no-role-passwords");
        argv.addAll(Libpq.arguments(login));
        argv.add("--database=" + Libpq.conninfo(database));
        return new Command(argv, environment(login));
    }

    private static List<String> selected(Selection selection) {
        var arguments = new ArrayList<String>();
        selection.schemas().forEach(pattern -> arguments.add("--schema=" + pattern));
        selection.excludeSchemas().forEach(pattern -> arguments.add("--exclude-schema=" + pattern));
        selection.tables().forEach(pattern -> arguments.add("--table=" + pattern));
        selection.excludeTables().forEach(pattern -> arguments.add("--exclude-table=" + pattern));
        selection
                .excludeTableData()
                .forEach(pattern -> arguments.add("--exclude-table-data=" + pattern));
        // Without it pg_dump is content when one of several patterns matches something.
        if (!selection.schemas().isEmpty() || !selection.tables().isEmpty())
            arguments.add("--strict-names");
        return arguments;
    }

    private static Map<String, String> environment(Login login) {
        var environment = new LinkedHashMap<>(Libpq.environment(login));
        environment.put("PGOPTIONS", PINNED);
        return environment;
    }
}
