package io.pgvigil.core.drill;

import io.pgvigil.core.DatabaseName;
import java.util.Optional;

/// A question of the user's own to the restored database; its first column must be true.
///
/// @param name what reports call it
/// @param database where it is asked when a whole server was restored; empty: in every database of it
public record Check(String name, String sql, Optional<DatabaseName> database) {
    public Check(String name, String sql) {
        this(name, sql, Optional.empty());
    }
}
