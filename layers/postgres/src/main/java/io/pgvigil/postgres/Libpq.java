package io.pgvigil.postgres;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How PostgreSQL's own programs are told where to connect: names in argv, secrets in the environment.
public final class Libpq {
    /// The name our connections show in `pg_stat_activity`.
    public static final String APPLICATION_NAME = "pgvigil";

    /// Seconds until a server that does not answer counts as unreachable.
    public static final int CONNECT_TIMEOUT_SECONDS = 30;

    // Gateways forget a silent connection, AWS's after 350 seconds; the kernel's own default is two
    // hours.
    private static final int KEEPALIVE_IDLE_SECONDS = 60;

    private Libpq() {}

    /// `--host`, `--port`, `--username` and `--no-password`.
    public static List<String> arguments(Login login) {
        var endpoint = login.endpoint();
        return List.of(
                "--host=" + endpoint.host(),
                "--port=" + endpoint.port(),
                "--username=" + endpoint.user(),
                "--no-password");
    }

    /// The password, TLS and our name. A login with a password shuts out password files, so that a wrong
    /// password fails instead of quietly becoming another one.
    public static Map<String, String> environment(Login login) {
        var environment = new LinkedHashMap<String, String>();
        environment.put("PGAPPNAME", APPLICATION_NAME);
        environment.put("PGCONNECT_TIMEOUT", Integer.toString(CONNECT_TIMEOUT_SECONDS));
        environment.put("PGSSLMODE", login.endpoint().sslMode().libpqName());
        login.endpoint().sslRootCert().ifPresent(file -> environment.put("PGSSLROOTCERT", file));
        login.password()
                .ifPresent(password -> {
                    environment.put("PGPASSWORD", password.reveal());
                    environment.put("PGPASSFILE", "/dev/null");
                });
        return environment;
    }

    /// A connection string that names one database and nothing else, for `--dbname=`.
    ///
    /// Passed bare, a name with `=` or one that starts with `postgresql:` would be read as a connection
    /// string and could lead to another server.
    public static String conninfo(DatabaseName database) {
        return "dbname='"
                + database.value().replace("\\", "\\\\").replace("'", "\\'")
                + "' keepalives_idle="
                + KEEPALIVE_IDLE_SECONDS;
    }
}
