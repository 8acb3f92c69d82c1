package io.pgvigil.archive.tar;

/// One member of a tar archive.
///
/// @param offset of its header in what the scanner was fed
/// @param name as it stands in the archive; whoever writes files by it checks it first
/// @param link where a symbolic link leads, else empty
public record TarMember(long offset, String name, Type type, long size, int mode, String link) {

    public enum Type {
        FILE,
        FOLDER,
        LINK
    }
}
