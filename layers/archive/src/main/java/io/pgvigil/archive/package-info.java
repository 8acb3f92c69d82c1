/// Reads PostgreSQL's custom archive format (`pg_dump --format=custom`) from a stream.
///
/// *Archive*: header, table of contents, data blocks. *Entry*: one line of the table of contents
/// (`TocEntry`), an object or a property of one. *Block*: the data of one entry. *Row*: one line of
/// a table's COPY data. Depends on nothing else of pgvigil.
@NullMarked
package io.pgvigil.archive;

import org.jspecify.annotations.NullMarked;
