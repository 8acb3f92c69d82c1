package io.pgvigil.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The files of `events/` and the other files at the top of the project, for tests of any module.
public final class EventFiles {
    private EventFiles() {}

    /// The folder with `events/`, `docs/` and `functions/`.
    public static Path top() {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent())
            if (Files.isRegularFile(folder.resolve("pgvigil"))
                    && Files.isDirectory(folder.resolve("events"))) return folder;
        throw new IllegalStateException("no folder above this one is the project's");
    }

    /// @param name for example `backup.manual`
    public static String read(String name) {
        try {
            return Files.readString(top().resolve("events").resolve(name + ".json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
