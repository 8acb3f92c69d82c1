package io.pgvigil.postgres.physical;

import io.pgvigil.core.connect.Login;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.Libpq;
import io.pgvigil.postgres.ToolSet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// The commands that copy a server.
///
/// The WAL from the copy's begin to its end comes with it, fetched by the server itself at the end: so
/// the archive is whole and restores without anything else. Somebody has to keep that WAL on the server
/// meanwhile; see [HeldWal].
public final class PgBasebackup {
    private PgBasebackup() {}

    /// One tar archive to stdout, its backup_manifest last. For servers without further tablespaces.
    public static Command toStdout(ToolSet tools, Login login, String label) {
        return command(tools, login, label, "-");
    }

    /// A tar archive for each tablespace, and backup_manifest, into a folder that is empty or not there.
    public static Command toFolder(ToolSet tools, Login login, String label, Path folder) {
        return command(tools, login, label, folder.toString());
    }

    private static Command command(ToolSet tools, Login login, String label, String target) {
        var argv = new ArrayList<String>();
        argv.add(tools.program("pg_basebackup").toString());
        argv.addAll(
                List.of(
                        "--pgdata=" + target,
                        "--format=tar",
                        "--wal-method=fetch",
                        "--checkpoint=fast",
                        "--manifest-checksums=CRC32C",
                        "--label=" + label,
                        "--no-sync"));
        argv.addAll(Libpq.arguments(login));
        return new Command(argv, new LinkedHashMap<>(Libpq.environment(login)));
    }
}
