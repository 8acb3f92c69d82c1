package io.pgvigil.postgres;

import io.pgvigil.core.Lsn;

/// Two positions with the moment of a snapshot between them: everything committed before `from` is in the
/// dump, nothing written after `to` is.
public record LsnInterval(Lsn from, Lsn to) {
    public LsnInterval {
        if (to.compareTo(from) < 0)
            throw new IllegalArgumentException("an interval cannot end before it begins: " + from);
    }
}
