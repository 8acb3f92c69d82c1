package io.pgvigil.postgres.restore;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.Libpq;
import io.pgvigil.postgres.ToolSet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The commands that fill a target.
public final class PgRestore {
    // Settings of the target's database or role that change what archived text means, or stop a
    // restore.
    // Money was written with lc_monetary = C, intervals in PostgreSQL's own style; with array_nulls
    // off a
    // NULL in an array would become the word.
    private static final String PINNED =
            String.join(
                    " ",
                    "-c lc_monetary=C",
                    "-c IntervalStyle=postgres",
                    "-c DateStyle=ISO",
                    "-c array_nulls=on",
                    "-c transform_null_equals=off",
                    "-c default_transaction_read_only=off",
                    "-c default_transaction_isolation=read\\ committed",
                    "-c statement_timeout=0",
                    "-c lock_timeout=0",
                    "-c idle_in_transaction_session_timeout=0");

    // Only a superuser may set these. English messages are what causes are told by; a library that
    // a
    // database's setting preloads and that is not here would refuse every connection.
    private static final String PINNED_AS_SUPERUSER =
            " -c lc_messages=C -c session_preload_libraries= -c session_replication_role=origin";

    private PgRestore() {}

    /// How pg_restore is to run.
    ///
    /// @param clean `--clean --if-exists`: drops what the archive is about to make. Never without the
    ///     owner's consent
    /// @param list the entries to restore, as [#list] writes them; all when absent
    /// @param superuser whether the login is one, so that more can be pinned
    public record Manner(int jobs, boolean clean, Optional<Path> list, boolean superuser) {
        public Manner {
            if (jobs < 1) throw new IllegalArgumentException("a restore needs a job, had " + jobs);
        }

        public Manner(int jobs) {
            this(jobs, false, Optional.empty(), false);
        }
    }

    /// Restores an archive file. Errors do not stop it: they are counted, read and explained. Verbose,
    /// because only then does it name the entry of an error.
    public static Command restore(
            ToolSet tools, Login login, DatabaseName database, Path archive, Manner manner) {
        var argv = new ArrayList<String>();
        argv.add(tools.program("pg_restore").toString());
        argv.add("--verbose");
        argv.add("--jobs=" + manner.jobs());
        if (manner.clean()) argv.addAll(List.of("--clean", "--if-exists"));
        manner.list().ifPresent(list -> argv.add("--use-list=" + list));
        argv.addAll(Libpq.arguments(login));
        argv.add("--dbname=" + Libpq.conninfo(database));
        argv.add(archive.toString());
        return new Command(argv, environment(login, manner.superuser()));
    }

    /// What an archive holds in one schema, all of it or nothing, for whoever logs in and nobody else. The
    /// schema has to be there.
    public static Command alone(
            ToolSet tools, Login login, DatabaseName database, String schema, Path archive) {
        var argv = new ArrayList<String>();
        argv.add(tools.program("pg_restore").toString());
        argv.addAll(
                List.of(
                        "--single-transaction",
                        "--exit-on-error",
                        "--no-owner",
                        "--no-privileges",
                        "--no-tablespaces",
                        "--no-security-labels",
                        "--no-publications",
                        "--no-subscriptions",
                        "--schema=" + schema));
        argv.addAll(Libpq.arguments(login));
        argv.add("--dbname=" + Libpq.conninfo(database));
        argv.add(archive.toString());
        return new Command(argv, environment(login, false));
    }

    /// Gathers planner statistics, which archives do not hold.
    public static Command analyze(
            ToolSet tools, Login login, DatabaseName database, int jobs, boolean superuser) {
        var argv = new ArrayList<String>();
        argv.add(tools.program("vacuumdb").toString());
        argv.addAll(List.of("--analyze-only", "--quiet", "--jobs=" + jobs));
        argv.addAll(Libpq.arguments(login));
        argv.add("--dbname=" + Libpq.conninfo(database));
        return new Command(argv, environment(login, superuser));
    }

    /// A list for `--use-list`, in the form `pg_restore --list` prints. Only the number counts; the rest
    /// is for people.
    public static String list(Collection<TocEntry> entries) {
        var list = new StringBuilder();
        for (var entry : entries)
            list.append(entry.dumpId())
                    .append("; ")
                    .append(entry.tableOid())
                    .append(' ')
                    .append(entry.oid())
                    .append(' ')
                    // A name may hold a line feed, which would begin a new line of the list.
                    .append(
                            (entry.desc()
                                            + " "
                                            + entry.namespace().orElse("-")
                                            + " "
                                            + entry.tag()
                                            + " "
                                            + entry.owner())
                                    .replaceAll("[\\r\\n;]", " "))
                    .append('\n');
        return list.toString();
    }

    private static Map<String, String> environment(Login login, boolean superuser) {
        var environment = new LinkedHashMap<>(Libpq.environment(login));
        environment.put("PGOPTIONS", superuser ? PINNED + PINNED_AS_SUPERUSER : PINNED);
        return environment;
    }
}
