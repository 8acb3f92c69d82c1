package io.pgvigil.core.retention;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.backup.Selection;
import java.time.Instant;
import java.util.Comparator;
import java.util.Set;

/// What retention knows of one sealed backup.
///
/// @param finished when it was complete; the only thing that says which backup is older
/// @param selection which part of the database it holds
/// @param whole whether every object that its manifest names is in the store with its size
/// @param bytes what it occupies
/// @param needs what must be there as well for it to be restored: the base of an increment
/// @param storage in which storage classes its objects lie
public record BackupFacts(
        BackupRef ref,
        BackupKind kind,
        Instant finished,
        Selection selection,
        boolean whole,
        long bytes,
        Measures measures,
        Proof proof,
        Set<BackupRef> needs,
        Storage storage) {

    /// Oldest first. Two that were finished in the same instant are told apart by their ids, so that
    /// every run decides alike.
    public static final Comparator<BackupFacts> BY_TIME =
            Comparator.comparing(BackupFacts::finished).thenComparing(BackupFacts::ref);

    public BackupFacts {
        needs = Set.copyOf(needs);
        if (needs.contains(ref))
            throw new IllegalArgumentException("backup " + ref + " cannot need itself");
    }

    /// In a store without storage classes.
    public BackupFacts(
            BackupRef ref,
            BackupKind kind,
            Instant finished,
            Selection selection,
            boolean whole,
            long bytes,
            Measures measures,
            Proof proof,
            Set<BackupRef> needs) {
        this(ref, kind, finished, selection, whole, bytes, measures, proof, needs, Storage.NONE);
    }

    public Lane lane() {
        return new Lane(ref.server(), ref.database(), kind);
    }
}
