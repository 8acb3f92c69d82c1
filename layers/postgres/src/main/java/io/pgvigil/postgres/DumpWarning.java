package io.pgvigil.postgres;

import java.util.List;

/// One warning of pg_dump, with the lines that explain it. A warning is a fact about the backup: pg_dump
/// may leave something out and still end with 0.
public record DumpWarning(String message, List<String> details) {
    public DumpWarning {
        details = List.copyOf(details);
    }

    /// Whether something of the database is missing from the archive.
    public boolean leavesSomethingOut() {
        return message.contains("not dumped")
                || message.contains("not superuser")
                || message.contains("not a superuser");
    }
}
