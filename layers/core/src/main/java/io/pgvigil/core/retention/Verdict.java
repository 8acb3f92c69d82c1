package io.pgvigil.core.retention;

import io.pgvigil.core.store.StorageClass;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// What becomes of one backup, and why.
public sealed interface Verdict {
    BackupRef backup();

    /// Wanted.
    record Keep(BackupRef backup, List<String> reasons) implements Verdict {
        public Keep {
            reasons = List.copyOf(reasons);
            if (reasons.isEmpty())
                throw new IllegalArgumentException(backup + " would be kept without a reason");
        }
    }

    /// Wanted, and cheaper in the storage class of its tier.
    ///
    /// @param dollars what that saves until no rule is expected to want it any more
    record Move(
            BackupRef backup,
            Period tier,
            StorageClass to,
            double dollars,
            Instant until,
            List<String> reasons)
            implements Verdict {
        public Move {
            reasons = List.copyOf(reasons);
        }

        /// Why it moves, apart from why it stays.
        public String gain() {
            return String.format(
                    Locale.ROOT,
                    "to %s as %s, saves $%.2f until %s",
                    to,
                    tier.word(),
                    dollars,
                    until.toString().substring(0, 7));
        }
    }

    /// Not wanted by any rule, and may go.
    record Expire(BackupRef backup, String reason) implements Verdict {}

    /// Not wanted by any rule, and may not go now.
    record Blocked(BackupRef backup, String reason) implements Verdict {}

    /// Every reason in one line.
    default String why() {
        return switch (this) {
            case Keep(_, var reasons) -> String.join("; ", reasons);
            case Move move -> String.join("; ", move.reasons()) + "; " + move.gain();
            case Expire(_, var reason) -> reason;
            case Blocked(_, var reason) -> reason;
        };
    }

    /// Whether some rule wants it.
    default boolean wanted() {
        return this instanceof Keep || this instanceof Move;
    }

    default String word() {
        return switch (this) {
            case Keep _ -> "keep";
            case Move _ -> "move";
            case Expire _ -> "expire";
            case Blocked _ -> "blocked";
        };
    }
}
