package io.pgvigil.task;

import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A standby that streams from a server.
final class Standby implements AutoCloseable {
    private final Restored server;

    private Standby(Restored server) {
        this.server = server;
    }

    static Standby of(TestServer primary) throws IOException, InterruptedException {
        var folder = Files.createTempDirectory(Path.of("/tmp"), "pgvigil-standby-");
        primary.program(
                "pg_basebackup",
                "-D",
                folder.resolve("data").toString(),
                "-X",
                "stream",
                "-c",
                "fast",
                "-R",
                "--no-sync");
        return new Standby(Restored.started(folder));
    }

    ConnectionRef connection(ConnectionRef primary) {
        return new ConnectionRef(
                primary.host(),
                server.port(),
                primary.user(),
                primary.sslMode(),
                primary.sslRootCert(),
                primary.secret());
    }

    String sql(String database, String sql) {
        return server.sql(database, sql);
    }

    void catchUp(TestServer primary) throws InterruptedException {
        var end = primary.sql("postgres", "select pg_current_wal_flush_lsn()");
        while (server.sql("postgres", "select pg_last_wal_replay_lsn() >= '" + end + "'")
                .equals("f")) Thread.sleep(20);
    }

    @Override
    public void close() {
        server.close();
    }
}
