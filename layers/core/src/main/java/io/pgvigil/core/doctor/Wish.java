package io.pgvigil.core.doctor;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.drill.InstanceKind;
import java.util.Collection;

/// What is to be made of a database.
///
/// @param kind what is made where nobody names a kind
/// @param drill a proof in the sandbox
/// @param placed whether it is said where a service's own restores are tried
public record Wish(
        KindChoice kind,
        boolean logical,
        boolean physical,
        boolean wal,
        boolean drill,
        boolean placed) {
    /// What `pgvigil backup URL` would do, and a proof of it.
    public static final Wish AUTO = new Wish(KindChoice.AUTO, false, false, false, true, false);

    public static Wish of(Profile profile) {
        return new Wish(
                profile.kind(),
                profile.logical().isPresent(),
                profile.physical().isPresent(),
                profile.wal().isPresent(),
                // A temporary instance in RDS needs nothing of this host.
                profile.drill().schedule().isPresent()
                        && profile.drill().instance().kind() == InstanceKind.SANDBOX,
                profile.drill().schedule().isPresent()
                        && profile.drill().instance().rds().isPresent());
    }

    /// Exactly these kinds. Log without a copy to begin from restores nothing, so with it goes a copy.
    public static Wish of(Collection<BackupKind> kinds) {
        var wal = kinds.contains(BackupKind.WAL);
        var physical = wal || kinds.contains(BackupKind.PHYSICAL);
        var logical = kinds.contains(BackupKind.LOGICAL);
        return new Wish(
                logical ? KindChoice.LOGICAL : KindChoice.PHYSICAL,
                logical,
                physical,
                wal,
                true,
                false);
    }

    /// The same once it is known what `auto` takes.
    Wish with(BackupKind chosen) {
        return new Wish(
                kind,
                logical || chosen == BackupKind.LOGICAL,
                physical || chosen == BackupKind.PHYSICAL,
                wal,
                drill,
                placed);
    }
}
