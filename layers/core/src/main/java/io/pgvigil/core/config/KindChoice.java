package io.pgvigil.core.config;

import java.util.Locale;

/// Which kind of backup is taken when nobody names one.
public enum KindChoice {
    /// Logical for small and medium databases, physical for large ones where the server allows it.
    AUTO,
    LOGICAL,
    PHYSICAL;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static KindChoice parse(String text) {
        for (var kind : values()) if (kind.word().equals(text)) return kind;
        throw new IllegalArgumentException(
                "'" + text + "' is not a kind; write auto, logical or physical");
    }
}
