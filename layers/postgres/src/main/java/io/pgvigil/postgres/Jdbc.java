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

    /// A data source with limits on connecting and TLS as the endpoint says. Over TCP; the folder of a
    /// Unix socket is for servers of our own, see [#ours].
    public static PGSimpleDataSource source(Login login, DatabaseName database)
            throws SQLException {
        var endpoint = login.endpoint();
        if (endpoint.isUnixSocket())
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "connecting through the socket folder " + endpoint.host() + " is not supported",
                    "Connect over TCP, for example to localhost; listen_addresses = 'localhost' is"
                            + " enough for that.");
        var host = endpoint.host();
        return source(
                login,
                database,
                host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host);
    }

    /// The same for a temporary server, which may listen on a Unix socket alone. Nothing waits there for
    /// a network, so no read has a limit.
    public static PGSimpleDataSource ours(Login login, DatabaseName database) throws SQLException {
        var endpoint = login.endpoint();
        if (!endpoint.isUnixSocket()) return source(login, database);
        var source = source(login, database, "localhost");
        source.setSslMode("disable");
        source.setProperty(PGProperty.SOCKET_FACTORY, UnixSocketFactory.class.getName());
        source.setProperty(
                PGProperty.SOCKET_FACTORY_ARG, endpoint.host() + "/.s.PGSQL." + endpoint.port());
        return source;
    }

    private static PGSimpleDataSource source(Login login, DatabaseName database, String host)
            throws SQLException {
        var endpoint = login.endpoint();
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {host});
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
