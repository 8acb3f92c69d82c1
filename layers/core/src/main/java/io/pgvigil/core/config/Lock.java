package io.pgvigil.core.config;

import io.pgvigil.core.store.LockMode;
import java.util.Locale;
import java.util.Optional;

/// Whether sealed backups are locked against deletion until their tier ends.
public enum Lock {
    NONE,
    /// Only a role with a special permission can lift it.
    GOVERNANCE,
    /// Nobody can lift it, the account's owner included.
    COMPLIANCE;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The store's word for it; empty for none.
    public Optional<LockMode> mode() {
        return switch (this) {
            case NONE -> Optional.empty();
            case GOVERNANCE -> Optional.of(LockMode.GOVERNANCE);
            case COMPLIANCE -> Optional.of(LockMode.COMPLIANCE);
        };
    }

    public static Lock parse(String text) {
        for (var lock : values()) if (lock.word().equals(text)) return lock;
        throw new IllegalArgumentException(
                "'" + text + "' is not a lock; write none, governance or compliance");
    }
}
