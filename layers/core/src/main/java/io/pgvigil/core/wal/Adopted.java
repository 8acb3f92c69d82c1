package io.pgvigil.core.wal;

import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What of a server's `_wal/incoming/` was adopted and may be removed, `leases/_incoming/<server>.json`.
/// Lost, everything is compared once more.
public record Adopted(int format, List<Entry> entries) implements Versioned {
    public static final int FORMAT = 1;

    public static final Adopted NOTHING = new Adopted(FORMAT, List.of());

    public Adopted {
        entries = List.copyOf(entries);
    }

    /// @param name below `_wal/incoming/`
    /// @param size and `modified` tell whether it still is the object that was adopted
    /// @param at when it was adopted, or known to be there with the same content
    public record Entry(String name, long size, Instant modified, Instant at) {
        public boolean is(StoredObject object) {
            return object.key().name().equals(name)
                    && object.size() == size
                    && object.modified().equals(modified);
        }
    }

    public Optional<Entry> of(StoredObject object) {
        return entries.stream().filter(entry -> entry.is(object)).findFirst();
    }
}
