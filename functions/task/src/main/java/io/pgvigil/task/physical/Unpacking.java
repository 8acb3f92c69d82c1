package io.pgvigil.task.physical;

import io.pgvigil.archive.tar.TarListener;
import io.pgvigil.archive.tar.TarMember;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Writes the members of an archive below a folder, and nowhere else.
///
/// Symbolic links are left out: where tablespaces are is decided by who restores. `pg_control` gets its
/// name last of all, so that no server starts in a folder that is not whole.
final class Unpacking implements TarListener, AutoCloseable {
    private static final String CONTROL = "global/pg_control";
    private static final String NOT_YET = ".not-whole-yet";

    /// What stays in the processor's cache between the copy into the JDK's buffer and the kernel's.
    private static final int PIECE = 128 << 10;

    private final Path root;
    private final String prefix;
    private final Writeback writeback;
    private final WrittenFiles files;
    private final CRC32C crc = new CRC32C();
    private @Nullable OutputStream out;
    private Path file;
    private long unwritten;

    /// @param prefix what stands before a member's name in backup_manifest
    /// @param files gets what was written
    Unpacking(Path root, String prefix, Writeback writeback, WrittenFiles files) {
        this.root = root;
        this.prefix = prefix;
        this.writeback = writeback;
        this.files = files;
        this.file = root;
    }

    /// The folder is whole: a server may start in it.
    static void release(Path root) throws IOException {
        Files.move(root.resolve(CONTROL + NOT_YET), root.resolve(CONTROL));
    }

    @Override
    public void begins(TarMember member) {
        try {
            var place = place(member);
            switch (member.type()) {
                case FOLDER -> {
                    Files.createDirectories(place);
                    Files.setPosixFilePermissions(place, permissions(member, true));
                }
                case LINK -> {}
                case FILE -> {
                    Files.createDirectories(place.getParent());
                    out =
                            Files.newOutputStream(
                                    place,
                                    java.nio.file.StandardOpenOption.CREATE_NEW,
                                    java.nio.file.StandardOpenOption.WRITE);
                    file = place;
                    unwritten = 0;
                    crc.reset();
                    Files.setPosixFilePermissions(place, permissions(member, false));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void content(byte[] bytes, int offset, int length) {
        var to = out;
        if (to == null) return;
        try {
            for (var done = 0; done < length; done += PIECE) {
                var piece = Math.min(PIECE, length - done);
                to.write(bytes, offset + done, piece);
                crc.update(bytes, offset + done, piece);
            }
            unwritten += length;
            if (unwritten >= Writeback.STEP) {
                writeback.begin(file);
                unwritten = 0;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void ends(TarMember member) {
        if (out != null) files.add(prefix + member.name(), member.size(), (int) crc.getValue());
        close();
    }

    private Path place(TarMember member) {
        var name = member.name().equals(CONTROL) ? CONTROL + NOT_YET : member.name();
        var place = root.resolve(name).normalize();
        if (!place.startsWith(root) || Path.of(name).isAbsolute())
            throw new Problem(
                    ErrorCode.ARCHIVE_DAMAGED,
                    "the archive wants to write to " + name + ", outside of the folder",
                    "This is no backup of ours. Restore from another one.");
        return place;
    }

    /// What the owner had, and of the group's at most reading, as PostgreSQL wants it.
    private static Set<PosixFilePermission> permissions(TarMember member, boolean folder) {
        var permissions =
                EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        if (folder) permissions.add(PosixFilePermission.OWNER_EXECUTE);
        if ((member.mode() & 0040) != 0) {
            permissions.add(PosixFilePermission.GROUP_READ);
            if (folder) permissions.add(PosixFilePermission.GROUP_EXECUTE);
        }
        return permissions;
    }

    @Override
    public void close() {
        var open = out;
        out = null;
        if (open == null) return;
        try {
            open.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
