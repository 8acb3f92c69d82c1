package io.pgvigil.core.retention;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.StoreUri;
import java.time.Instant;

/// A locked backup that nobody sees, because somebody hid it behind delete markers. Retention deletes
/// nothing that is locked, so it was somebody else.
public record HiddenBackup(BackupRef backup, ObjectLock lock) {

    public String words(Instant now) {
        return "backup "
                + backup
                + " is "
                + lock.obstacle(now).orElse("not locked any more")
                + ", and somebody deleted it: delete markers hide it";
    }

    /// The shell line that takes the markers away, the manifest's last. It needs
    /// `s3:DeleteObjectVersion`, which nobody in the stack has.
    public String undo(StoreUri.S3 store) {
        var folder =
                (store.prefix().isEmpty() ? "" : store.prefix() + "/")
                        + Layout.folder(backup.server(), backup.database(), backup.backup());
        return ("aws s3api list-object-versions --bucket %1$s --prefix '%2$s'"
                        + " --query 'DeleteMarkers[].[Key,VersionId]' --output text"
                        + " | awk '/\\/manifest.json/ { last = last $0 \"\\n\"; next } { print } END { printf \"%%s\", last }'"
                        + " | while read -r key version; do"
                        + " aws s3api delete-object --bucket %1$s --key \"$key\" --version-id \"$version\";"
                        + " done")
                .formatted(store.bucket(), folder);
    }
}
