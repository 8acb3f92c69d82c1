package io.pgvigil.core.store;

import java.util.Locale;

/// How strict a lock is; the later is stricter.
public enum LockMode {
    /// Only a role with a special permission can lift it.
    GOVERNANCE,
    /// Nobody can lift it, the account's owner included.
    COMPLIANCE;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
