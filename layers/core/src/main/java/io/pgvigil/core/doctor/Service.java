package io.pgvigil.core.doctor;

/// Who runs a server: some give nobody its files and its WAL.
public enum Service {
    NONE("", false),
    RDS("Amazon RDS", true),
    AURORA("Amazon Aurora", true),
    CLOUD_SQL("Google Cloud SQL", false),
    AZURE("Azure Database for PostgreSQL", false);

    private final String words;
    private final boolean watched;

    Service(String words, boolean watched) {
        this.words = words;
        this.watched = watched;
    }

    public String words() {
        return words;
    }

    public boolean managed() {
        return this != NONE;
    }

    /// Whether `watch` can ask the service about its own backups, which then count as physical ones.
    public boolean watched() {
        return watched;
    }
}
