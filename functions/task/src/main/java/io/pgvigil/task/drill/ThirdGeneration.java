package io.pgvigil.task.drill;

import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.process.Command;
import io.pgvigil.postgres.DumpFailure;
import io.pgvigil.postgres.DumpLimits;
import io.pgvigil.postgres.PgDump;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.SourceDatabase;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.restore.Restoration;
import io.pgvigil.postgres.restore.RestoreOptions;
import io.pgvigil.postgres.restore.RestoreTarget;
import io.pgvigil.task.WorkFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// Restores the definitions of a restored database once more, and dumps them: what the server
/// rewrote the first time it must leave alone the second time.
final class ThirdGeneration {
    private static final Duration EXIT_LIMIT = Duration.ofMinutes(1);
    private static final DatabaseName SCRATCH = new DatabaseName("pgvigil_third_generation");

    private final ToolSet tools;
    private final TemporaryInstance instance;
    private final WorkFolder folder;

    ThirdGeneration(TemporaryInstance instance, WorkFolder folder) {
        this.tools = instance.tools();
        this.instance = instance;
        this.folder = folder;
    }

    ArchiveFacts of(DatabaseName restored) {
        var file = folder.newFile("definitions");
        write(restored, file);
        var second = definitionsOf(restored);
        new Restoration(tools)
                .restore(
                        file,
                        second.entries(),
                        RestoreTarget.create(instance.login(), SCRATCH),
                        RestoreOptions.standard(folder.path()));
        return definitionsOf(SCRATCH);
    }

    private ArchiveFacts definitionsOf(DatabaseName database) {
        try (var source = SourceDatabase.connect(instance.login(), database)) {
            return DatabaseDrill.dumped(command(database, source));
        }
    }

    private void write(DatabaseName database, Path file) {
        try (var source = SourceDatabase.connect(instance.login(), database);
                var running = Processes.start(command(database, source));
                var out = Files.newOutputStream(file)) {
            running.stdout().transferTo(out);
            var status = running.waitFor(EXIT_LIMIT);
            if (status != 0) throw DumpFailure.explain(status, running.stderr());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Command command(DatabaseName database, SourceDatabase source) {
        return PgDump.dump(
                        tools,
                        instance.login(),
                        database,
                        Selection.EVERYTHING,
                        source.snapshot(),
                        DumpLimits.STANDARD)
                .with("--schema-only");
    }
}
