package io.pgvigil.backup;

import io.pgvigil.runtime.Doorway;

/// `backup`: starts a task that makes backups. `seal` hears when it has ended.
public final class BackupHandler extends Doorway<BackupRequested> {
    private final Backups backups;

    public BackupHandler() {
        this(BackupWiring.standard());
    }

    public BackupHandler(Backups backups) {
        this.backups = backups;
    }

    @Override
    protected BackupRequested decode(byte[] event) {
        return event(event, BackupRequested.class, "backup.manual");
    }

    @Override
    protected Object handle(BackupRequested request, String nonce) {
        return backups.order(request, nonce);
    }
}
