package io.pgvigil.core.retention;

import java.util.List;

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

    /// Not wanted by any rule, and may go.
    record Expire(BackupRef backup, String reason) implements Verdict {}

    /// Not wanted by any rule, and may not go now.
    record Blocked(BackupRef backup, String reason) implements Verdict {}

    /// Every reason in one line.
    default String why() {
        return switch (this) {
            case Keep(_, var reasons) -> String.join("; ", reasons);
            case Expire(_, var reason) -> reason;
            case Blocked(_, var reason) -> reason;
        };
    }

    default String word() {
        return switch (this) {
            case Keep _ -> "keep";
            case Expire _ -> "expire";
            case Blocked _ -> "blocked";
        };
    }
}
