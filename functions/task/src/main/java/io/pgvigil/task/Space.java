package io.pgvigil.task;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Room on the disks below folders. Of the folder and not of its mount point, which a process in a
/// container or a chroot may not see: there `FileStore` fails.
public final class Space {
    private Space() {}

    /// What this user can still write, in bytes.
    public static long usable(Path folder) {
        return folder.toFile().getUsableSpace();
    }

    /// The same for two folders on one disk.
    public static Object disk(Path folder) throws IOException {
        return Files.getAttribute(folder, "unix:dev");
    }
}
