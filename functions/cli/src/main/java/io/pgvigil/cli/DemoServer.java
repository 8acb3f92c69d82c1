package io.pgvigil.cli;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.Libpq;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.sandbox.Sandbox;
import io.pgvigil.postgres.sandbox.SandboxShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A throw-away PostgreSQL with something in it.
final class DemoServer implements AutoCloseable {
    private static final Duration LOAD_LIMIT = Duration.ofMinutes(5);
    private static final ByteSize MEMORY = ByteSize.of(256L << 20);

    private final ToolSet tools;
    private final Path folder;
    private final Sandbox server;

    private DemoServer(ToolSet tools, Path folder, Sandbox server) {
        this.tools = tools;
        this.folder = folder;
        this.server = server;
    }

    static DemoServer start(ToolSet tools, Path folder) {
        return new DemoServer(
                tools,
                folder,
                Sandbox.start(
                        tools,
                        SandboxShape.utf8().withSuperuser("postgres"),
                        folder.resolve("server"),
                        MEMORY));
    }

    Login login() {
        return server.login();
    }

    /// Runs scripts of the program's own.
    void load(String... names) throws IOException {
        var arguments = new ArrayList<String>();
        for (var name : names) {
            var file = folder.resolve(name);
            try (var sql = resource(name)) {
                Files.copy(sql, file);
            }
            arguments.add("--file=" + file);
        }
        psql("postgres", arguments);
    }

    void sql(String database, String statement) {
        psql(database, List.of("--command=" + statement));
    }

    private void psql(String database, List<String> arguments) {
        var argv = new ArrayList<String>();
        argv.add(tools.program("psql").toString());
        argv.addAll(List.of("-X", "-q", "-v", "ON_ERROR_STOP=1"));
        argv.addAll(Libpq.arguments(login()));
        argv.add("--dbname=" + database);
        argv.addAll(arguments);
        var done = Processes.run(new Command(argv, Libpq.environment(login())), LOAD_LIMIT);
        if (!done.succeeded())
            throw new Problem(
                    ErrorCode.INTERNAL,
                    "the demo database could not be changed: " + String.join("\n", done.stderr()),
                    "This is a defect of ours.");
    }

    private static InputStream resource(String name) {
        var found = DemoServer.class.getResourceAsStream("/demo/" + name);
        if (found == null) throw new IllegalStateException("the program lacks its demo/" + name);
        return found;
    }

    @Override
    public void close() {
        server.close();
    }
}
