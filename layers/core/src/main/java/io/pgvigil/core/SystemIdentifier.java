package io.pgvigil.core;

/// The number `initdb` gives a PostgreSQL cluster once; copies share it, rebuilt clusters do not.
public record SystemIdentifier(String value) {
    public SystemIdentifier {
        if (!value.matches("[0-9]{1,20}"))
            throw new IllegalArgumentException("not a system identifier: '" + value + "'");
    }

    @Override
    public String toString() {
        return value;
    }
}
