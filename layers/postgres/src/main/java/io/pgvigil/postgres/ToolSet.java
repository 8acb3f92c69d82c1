package io.pgvigil.postgres;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.nio.file.Files;
import java.nio.file.Path;

/// One folder of PostgreSQL's programs, all of one version.
///
/// @param hasServer whether `initdb`, `postgres` and `pg_ctl` are there, so that a sandbox can be made
public record ToolSet(Path bin, ServerVersion version, boolean hasServer) {

    /// Where a program of this set lies; a set without it is a problem that names the package.
    public Path program(String name) {
        var path = bin.resolve(name);
        if (!Files.isExecutable(path))
            throw new Problem(
                    ErrorCode.PROGRAM_MISSING,
                    name + " is missing from " + bin,
                    Tools.installHint(version.major()));
        return path;
    }

    public boolean has(String name) {
        return Files.isExecutable(bin.resolve(name));
    }

    /// Whether these programs were released before the server. Such a dump is made and said; only a
    /// drill may call it proven: an older minor can write archives that do not restore.
    public boolean olderThan(ServerVersion server) {
        return version.compareTo(server) < 0;
    }
}
