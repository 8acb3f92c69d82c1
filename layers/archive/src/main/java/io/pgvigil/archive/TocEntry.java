package io.pgvigil.archive;

import java.util.List;
import java.util.Optional;

/// One entry of an archive's table of contents.
///
/// Texts are decoded from the archive's encoding; what the format stores as null is an empty
/// `Optional` or, for texts where absence and emptiness mean the same, an empty string.
///
/// @param desc the kind as pg_dump names it: `TABLE`, `TABLE DATA`, `ACL`, …
/// @param definition the SQL that makes it
/// @param dropStatement the SQL that removes it
/// @param copyStatement for table data, `COPY … FROM stdin;`
/// @param relkind `pg_class.relkind` as a one-letter text from archive version 1.16, else empty
/// @param dependencies dump ids
/// @param dataOffset position of the data block in the file, where a seekable dump recorded it
public record TocEntry(
        int dumpId,
        boolean hadData,
        String tableOid,
        String oid,
        String tag,
        String desc,
        Section section,
        String definition,
        String dropStatement,
        String copyStatement,
        Optional<String> namespace,
        Optional<String> tablespace,
        Optional<String> accessMethod,
        String relkind,
        String owner,
        List<Integer> dependencies,
        Optional<Long> dataOffset) {

    /// When pg_restore runs the entry. `NONE` follows the object it belongs to.
    public enum Section {
        NONE,
        PRE_DATA,
        DATA,
        POST_DATA
    }

    public TocEntry {
        dependencies = List.copyOf(dependencies);
    }

    /// How people refer to it: `TABLE app.orders`.
    public String title() {
        return desc + " " + namespace.map(schema -> schema + ".").orElse("") + tag;
    }
}
