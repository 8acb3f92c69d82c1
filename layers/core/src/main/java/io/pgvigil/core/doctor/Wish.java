package io.pgvigil.core.doctor;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.drill.InstanceKind;

/// What is to be made of a database.
///
/// @param kind what is made where nobody names a kind
public record Wish(KindChoice kind, boolean logical, boolean physical, boolean wal, boolean drill) {
    /// What `pgvigil backup URL` would do, and a proof of it.
    public static final Wish AUTO = new Wish(KindChoice.AUTO, false, false, false, true);

    public static Wish of(Profile profile) {
        return new Wish(
                profile.kind(),
                profile.logical().isPresent(),
                profile.physical().isPresent(),
                profile.wal().isPresent(),
                // A temporary instance in RDS needs nothing of this host.
                profile.drill().schedule().isPresent()
                        && profile.drill().instance().kind() == InstanceKind.SANDBOX);
    }

    public static Wish of(BackupKind kind) {
        return switch (kind) {
            case LOGICAL -> new Wish(KindChoice.LOGICAL, true, false, false, true);
            case PHYSICAL -> new Wish(KindChoice.PHYSICAL, false, true, false, true);
            // Log without a copy to begin from restores nothing.
            case WAL -> new Wish(KindChoice.PHYSICAL, false, true, true, true);
        };
    }

    /// The same once it is known what `auto` takes.
    Wish with(BackupKind chosen) {
        return new Wish(
                kind,
                logical || chosen == BackupKind.LOGICAL,
                physical || chosen == BackupKind.PHYSICAL,
                wal,
                drill);
    }
}
