package io.pgvigil.postgres;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.process.Command;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the tests of this package share: logins to a test server and dumps that end.
final class Servers {
    static final Duration LIMIT = Duration.ofSeconds(60);
    static final DatabaseName POSTGRES = new DatabaseName("postgres");

    private Servers() {}

    static Login superuser(TestServer server) {
        return login(server.port(), TestServer.USER, TestServer.PASSWORD);
    }

    static Login login(int port, String user, String password) {
        return new Login(
                new Endpoint("127.0.0.1", port, user, SslMode.PREFER, Optional.empty()),
                Optional.of(new Secret(password)));
    }

    static ToolSet tools(TestServer server) {
        return Tools.find(Map.of(Tools.BIN_SETTING, server.bin().toString())).sets().getFirst();
    }

    /// A dump's exit status, its bytes and what it said.
    record Dumped(int status, byte[] archive, List<String> stderr) {}

    static Dumped dump(
            TestServer server,
            Login login,
            DatabaseName database,
            Selection selection,
            DumpLimits limits) {
        try (var source = SourceDatabase.connect(superuser(server), database)) {
            return dump(
                    PgDump.dump(
                            tools(server), login, database, selection, source.snapshot(), limits));
        }
    }

    static Dumped dump(Command command) {
        try (var running = Processes.start(command)) {
            var archive = running.stdout().readAllBytes();
            return new Dumped(running.waitFor(LIMIT), archive, running.stderr());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The archive as SQL, through the stock pg_restore.
    static String asSql(TestServer server, byte[] archive, Path folder) {
        try {
            var file = Files.write(folder.resolve("archive.pgdump"), archive);
            var finished =
                    Processes.run(
                            Command.of(
                                    server.bin().resolve("pg_restore").toString(),
                                    "--file=-",
                                    file.toString()),
                            LIMIT);
            if (!finished.succeeded()) throw new IllegalStateException("" + finished.stderr());
            return finished.stdout();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
