package io.pgvigil.task.physical;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What PostgreSQL's own program says of a restored data folder in which no server was started yet.
final class PgVerifybackup {
    private static final Duration LIMIT = Duration.ofHours(12);

    private final ToolSet programs;

    private PgVerifybackup(ToolSet programs) {
        this.programs = programs;
    }

    /// That of the source's major; empty where it is not installed.
    static Optional<PgVerifybackup> of(Tools tools, Manifest manifest) {
        return tools.sets().stream()
                .filter(one -> one.version().major() == manifest.shape().major())
                .filter(one -> one.has("pg_verifybackup"))
                .max(Comparator.comparing(ToolSet::version))
                .map(PgVerifybackup::new);
    }

    /// It reads the base's own WAL through pg_waldump.
    boolean readsWal() {
        return programs.has("pg_waldump");
    }

    void verify(Path data, Manifest manifest) {
        var argv =
                new ArrayList<>(
                        List.of(
                                programs.program("pg_verifybackup").toString(),
                                "--quiet",
                                // Says where tablespaces are, and they are elsewhere now.
                                "--ignore=tablespace_map"));
        if (!readsWal()) argv.add("--no-parse-wal");
        argv.add(data.toString());
        var finished = Processes.run(new Command(argv, Map.of()), LIMIT);
        if (!finished.succeeded())
            throw new Problem(
                    ErrorCode.OBJECT_DAMAGED,
                    "pg_verifybackup found that "
                            + manifest.backup()
                            + " is not what the server copied: "
                            + finished.stderr().stream().findFirst().orElse("no reason"),
                    "Restore from another backup.");
    }
}
