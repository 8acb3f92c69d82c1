package io.pgvigil.postgres;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.sql.SQLException;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/// How the driver is told about a login; the same for sources, targets and sandboxes.
public final class Jdbc {
    private static final int CONNECT_SECONDS = 15;
    private static final int LOGIN_SECONDS = 30;

    private Jdbc() {}

    /// A data source with limits on connecting and TLS as the endpoint says. Over TCP only: the driver
    /// knows no Unix sockets.
    public static PGSimpleDataSource source(Login login, DatabaseName database)
            throws SQLException {
        var endpoint = login.endpoint();
        if (endpoint.isUnixSocket())
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "connecting through the socket folder " + endpoint.host() + " is not supported",
                    "Connect over TCP, for example to localhost; listen_addresses = 'localhost' is"
                            + " enough for that.");
        var source = new PGSimpleDataSource();
        var host = endpoint.host();
        source.setServerNames(
                new String[] {
                    host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host
                });
        source.setPortNumbers(new int[] {endpoint.port()});
        source.setDatabaseName(database.value());
        source.setUser(endpoint.user());
        // Never null: without a password the driver would go and look for files by itself.
        source.setPassword(login.password().map(secret -> secret.reveal()).orElse(""));
        source.setApplicationName(Libpq.APPLICATION_NAME);
        source.setConnectTimeout(CONNECT_SECONDS);
        source.setLoginTimeout(LOGIN_SECONDS);
        source.setTcpKeepAlive(true);
        source.setProperty(PGProperty.SSL_MODE, endpoint.sslMode().libpqName());
        if (endpoint.sslRootCert().isPresent()) {
            var file = endpoint.sslRootCert().get();
            if (file.equals("system"))
                source.setProperty(
                        PGProperty.SSL_FACTORY, "org.postgresql.ssl.DefaultJavaSSLFactory");
            else source.setProperty(PGProperty.SSL_ROOT_CERT, file);
        }
        return source;
    }
}
