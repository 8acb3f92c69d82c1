package io.pgvigil.core.connect;

import org.jspecify.annotations.Nullable;

/// A password that does not print itself: in a log line, a message or a record it reads `***`.
///
/// A class and not a record, so that nothing that walks over components (a JSON writer, a debugger's
/// dump) finds the value.
public final class Secret {
    private final String value;

    public Secret(String value) {
        this.value = value;
    }

    /// The password itself; only for handing it to a driver or a child's environment.
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret secret && value.equals(secret.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
