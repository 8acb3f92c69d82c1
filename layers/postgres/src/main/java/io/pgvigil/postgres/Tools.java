package io.pgvigil.postgres;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The PostgreSQL programs that are installed on this machine.
public record Tools(List<ToolSet> sets) {
    /// The folders that are searched; a colon separates several.
    public static final String BIN_SETTING = "PGVIGIL_PG_BIN";

    private static final List<String> SERVER_PROGRAMS = List.of("initdb", "postgres", "pg_ctl");
    private static final Duration VERSION_LIMIT = Duration.ofSeconds(10);

    public Tools {
        sets = List.copyOf(sets);
    }

    /// Every tool set found: those named by `PGVIGIL_PG_BIN` first, then the places where Debian, Red
    /// Hat and Homebrew put them, then `PATH`.
    public static Tools find(Map<String, String> environment) {
        return find(environment, Path.of("/"));
    }

    /// @param root where the packages' folders are looked for; another one than `/` in tests
    static Tools find(Map<String, String> environment, Path root) {
        var sets = new ArrayList<ToolSet>();
        var seen = new LinkedHashSet<Path>();
        for (var folder : folders(environment.getOrDefault(BIN_SETTING, "")))
            probe(folder, seen)
                    .ifPresentOrElse(
                            sets::add,
                            () -> {
                                if (!alreadySeen(folder, seen)) throw namedButEmpty(folder);
                            });
        for (var folder : packaged(root)) probe(folder, seen).ifPresent(sets::add);
        for (var folder : folders(environment.getOrDefault("PATH", "")))
            probe(folder, seen).ifPresent(sets::add);
        return new Tools(sets);
    }

    /// The set to dump this server with: of its own major, the newest minor; else the nearest newer
    /// major. An older major cannot read a newer server and is refused.
    public ToolSet forDump(ServerVersion server) {
        return sets.stream()
                .filter(set -> set.has("pg_dump"))
                .filter(set -> set.version().major() >= server.major())
                // The first of equals wins, so a folder named by the user beats a packaged one.
                .min(
                        Comparator.<ToolSet>comparingInt(set -> set.version().major())
                                .thenComparing(Comparator.comparing(ToolSet::version).reversed()))
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.TOOL_MISSING,
                                "no pg_dump for PostgreSQL "
                                        + server.major()
                                        + " is installed"
                                        + found("pg_dump"),
                                installHint(server.major())));
    }

    /// The set to copy this server with: pg_basebackup reads servers of its own and older majors.
    public ToolSet forCopy(ServerVersion server) {
        return sets.stream()
                .filter(set -> set.has("pg_basebackup"))
                .filter(set -> set.version().major() >= server.major())
                .min(
                        Comparator.<ToolSet>comparingInt(set -> set.version().major())
                                .thenComparing(Comparator.comparing(ToolSet::version).reversed()))
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.TOOL_MISSING,
                                "no pg_basebackup for PostgreSQL "
                                        + server.major()
                                        + " is installed"
                                        + found("pg_basebackup"),
                                installHint(server.major())));
    }

    /// The set a temporary server of this major is made from.
    public ToolSet forSandbox(int major) {
        return sets.stream()
                .filter(ToolSet::hasServer)
                .filter(set -> set.version().major() == major)
                // A folder with the client programs too beats a newer one without: a drill needs
                // both.
                .max(
                        Comparator.<ToolSet, Boolean>comparing(set -> set.has("pg_restore"))
                                .thenComparing(ToolSet::version))
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.TOOL_MISSING,
                                "no server programs of PostgreSQL "
                                        + major
                                        + " are installed"
                                        + found("postgres"),
                                "Install the package postgresql-"
                                        + major
                                        + " or name the folder with initdb, postgres and"
                                        + " pg_ctl in "
                                        + BIN_SETTING
                                        + "."));
    }

    static String installHint(int major) {
        return "Install the package postgresql-client-"
                + major
                + " (Red Hat: postgresql"
                + major
                + ") or name the folder of its programs in "
                + BIN_SETTING
                + ".";
    }

    private String found(String program) {
        var versions =
                sets.stream()
                        .filter(set -> set.has(program))
                        .map(set -> set.version().toString())
                        .distinct()
                        .collect(Collectors.joining(", "));
        return versions.isEmpty() ? "" : "; found only " + versions;
    }

    private static Problem namedButEmpty(Path folder) {
        return new Problem(
                ErrorCode.TOOL_MISSING,
                BIN_SETTING + " names " + folder + ", which holds no working pg_dump or postgres",
                "Name the folder that holds the programs themselves, for example"
                        + " /usr/lib/postgresql/17/bin.");
    }

    private static List<Path> packaged(Path root) {
        var folders = new ArrayList<Path>();
        folders.addAll(matching(root.resolve("usr/lib/postgresql"), "*", "bin"));
        folders.addAll(matching(root.resolve("usr"), "pgsql-*", "bin"));
        folders.addAll(matching(root.resolve("opt/homebrew/opt"), "{postgresql,libpq}*", "bin"));
        folders.addAll(matching(root.resolve("usr/local/opt"), "{postgresql,libpq}*", "bin"));
        return folders;
    }

    private static List<Path> matching(Path parent, String glob, String below) {
        if (!Files.isDirectory(parent)) return List.of();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(parent, glob)) {
            var found = new ArrayList<Path>();
            for (var child : children) found.add(child.resolve(below));
            found.sort(Comparator.naturalOrder());
            return found;
        } catch (IOException unreadable) {
            // A folder we may not list holds no programs for us; others may.
            return List.of();
        }
    }

    private static List<Path> folders(String pathList) {
        var folders = new ArrayList<Path>();
        for (var name : pathList.split(File.pathSeparator, -1)) {
            if (name.isBlank()) continue;
            try {
                folders.add(Path.of(name.strip()));
            } catch (InvalidPathException e) {
                throw new Problem(
                        ErrorCode.CONFIG_INVALID,
                        "'" + name + "' in a list of program folders is not a path",
                        "Correct " + BIN_SETTING + " or PATH.",
                        e);
            }
        }
        return folders;
    }

    private static boolean alreadySeen(Path folder, Set<Path> seen) {
        try {
            return seen.contains(folder.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    private static Optional<ToolSet> probe(Path folder, Set<Path> seen) {
        for (var name : List.of("pg_dump", "postgres")) {
            var program = folder.resolve(name);
            if (!Files.isExecutable(program)) continue;
            try {
                // Debian's /usr/bin/pg_dump is a script that picks a version by itself: not one
                // version.
                if (program.toRealPath().endsWith("pg_wrapper")) continue;
                if (!seen.add(folder.toRealPath())) return Optional.empty();
                var version = version(program);
                if (version.isPresent())
                    return Optional.of(
                            new ToolSet(
                                    folder.toAbsolutePath(),
                                    version.get(),
                                    SERVER_PROGRAMS.stream()
                                            .allMatch(needed ->
                                                    Files.isExecutable(folder.resolve(needed)))));
            } catch (IOException vanished) {
                // Being removed while we look is the same as not being there.
            }
        }
        return Optional.empty();
    }

    private static Optional<ServerVersion> version(Path program) {
        try {
            var asked = Processes.run(Command.of(program.toString(), "--version"), VERSION_LIMIT);
            return asked.succeeded()
                    ? Optional.of(ServerVersion.parse(asked.stdout().strip()))
                    : Optional.empty();
        } catch (IllegalArgumentException | Problem notAPostgresProgram) {
            return Optional.empty();
        }
    }
}
