package io.pgvigil.retention;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.LockUntil;
import io.pgvigil.core.retention.Period;
import io.pgvigil.core.retention.Verdict;
import io.pgvigil.core.retention.WalRules;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.Versioned;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What one run decided and did, `retention/<time>-<plan id>.json`: written before anything is deleted
/// and again at the end, so that a run which died says what it was about to do.
///
/// @param store where; older records lack it
/// @param stops why nothing was deleted of which database
/// @param holes what could not be read
/// @param bytesBefore of all backups
/// @param ended empty while it goes on, and for ever when it died
public record AuditRecord(
        int format,
        String plan,
        Optional<StoreUri> store,
        Instant decided,
        boolean beyondBudget,
        List<String> stops,
        List<String> holes,
        List<Entry> deletions,
        List<Locked> locks,
        List<Moved> moves,
        List<Wal> wal,
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
        locks = List.copyOf(locks);
        moves = List.copyOf(moves);
        wal = List.copyOf(wal);
        debris = List.copyOf(debris);
        abandoned = List.copyOf(abandoned);
    }

    /// @param outcome `planned`, `deleted`, or why it was not
    public record Entry(
            BackupRef backup, Instant finished, long bytes, String reason, String outcome) {}

    /// @param outcome `planned`, `locked`, or why not: the next run tries again
    public record Locked(BackupRef backup, LockMode mode, Instant until, String outcome) {
        public static final String LOCKED = "locked";

        static Locked of(LockUntil wish) {
            return new Locked(wish.backup(), wish.mode(), wish.until(), PLANNED);
        }

        Locked outcome(String outcome) {
            return new Locked(backup, mode, until, outcome);
        }
    }

    /// @param outcome `planned`, `told`, or why not: the store's own rules do it afterwards
    public record Moved(
            BackupRef backup, Period tier, StorageClass to, String reason, String outcome) {
        static final String TOLD = "told";

        static Moved of(Verdict.Move move) {
            return new Moved(move.backup(), move.tier(), move.to(), move.gain(), PLANNED);
        }

        Moved outcome(String outcome) {
            return new Moved(backup, tier, to, reason, outcome);
        }
    }

    /// @param from the first segment that stays
    /// @param parts of segments that went because the segment, or more of it, is there
    public record Wal(
            ServerName server,
            SystemIdentifier systemIdentifier,
            Optional<String> from,
            long segments,
            long bytes,
            int parts,
            String reason,
            String outcome) {
        static Wal of(WalRules.Decided one) {
            return new Wal(
                    one.log().server(),
                    one.log().system(),
                    one.from(),
                    one.segments(),
                    one.bytes(),
                    one.superseded().size(),
                    one.why(),
                    PLANNED);
        }

        Wal outcome(String outcome) {
            return new Wal(server, systemIdentifier, from, segments, bytes, parts, reason, outcome);
        }
    }

    public record Swept(String folder, int objects, long bytes, String reason) {}

    AuditRecord with(
            List<Entry> outcomes,
            List<Locked> locked,
            List<Moved> moved,
            List<Wal> logs,
            Instant end) {
        return new AuditRecord(
                format,
                plan,
                store,
                decided,
                beyondBudget,
                stops,
                holes,
                outcomes,
                locked,
                moved,
                logs,
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
