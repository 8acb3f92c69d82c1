package io.pgvigil.core.watch;

import java.util.Locale;

/// What watch can find. The word is the code that announcements, metrics and the page use; `docs/findings.md`
/// says what each means and what to do.
public enum FindingKind {
    /// Fell due and nothing is sealed.
    BACKUP_LATE,
    /// No drill as young as the profile asks for.
    PROOF_LATE,
    /// The newest drill did not prove its backup.
    DRILL_FAILED,
    /// The newest recovery took longer than `rto`.
    RECOVERY_SLOW,
    /// More work could be lost than `rpo` allows.
    LOSS_TOO_LARGE,
    /// A harvest fell due and nothing new is stored.
    WAL_LATE,
    /// The newest harvest found that log is missing.
    WAL_GAP,
    /// The server keeps much log for the slot.
    SLOT_GROWING,
    /// Size, rows, tables or duration are far from what is usual.
    BACKUP_UNUSUAL,
    /// Made by a tool older than the server.
    TOOL_OLDER,
    /// A backup that was the newest or the newest proof has gone, although retention keeps those.
    BACKUP_GONE,
    /// A manifest cannot be believed.
    MANIFEST_UNREADABLE,
    /// Nobody looks at the timetable any more.
    SCHEDULER_SILENT,
    /// The configuration in the store is refused; an older one counts.
    CONFIG_REJECTED,
    /// There is a store and no configuration: nothing can be missed.
    CONFIG_MISSING,
    /// The newest backup is not in a further store that its profile names.
    COPY_MISSING,
    /// The profile asks for a lock, and what must stay has none.
    LOCK_MISSING,
    /// The lock of what must stay ends soon.
    LOCK_ENDING,
    /// A locked backup is behind a delete marker.
    BACKUP_HIDDEN,
    /// A hold ends soon.
    HOLD_ENDING,
    /// The clock of the store and ours disagree.
    CLOCK_OFF,
    /// An upload was begun and neither ended nor given up.
    UPLOAD_LEFT,
    /// The key that everything is encrypted with is disabled or about to be deleted.
    KEY_UNUSABLE,
    /// The rules of the bucket move or delete what the profiles do not, or do not do what those say.
    LIFECYCLE_DIFFERS,
    /// Something could not be looked at, so nothing is known about it.
    UNSEEN;

    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
