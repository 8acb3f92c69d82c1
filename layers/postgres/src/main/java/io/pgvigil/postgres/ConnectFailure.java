package io.pgvigil.postgres;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// What the JDBC driver's exceptions mean, told by SQLSTATE: a server's messages may be in any language.
public final class ConnectFailure {
    static final String POOLER_HINT =
            "Connect to the server itself: its own host and port, not those of PgBouncer, RDS Proxy or"
                    + " another pooler. A dump needs one session with its own settings and snapshot.";

    private ConnectFailure() {}

    public static Problem explain(SQLException e, Endpoint endpoint, DatabaseName database) {
        var state = String.valueOf(e.getSQLState());
        var message = firstLine(e);
        if (fromPooler(message))
            return new Problem(
                    ErrorCode.POOLER_REFUSED,
                    endpoint + " is a connection pooler: " + message,
                    POOLER_HINT,
                    e);
        // The driver uses one SQLSTATE for "no TLS here" and "no password given".
        if (saidByServer(e) == null && message.contains("SSL") && state.startsWith("08"))
            return new Problem(
                    ErrorCode.SERVER_UNREACHABLE,
                    endpoint + " and we do not agree on TLS: " + message,
                    "Check sslmode and sslrootcert; here sslmode is " + endpoint.sslMode() + ".",
                    false,
                    e);
        return switch (state) {
            case "28P01", "28000", "08004" ->
                    new Problem(
                            ErrorCode.AUTHENTICATION_FAILED,
                            endpoint + " does not let " + endpoint.user() + " in: " + message,
                            "Check the password's source, and that pg_hba.conf admits this user from"
                                    + " this address with this sslmode.",
                            e);
            case "3D000" ->
                    new Problem(
                            ErrorCode.DATABASE_NOT_FOUND,
                            endpoint + " has no database " + quoted(database),
                            "Check the name: psql -l lists them.",
                            e);
            case "42501" ->
                    new Problem(
                            ErrorCode.PRIVILEGE_MISSING,
                            endpoint.user()
                                    + " may not connect to "
                                    + quoted(database)
                                    + ": "
                                    + message,
                            "Run what `pgvigil grants` prints.",
                            e);
            case "40001", "40P01" ->
                    new Problem(
                            ErrorCode.RECOVERY_CONFLICT,
                            "the standby " + endpoint + " cancelled a query: " + message,
                            "It is tried again; hot_standby_feedback or a longer"
                                    + " max_standby_streaming_delay makes it rare.",
                            e);
            default -> {
                if (state.startsWith("08") || state.startsWith("57P") || state.startsWith("53"))
                    yield new Problem(
                            ErrorCode.SERVER_UNREACHABLE,
                            "cannot talk to " + endpoint + ": " + message,
                            "Check host, port, network path and TLS settings, and that the server"
                                    + " accepts connections.",
                            e);
                yield new Problem(
                        ErrorCode.QUERY_FAILED,
                        endpoint + " refused a question: " + message,
                        "Report this together with the server's version.",
                        e);
            }
        };
    }

    private static boolean fromPooler(String message) {
        // PgBouncer, pgcat and Odyssey; then RDS Proxy.
        return message.contains("unsupported startup parameter")
                || message.contains("command-line options");
    }

    private static String firstLine(SQLException e) {
        var server = saidByServer(e);
        var text = server != null ? server.getMessage() : e.getMessage();
        if (text == null) return "no reason given";
        var line = text.lines().findFirst().orElse("");
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }

    private static @Nullable ServerErrorMessage saidByServer(SQLException e) {
        return e instanceof PSQLException psql ? psql.getServerErrorMessage() : null;
    }

    static String quoted(DatabaseName database) {
        return "\"" + database + "\"";
    }
}
