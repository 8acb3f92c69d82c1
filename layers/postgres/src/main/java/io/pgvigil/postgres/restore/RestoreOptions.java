package io.pgvigil.postgres.restore;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// How to restore.
///
/// @param jobs parallel connections
/// @param globals roles and tablespaces of the source, restored first as far as permitted
/// @param selection the part of the archive that is wanted; everything when absent
/// @param clean the owner's consent to drop what the archive is about to make
/// @param analyze whether planner statistics are gathered at the end
/// @param limit of each program run
/// @param workFolder for lists of entries; they hold names only
/// @param progress told each object that pg_restore begins with
public record RestoreOptions(
        int jobs,
        Optional<Globals> globals,
        Globals.Permission permission,
        Optional<Selection> selection,
        boolean clean,
        boolean analyze,
        Duration limit,
        Path workFolder,
        Consumer<String> progress) {

    public static final Duration LONGEST = Duration.ofDays(7);

    public RestoreOptions {
        if (jobs < 1) throw new IllegalArgumentException("a restore needs a job, had " + jobs);
    }

    /// Everything, without globals, changing nothing outside the database.
    public static RestoreOptions standard(Path workFolder) {
        return new RestoreOptions(
                1,
                Optional.empty(),
                Globals.Permission.none(),
                Optional.empty(),
                false,
                true,
                LONGEST,
                workFolder,
                line -> {});
    }

    public RestoreOptions withJobs(int number) {
        return new RestoreOptions(
                number,
                globals,
                permission,
                selection,
                clean,
                analyze,
                limit,
                workFolder,
                progress);
    }

    public RestoreOptions withGlobals(Globals those, Globals.Permission permitted) {
        return new RestoreOptions(
                jobs,
                Optional.of(those),
                permitted,
                selection,
                clean,
                analyze,
                limit,
                workFolder,
                progress);
    }

    public RestoreOptions withSelection(Selection wanted) {
        return new RestoreOptions(
                jobs,
                globals,
                permission,
                Optional.of(wanted),
                clean,
                analyze,
                limit,
                workFolder,
                progress);
    }

    public RestoreOptions withClean(boolean consent) {
        return new RestoreOptions(
                jobs,
                globals,
                permission,
                selection,
                consent,
                analyze,
                limit,
                workFolder,
                progress);
    }

    public RestoreOptions withAnalyze(boolean wanted) {
        return new RestoreOptions(
                jobs, globals, permission, selection, clean, wanted, limit, workFolder, progress);
    }

    public RestoreOptions withWorkFolder(Path folder) {
        return new RestoreOptions(
                jobs, globals, permission, selection, clean, analyze, limit, folder, progress);
    }

    public RestoreOptions withProgress(Consumer<String> listener) {
        return new RestoreOptions(
                jobs, globals, permission, selection, clean, analyze, limit, workFolder, listener);
    }
}
