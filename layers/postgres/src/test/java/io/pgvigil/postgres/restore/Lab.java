package io.pgvigil.postgres.restore;

import io.pgvigil.archive.ArchiveReader;
import io.pgvigil.archive.TocEntry;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.testkit.TestServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the tests of restoring share: real servers, real archives.
public final class Lab {
    private Lab() {}

    public static ToolSet tools() {
        return Tools.find(Map.of(Tools.BIN_SETTING, TestServer.newestBin().toString()))
                .sets()
                .getFirst();
    }

    public static Login login(TestServer server) {
        return login(server, TestServer.USER, TestServer.PASSWORD);
    }

    public static Login login(TestServer server, String user, String password) {
        return new Login(
                new Endpoint("127.0.0.1", server.port(), user, SslMode.PREFER, Optional.empty()),
                Optional.of(new Secret(password)));
    }

    /// An archive of a database, and its table of contents.
    public record Archive(Path file, List<TocEntry> toc) {
        TocEntry entry(String title) {
            return toc.stream()
                    .filter(each -> each.title().equals(title))
                    .findFirst()
                    .orElseThrow();
        }
    }

    public static Archive archive(TestServer server, String database, Path folder) {
        var file = folder.resolve(Integer.toHexString(database.hashCode()) + ".pgdump");
        server.program(
                "pg_dump",
                "--format=custom",
                "--compress=0",
                "--file=" + file,
                "--dbname=dbname='" + database.replace("\\", "\\\\").replace("'", "\\'") + "'");
        try (var in = new BufferedInputStream(Files.newInputStream(file))) {
            return new Archive(file, ArchiveReader.open(in).toc());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Globals globals(TestServer server) {
        return Globals.parse(server.program("pg_dumpall", "--globals-only"));
    }
}
