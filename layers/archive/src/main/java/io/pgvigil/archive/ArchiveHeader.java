package io.pgvigil.archive;

/// The first part of an archive: which format, which tool, which server.
///
/// @param version the archive format's version, for example 1.14
/// @param compression `none`, `gzip`, `lz4` or `zstd`, as the header says
/// @param createdLocal the time of the dump as the dumping host's clock wrote it, `2026-11-22T02:30:00`;
///     the format has no zone
/// @param serverVersion as the server called itself, for example `15.20 (Debian 15.20-0+deb12u1)`
/// @param dumpVersion as pg_dump called itself
public record ArchiveHeader(
        ArchiveVersion version,
        int integerSize,
        int offsetSize,
        String compression,
        String createdLocal,
        String database,
        String serverVersion,
        String dumpVersion) {}
