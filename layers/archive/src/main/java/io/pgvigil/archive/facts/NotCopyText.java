package io.pgvigil.archive.facts;

/// What is wrong with a table's COPY text. Where in the archive that is, the catcher knows.
final class NotCopyText extends RuntimeException {
    NotCopyText(String what) {
        super(what);
    }
}
