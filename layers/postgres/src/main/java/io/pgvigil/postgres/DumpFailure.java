package io.pgvigil.postgres;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a failed pg_dump or pg_dumpall meant.
///
/// The programs print no SQLSTATE, so this reads their English words. A server whose `lc_messages` is
/// another language only a superuser can overrule: then the last line is shown as it is, and the problem
/// is [ErrorCode#DUMP_FAILED].
public final class DumpFailure {
    private static final int SIGNAL_BASE = 128;
    private static final int SIGINT = 2;
    private static final int SIGKILL = 9;
    private static final int SIGPIPE = 13;
    private static final int SIGTERM = 15;

    /// Enough for a message, too little for a row that a message quotes.
    private static final int QUOTED_LENGTH = 300;

    private static final String GRANTS_HINT =
            "Run what `pgvigil grants` prints for this server as a superuser, then try again.";

    private DumpFailure() {}

    /// A sign in stderr and what it means; the first that is found wins, so causes come before effects.
    private record Sign(Pattern pattern, Function<Said, Problem> meaning) {}

    /// What the program said, and the place in it that was recognised.
    private record Said(String all, Matcher match) {
        String line() {
            var from = all.lastIndexOf('\n', match.start()) + 1;
            var to = all.indexOf('\n', match.end());
            return shorten(all.substring(from, to < 0 ? all.length() : to));
        }

        String group(String name) {
            return match.group(name);
        }
    }

    private static final List<Sign> SIGNS =
            List.of(
                    sign(
                            "server version mismatch(?s:.*?)server version: (?<server>[^\\s;]+).*?version:"
                                    + " (?<tool>\\S+)",
                            said ->
                                    problem(
                                            ErrorCode.TOOL_TOO_OLD,
                                            "pg_dump "
                                                    + said.group("tool")
                                                    + " cannot read a server of version "
                                                    + said.group("server"),
                                            Tools.installHint(
                                                    ServerVersion.parse(said.group("server"))
                                                            .major()))),
                    sign(
                            "password authentication failed|no password supplied|no pg_hba.conf entry"
                                    + "|authentication failed for user|role \".*\" does not exist"
                                    + "|role \".*\" is not permitted to log in|pg_hba.conf rejects",
                            said ->
                                    problem(
                                            ErrorCode.AUTHENTICATION_FAILED,
                                            "the server does not let us in: " + said.line(),
                                            "Check the password's source, and that pg_hba.conf admits"
                                                    + " this user from this address with this"
                                                    + " sslmode.")),
                    sign(
                            "FATAL: +database (?<name>\".*\") does not exist",
                            said ->
                                    problem(
                                            ErrorCode.DATABASE_NOT_FOUND,
                                            "the server has no database " + said.group("name"),
                                            "Check the name: psql -l lists them.")),
                    sign(
                            "row-level security policy for table (?<name>\".*\")",
                            said ->
                                    problem(
                                            ErrorCode.PRIVILEGE_MISSING,
                                            "row security hides rows of table "
                                                    + said.group("name")
                                                    + " from this role",
                                            "The role needs BYPASSRLS. " + GRANTS_HINT)),
                    sign(
                            "unsupported startup parameter|command-line options",
                            said ->
                                    problem(
                                            ErrorCode.POOLER_REFUSED,
                                            "a connection pooler answered: " + said.line(),
                                            ConnectFailure.POOLER_HINT)),
                    sign(
                            "permission denied for (?<what>.+)|must be owner of (?<owned>.+)",
                            said ->
                                    problem(
                                            ErrorCode.PRIVILEGE_MISSING,
                                            "this role may not read everything: " + said.line(),
                                            GRANTS_HINT)),
                    sign(
                            "conflict with recovery",
                            said ->
                                    problem(
                                            ErrorCode.RECOVERY_CONFLICT,
                                            "the standby cancelled the dump to go on with recovery",
                                            "It is tried again; hot_standby_feedback or a longer"
                                                    + " max_standby_streaming_delay makes it rare.")),
                    // pg_dump limits LOCK TABLE by statement_timeout, and nothing else.
                    sign(
                            "due to lock timeout"
                                    + "|due to statement timeout(?s:.{0,200})LOCK TABLE (?<name>.*) IN"
                                    + " ACCESS SHARE",
                            said ->
                                    problem(
                                            ErrorCode.LOCK_TIMEOUT,
                                            said.group("name") == null
                                                    ? "a lock was not granted in time"
                                                    : "the lock on "
                                                            + shorten(said.group("name"))
                                                            + " was not granted in time",
                                            "It is tried again; look in pg_locks for what holds the"
                                                    + " table, often a migration, or allow a longer"
                                                    + " lock_timeout.")),
                    sign(
                            "invalid snapshot identifier|could not import the requested snapshot"
                                    + "|snapshot \".*\" does not exist",
                            said ->
                                    retry(
                                            ErrorCode.DUMP_FAILED,
                                            "the snapshot was gone before pg_dump could take it over: "
                                                    + said.line(),
                                            "The connection that held it was lost, or pg_dump came to"
                                                    + " another server behind the same name. Name one"
                                                    + " server, not a load balancer.")),
                    sign(
                            "no matching (schemas|tables|extensions) were found",
                            said ->
                                    problem(
                                            ErrorCode.SELECTION_MATCHES_NOTHING,
                                            "a selection matches nothing: " + said.line(),
                                            "Correct the pattern; it is written the way pg_dump"
                                                    + " understands it.")),
                    sign(
                            "No space left on device|could not extend file|disk full",
                            said ->
                                    problem(
                                            ErrorCode.DISK_FULL,
                                            "no space is left: " + said.line(),
                                            "A dump writes no local file, so look first at the"
                                                    + " server's own disk.")),
                    sign(
                            "invalid page in block|could not read blocks? |missing chunk number"
                                    + "|unexpected chunk number|compressed \\w+ data is corrupt"
                                    + "|page verification failed",
                            said ->
                                    problem(
                                            ErrorCode.DUMP_FAILED,
                                            "the source's own data is damaged: " + said.line(),
                                            "Keep every older backup, stop retention for this server,"
                                                    + " and examine the disk; pg_amcheck names the"
                                                    + " damaged tables.")),
                    sign(
                            "invalid memory alloc request size|out of memory|cannot enlarge string"
                                    + " buffer",
                            said ->
                                    problem(
                                            ErrorCode.DUMP_FAILED,
                                            "a value was too large for the memory there is: "
                                                    + said.line(),
                                            "One row written as text must stay below 1 GB; find it"
                                                    + " with pg_column_size, and give the server or"
                                                    + " the task more memory.")),
                    sign(
                            "max_locks_per_transaction|out of shared memory",
                            said ->
                                    problem(
                                            ErrorCode.DUMP_FAILED,
                                            "the server has too few locks for so many tables",
                                            "Raise max_locks_per_transaction on the server and"
                                                    + " restart it.")),
                    sign(
                            "cache lookup failed|could not open relation with OID"
                                    + "|tuple concurrently updated|schema with OID \\d+ does not exist",
                            said ->
                                    retry(
                                            ErrorCode.DUMP_FAILED,
                                            "an object was changed or dropped while it was dumped: "
                                                    + said.line(),
                                            "It is tried again; choose a time without migrations.")),
                    sign(
                            "canceling statement due to user request",
                            said ->
                                    problem(
                                            ErrorCode.DUMP_CANCELLED,
                                            "somebody cancelled the dump on the server",
                                            "Start it again when you are ready.")),
                    sign(
                            "Connection refused|could not connect|could not translate host name"
                                    + "|timeout expired|Connection timed out|No route to host"
                                    + "|Network is unreachable|server closed the connection"
                                    + "|connection not open|SSL SYSCALL|terminating connection"
                                    + "|the database system is (starting|shutting|in recovery|not)"
                                    + "|too many (clients|connections)|connection slots are reserved"
                                    + "|could not receive data from server|Connection reset"
                                    + "|no connection to the server|lost synchronization",
                            said ->
                                    problem(
                                            ErrorCode.SERVER_UNREACHABLE,
                                            "the server cannot be reached or went away: "
                                                    + said.line(),
                                            "Check host, port and network path, and that the server"
                                                    + " runs and accepts connections; then try again.")),
                    sign(
                            "connection to server (?s:.*)failed:",
                            said ->
                                    problem(
                                            ErrorCode.SERVER_UNREACHABLE,
                                            "no connection to the server: " + said.line(),
                                            "Check host, port, network path and TLS settings.")));

    /// The problem behind a failed run. What happened is told with the names the program named, never with
    /// the query or a row.
    public static Problem explain(int exitStatus, List<String> stderrLines) {
        var all = String.join("\n", stderrLines);
        // A signal first: what a killed program managed to say is not why it ended.
        if (exitStatus > SIGNAL_BASE) return killed(exitStatus - SIGNAL_BASE, stderrLines);
        for (var sign : SIGNS) {
            var match = sign.pattern().matcher(all);
            if (match.find()) return sign.meaning().apply(new Said(all, match));
        }
        return problem(
                ErrorCode.DUMP_FAILED,
                "pg_dump ended with exit status " + exitStatus + ": " + lastError(stderrLines),
                "Its whole output is in the run's log.");
    }

    private static Problem killed(int signal, List<String> stderrLines) {
        return switch (signal) {
            case SIGTERM, SIGINT ->
                    problem(
                            ErrorCode.DUMP_CANCELLED,
                            "pg_dump was told to stop (signal " + signal + ")",
                            "Start it again when you are ready.");
            case SIGKILL ->
                    retry(
                            ErrorCode.DUMP_FAILED,
                            "pg_dump was killed (signal 9)",
                            "Most often the machine ran out of memory: give the task more.");
            case SIGPIPE ->
                    retry(
                            ErrorCode.DUMP_FAILED,
                            "pg_dump was cut off because its output was no longer read (signal 13)",
                            "The cause is what stopped the reader; look at the problem before this"
                                    + " one.");
            default ->
                    problem(
                            ErrorCode.DUMP_FAILED,
                            "pg_dump crashed (signal " + signal + "): " + lastError(stderrLines),
                            "Install the newest minor version of the client programs.");
        };
    }

    private static String lastError(List<String> lines) {
        return lines.reversed().stream()
                .filter(line -> line.contains("error:") || line.contains("FATAL"))
                .findFirst()
                .or(() -> lines.isEmpty() ? Optional.empty() : Optional.of(lines.getLast()))
                .map(DumpFailure::shorten)
                .orElse("it said nothing");
    }

    private static String shorten(String text) {
        var line = text.strip().replaceFirst("^\\S*pg_dump(all)?: ", "");
        if (line.length() > QUOTED_LENGTH) line = line.substring(0, QUOTED_LENGTH) + "…";
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }

    private static Sign sign(String pattern, Function<Said, Problem> meaning) {
        return new Sign(Pattern.compile(pattern), meaning);
    }

    private static Problem problem(ErrorCode code, String what, String hint) {
        return new Problem(code, what, hint);
    }

    private static Problem retry(ErrorCode code, String what, String hint) {
        return new Problem(code, what, hint, true, null);
    }
}
