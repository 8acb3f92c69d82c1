package io.pgvigil.core.report;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What retention decided last, as far as the page shows it, `report/retention.json`.
///
/// Retention reads every manifest to decide. Whoever writes the page after each change does not.
///
/// @param at when it was decided
/// @param backups every backup of the store, oldest first within a database
/// @param classes what lies in each storage class; empty in a store that has none
public record RetentionNote(
        int format,
        Instant at,
        String plan,
        List<Backup> backups,
        List<InClass> classes,
        Optional<Prices> prices)
        implements Versioned {
    public static final int FORMAT = 1;

    public RetentionNote {
        backups = List.copyOf(backups);
        classes = List.copyOf(classes);
    }

    /// @param verdict `keep`, `move`, `expire` or `blocked`
    /// @param tier the longest period that it stands for
    /// @param dollars what it costs in a month; empty where nothing has a price
    public record Backup(
            ServerName server,
            DatabaseName database,
            BackupId backup,
            BackupKind kind,
            Instant finished,
            long bytes,
            String verdict,
            Optional<String> tier,
            List<String> reasons,
            Optional<Double> dollars) {
        public Backup {
            reasons = List.copyOf(reasons);
        }
    }

    /// @param dollars a month
    public record InClass(String name, long bytes, double dollars) {}

    /// Whose prices they are, and of when.
    public record Prices(String region, String asOf) {}
}
