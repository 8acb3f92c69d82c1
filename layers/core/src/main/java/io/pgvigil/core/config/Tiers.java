package io.pgvigil.core.config;

import io.pgvigil.core.store.StorageClass;

/// In which storage class backups lie that stand for a day, a week, a month or a year.
public record Tiers(
        StorageClass daily, StorageClass weekly, StorageClass monthly, StorageClass yearly) {

    /// Everything can be read at once: an archive class makes every restore and drill wait for hours,
    /// and that is for whoever writes the profile to decide.
    public static final Tiers STANDARD =
            new Tiers(
                    StorageClass.STANDARD,
                    StorageClass.STANDARD_IA,
                    StorageClass.GLACIER_IR,
                    StorageClass.GLACIER_IR);

    public Tiers {
        requireNotWarmer("weekly", weekly, "daily", daily);
        requireNotWarmer("monthly", monthly, "weekly", weekly);
        requireNotWarmer("yearly", yearly, "monthly", monthly);
    }

    /// What stands for a week today may stand for a year tomorrow, and nothing comes back from the cold.
    private static void requireNotWarmer(
            String longer, StorageClass of, String shorter, StorageClass before) {
        if (before.colderThan(of))
            throw new IllegalArgumentException(
                    "%s is %s and %s only %s: objects never move to a warmer class"
                            .formatted(shorter, before, longer, of));
    }
}
