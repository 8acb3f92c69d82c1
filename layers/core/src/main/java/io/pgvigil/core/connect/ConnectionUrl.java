package io.pgvigil.core.connect;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A libpq connection URL: `postgresql://user:password@host:port/database?sslmode=verify-full`.
///
/// What the URL leaves open comes from libpq's environment variables, then from libpq's defaults; only
/// a host that is nowhere named is `localhost`, because a default socket folder differs per build.
/// Problems never repeat the text they found: a wrongly escaped password can show up in any part.
public record ConnectionUrl(
        Endpoint endpoint, Optional<String> database, Optional<Secret> password) {
    public static final int DEFAULT_PORT = 5432;

    // connect_timeout is accepted, so that URLs made for other programs work; our own limits hold.
    private static final Set<String> PARAMETERS =
            Set.of(
                    "sslmode",
                    "sslrootcert",
                    "host",
                    "port",
                    "user",
                    "password",
                    "dbname",
                    "connect_timeout");
    private static final List<String> SCHEMES = List.of("postgresql://", "postgres://");
    private static final String ESCAPE_HINT =
            "In a password, write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25.";
    private static final String FORM_HINT =
            "The form is postgresql://user:password@host:5432/database?sslmode=verify-full.";

    /// Reads a URL; `environment` supplies `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD`,
    /// `PGSSLMODE` and `PGSSLROOTCERT`.
    public static ConnectionUrl parse(String url, Map<String, String> environment) {
        var rest =
                SCHEMES.stream()
                        .filter(url::startsWith)
                        .findFirst()
                        .map(scheme -> url.substring(scheme.length()))
                        .orElseThrow(() ->
                                invalid(
                                        "the connection URL does not start with"
                                                + " postgresql:// or postgres://",
                                        FORM_HINT));

        // The parts, from the outside in: parameters, database, user and password, host and port.
        var question = rest.indexOf('?');
        var query = question < 0 ? "" : rest.substring(question + 1);
        if (question >= 0) rest = rest.substring(0, question);
        var slash = rest.indexOf('/');
        var path = slash < 0 ? "" : rest.substring(slash + 1);
        var authority = slash < 0 ? rest : rest.substring(0, slash);
        if (query.indexOf('@') >= 0 || path.indexOf('@') >= 0)
            throw invalid("the connection URL has an @ after its host", ESCAPE_HINT);
        var at = authority.indexOf('@');
        if (at != authority.lastIndexOf('@'))
            throw invalid("the connection URL has more than one @", ESCAPE_HINT);

        var found = new HashMap<String, String>();
        if (at >= 0) readUser(authority.substring(0, at), found);
        readHost(authority.substring(at + 1), found);
        put(found, "dbname", decode(path, "database"));
        readParameters(query, found);
        return complete(found, environment);
    }

    public Login login() {
        return new Login(endpoint, password);
    }

    private static void readUser(String text, Map<String, String> found) {
        var colon = text.indexOf(':');
        put(found, "user", decode(colon < 0 ? text : text.substring(0, colon), "user"));
        if (colon >= 0) put(found, "password", decode(text.substring(colon + 1), "password"));
    }

    private static void readHost(String text, Map<String, String> found) {
        if (text.indexOf(',') >= 0)
            throw invalid(
                    "the connection URL names more than one host",
                    "Name the one server whose backups these are.");
        var colon = text.indexOf(':');
        if (text.startsWith("[")) {
            var bracket = text.indexOf(']');
            if (bracket < 2 || bracket + 1 < text.length() && text.charAt(bracket + 1) != ':')
                throw invalid(
                        "the IPv6 address of the connection URL is not closed by ]", FORM_HINT);
            put(found, "host", text.substring(1, bracket));
            colon = bracket + 1 < text.length() ? bracket + 1 : -1;
        } else {
            if (colon != text.lastIndexOf(':'))
                throw invalid(
                        "the connection URL has more than one : in its host",
                        "Write an IPv6 address in brackets. " + ESCAPE_HINT);
            put(found, "host", decode(colon < 0 ? text : text.substring(0, colon), "host"));
        }
        if (colon >= 0) put(found, "port", text.substring(colon + 1));
    }

    private static void readParameters(String query, Map<String, String> found) {
        if (query.isEmpty()) return;
        for (var pair : query.split("&", -1)) {
            var equals = pair.indexOf('=');
            if (equals < 1)
                throw invalid(
                        "a parameter of the connection URL has no name or no value", FORM_HINT);
            var name = decode(pair.substring(0, equals), "parameter name");
            if (!PARAMETERS.contains(name)) throw unknown(name);
            put(found, name, decode(pair.substring(equals + 1), name));
        }
    }

    private static Problem unknown(String name) {
        var known = new ArrayList<>(PARAMETERS);
        known.sort(null);
        return invalid(
                name.matches("[a-z_]{1,40}")
                        ? "the connection URL has a parameter that is not known here: " + name
                        : "the connection URL has a parameter that is not known here",
                "Known are " + String.join(", ", known) + "; leave out others.");
    }

    private static ConnectionUrl complete(
            Map<String, String> found, Map<String, String> environment) {
        var host = first(found.get("host"), environment.get("PGHOST")).orElse("localhost");
        if (host.indexOf(',') >= 0)
            throw invalid("more than one host is named", "Name the one server to back up.");
        var port =
                first(found.get("port"), environment.get("PGPORT"))
                        .map(ConnectionUrl::port)
                        .orElse(DEFAULT_PORT);
        var user =
                first(
                                found.get("user"),
                                environment.get("PGUSER"),
                                environment.get("USER"),
                                environment.get("LOGNAME"))
                        .orElseThrow(() ->
                                invalid(
                                        "the connection URL names no user",
                                        "Write postgresql://USER@host/database or set"
                                                + " PGUSER."));
        var sslMode =
                first(found.get("sslmode"), environment.get("PGSSLMODE"))
                        .map(ConnectionUrl::sslMode)
                        .orElse(SslMode.PREFER);
        if (found.containsKey("connect_timeout")
                && !found.get("connect_timeout").matches("[0-9]{1,6}"))
            throw invalid("connect_timeout is not a number of seconds", "Leave it out.");
        return new ConnectionUrl(
                new Endpoint(
                        host,
                        port,
                        user,
                        sslMode,
                        first(found.get("sslrootcert"), environment.get("PGSSLROOTCERT"))),
                first(found.get("dbname"), environment.get("PGDATABASE")),
                first(found.get("password"), environment.get("PGPASSWORD")).map(Secret::new));
    }

    private static int port(String text) {
        if (text.matches("[0-9]{1,5}")) {
            var port = Integer.parseInt(text);
            if (port >= 1 && port <= 65_535) return port;
        }
        throw invalid("the port is not a number between 1 and 65535", ESCAPE_HINT);
    }

    private static SslMode sslMode(String text) {
        return SslMode.of(text)
                .orElseThrow(() ->
                        invalid(
                                "sslmode is not one that libpq knows",
                                "Use disable, allow, prefer, require, verify-ca or"
                                        + " verify-full."));
    }

    private static void put(Map<String, String> found, String name, String value) {
        if (!value.isEmpty()) found.put(name, value);
    }

    // An empty value counts as absent, as it does for libpq.
    private static Optional<String> first(@Nullable String... candidates) {
        for (var candidate : candidates)
            if (candidate != null && !candidate.isEmpty()) return Optional.of(candidate);
        return Optional.empty();
    }

    private static String decode(String text, String part) {
        var source = text.getBytes(StandardCharsets.UTF_8);
        var bytes = ByteBuffer.allocate(source.length);
        for (var i = 0; i < source.length; i++) {
            if (source[i] != '%') {
                bytes.put(source[i]);
                continue;
            }
            var high = i + 2 < source.length ? Character.digit(source[i + 1], 16) : -1;
            var low = i + 2 < source.length ? Character.digit(source[i + 2], 16) : -1;
            if (high < 0 || low < 0 || high == 0 && low == 0)
                throw invalid(
                        "the "
                                + part
                                + " in the connection URL has a % that is not followed by the two"
                                + " hexadecimal digits of a character",
                        ESCAPE_HINT);
            bytes.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw invalid(
                    "the " + part + " in the connection URL is not UTF-8 once decoded",
                    "Percent-encode the bytes of the UTF-8 form.");
        }
    }

    private static Problem invalid(String what, String hint) {
        return new Problem(ErrorCode.CONNECTION_URL_INVALID, what, hint);
    }
}
