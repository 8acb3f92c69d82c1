package io.pgvigil.core;

/// How a backup is made: `pg_dump`, `pg_basebackup`, or harvested write-ahead log.
public enum BackupKind {
    LOGICAL('l'),
    PHYSICAL('p'),
    WAL('w');

    private final char letter;

    BackupKind(char letter) {
        this.letter = letter;
    }

    public char letter() {
        return letter;
    }
}
