package io.pgvigil.core.report;

/// How well something is protected, the worst last.
public enum Protection {
    /// A backup of it was restored and compared, and nothing critical is known.
    PROTECTED("protected"),
    /// There are backups, and a reason not to trust in them.
    AT_RISK("at risk"),
    /// There is no backup.
    NOT_PROTECTED("not protected");

    private final String words;

    Protection(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }
}
