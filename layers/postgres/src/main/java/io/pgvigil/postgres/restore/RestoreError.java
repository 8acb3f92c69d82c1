package io.pgvigil.postgres.restore;

import java.util.Optional;
import java.util.OptionalInt;

/// One thing that could not be restored. It holds no row and no password.
///
/// @param entry the entry's dump id; 0 where the program did not say or said it unclearly
/// @param title how people call the entry: `TABLE app.orders`
/// @param message the server's own words, without quoted rows
/// @param sqlState where the server was asked by us; pg_restore does not print it
/// @param statement the beginning of what was refused; empty where it may hold a secret
/// @param part what is missing because of it
/// @param follows the dump id of the entry whose failure explains this one
public record RestoreError(
        int entry,
        String title,
        String message,
        Optional<String> sqlState,
        String statement,
        Cause cause,
        Part part,
        OptionalInt follows) {

    /// What of an entry an error took away.
    public enum Part {
        /// The object itself, or all of a table's rows.
        WHOLE,
        /// Something beside it, as its owner or its tablespace: the object is there.
        BESIDE,
        /// Not known, so nothing is done about it.
        UNKNOWN
    }

    /// Whether a second pass may try the entry again. An entry that succeeded, even in part, is never
    /// tried: its rows would double.
    public boolean retryable() {
        return entry > 0 && part == Part.WHOLE && cause.repairable();
    }

    RestoreError because(Cause newCause, OptionalInt root) {
        return new RestoreError(entry, title, message, sqlState, statement, newCause, part, root);
    }

    @Override
    public String toString() {
        return title + ": " + message;
    }
}
