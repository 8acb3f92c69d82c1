package io.pgvigil.retention;

import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What one run decided and did, `retention/<time>-<plan id>.json`: written before anything is deleted
/// and again at the end, so that a run which died says what it was about to do.
///
/// @param stops why nothing was deleted of which database
/// @param holes what could not be read
/// @param bytesBefore of all backups
/// @param ended empty while it goes on, and for ever when it died
public record AuditRecord(
        int format,
        String plan,
        Instant decided,
        boolean beyondBudget,
        List<String> stops,
        List<String> holes,
        List<Entry> deletions,
        List<Swept> debris,
        List<String> abandoned,
        int backupsBefore,
        long bytesBefore,
        Optional<Instant> ended)
        implements Versioned {
    public static final int FORMAT = 1;

    public AuditRecord {
        stops = List.copyOf(stops);
        holes = List.copyOf(holes);
        deletions = List.copyOf(deletions);
        debris = List.copyOf(debris);
        abandoned = List.copyOf(abandoned);
    }

    /// @param outcome `planned`, `deleted`, or why it was not
    public record Entry(
            BackupRef backup, Instant finished, long bytes, String reason, String outcome) {}

    public record Swept(String folder, int objects, long bytes, String reason) {}

    AuditRecord with(List<Entry> outcomes, Instant end) {
        return new AuditRecord(
                format,
                plan,
                decided,
                beyondBudget,
                stops,
                holes,
                outcomes,
                debris,
                abandoned,
                backupsBefore,
                bytesBefore,
                Optional.of(end));
    }

    public long deleted() {
        return deletions.stream().filter(one -> one.outcome().equals(DELETED)).count();
    }

    static final String PLANNED = "planned";
    static final String DELETED = "deleted";
}
