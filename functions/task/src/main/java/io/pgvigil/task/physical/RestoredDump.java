package io.pgvigil.task.physical;

import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.Fingerprint;
import io.pgvigil.archive.facts.TableFacts;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.restore.Globals;
import io.pgvigil.postgres.restore.Restoration;
import io.pgvigil.postgres.restore.RestoreOptions;
import io.pgvigil.postgres.sandbox.Sandbox;
import io.pgvigil.task.Progress;
import io.pgvigil.task.StoredBackup;
import io.pgvigil.task.WorkFolder;
import io.pgvigil.task.drill.DatabaseDrill;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A throw-away server with a whole logical backup in it.
///
/// Whole, because a table needs types, functions and operators, and only the server knows which.
final class RestoredDump implements AutoCloseable {
    private final Sandbox sandbox;
    private final ArchiveFacts original;
    private final List<String> errors;

    private RestoredDump(Sandbox sandbox, ArchiveFacts original, List<String> errors) {
        this.sandbox = sandbox;
        this.original = original;
        this.errors = errors;
    }

    /// The space that it takes: the archive once and the database once.
    static long space(Manifest manifest) {
        var totals = manifest.totals();
        return totals.archiveBytes() + totals.databaseBytes() * 5 / 4 + DatabaseDrill.SANDBOX_BASE;
    }

    static RestoredDump in(
            WorkFolder folder,
            ObjectReader store,
            Manifest manifest,
            ToolSet set,
            ByteSize memory,
            int jobs,
            Progress progress) {
        var backup = new StoredBackup(store, manifest, progress);
        var globals = Globals.parse(backup.globals());
        var archive = folder.newFile("archive");
        var original = backup.spool(archive);
        progress.stage("restore", manifest.database().value(), 0);
        var sandbox =
                Sandbox.start(set, DatabaseDrill.shape(manifest, original), folder.path(), memory);
        try {
            var outcome =
                    new Restoration(set)
                            .restore(
                                    archive,
                                    original.entries(),
                                    DatabaseDrill.target(sandbox.login(), manifest),
                                    RestoreOptions.standard(folder.path())
                                            .withJobs(jobs)
                                            .withGlobals(globals, Globals.Permission.all(sandbox)));
            if (!outcome.finished())
                throw new Problem(
                        ErrorCode.RESTORE_INCOMPLETE,
                        "the backup could not be restored beside the database: " + outcome.errors(),
                        "The database in use was not touched. Prove the backup with pgvigil verify.");
            return new RestoredDump(
                    sandbox, original, outcome.errors().stream().map(Object::toString).toList());
        } catch (RuntimeException e) {
            sandbox.close();
            throw e;
        }
    }

    Login login() {
        return sandbox.login();
    }

    /// Refuses tables of which not every row is the archived one: part of a restore may have failed.
    ///
    /// @param now of the tables in their own schemas: a value that names one, like a `regclass`, is
    ///     another one elsewhere
    void requireRows(ArchiveFacts now) {
        var archived =
                original.tables().stream()
                        .collect(
                                Collectors.toMap(
                                        one -> List.of(one.schema(), one.table()),
                                        Function.identity()));
        // Rows that go through a partitioned table may lie in another of its partitions now.
        var loaded = now.tables().stream().collect(Collectors.groupingBy(TableFacts::root));
        for (var tables : loaded.values()) {
            var names = tables.stream().map(one -> List.of(one.schema(), one.table())).toList();
            var before = names.stream().map(archived::get).filter(Objects::nonNull).toList();
            if (before.size() == tables.size() && same(before, tables)) continue;
            throw new Problem(
                    ErrorCode.RESTORE_INCOMPLETE,
                    "the rows of "
                            + names.stream()
                                    .map(name -> String.join(".", name))
                                    .collect(Collectors.joining(" and "))
                            + " could not be restored beside the database: "
                            + difference(before, tables)
                            + errors.stream().map("; "::concat).collect(Collectors.joining()),
                    "The database in use was not touched. Restore it elsewhere, with what the"
                            + " message says is missing.");
        }
    }

    private static String difference(List<TableFacts> before, List<TableFacts> now) {
        if (before.size() < now.size()) return "the backup was made without them";
        return rows(before) == rows(now)
                ? "%,d rows, but not the archived ones".formatted(rows(now))
                : "%,d rows of %,d".formatted(rows(now), rows(before));
    }

    private static boolean same(List<TableFacts> before, List<TableFacts> now) {
        // A child that came without its parent is not sorted any more: its fingerprint says
        // nothing.
        var comparable = before.getFirst().sorted() == now.getFirst().sorted();
        return rows(before) == rows(now)
                && (!comparable || fingerprint(before).equals(fingerprint(now)));
    }

    private static long rows(List<TableFacts> tables) {
        return tables.stream().mapToLong(TableFacts::rows).sum();
    }

    private static Fingerprint fingerprint(List<TableFacts> tables) {
        return tables.stream()
                .map(TableFacts::fingerprint)
                .reduce(Fingerprint.EMPTY, Fingerprint::plus);
    }

    @Override
    public void close() {
        sandbox.close();
    }
}
