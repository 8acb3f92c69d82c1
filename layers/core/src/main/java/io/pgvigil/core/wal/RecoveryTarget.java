package io.pgvigil.core.wal;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Where replay is to stop.
public sealed interface RecoveryTarget {
    /// For messages: `2026-11-22T10:42:16Z`, `position 16/B374D848`.
    String words();

    /// As far as the log is stored.
    record Latest() implements RecoveryTarget {
        @Override
        public String words() {
            return "the end of the stored log";
        }
    }

    /// As soon as the copy is consistent.
    record Immediate() implements RecoveryTarget {
        @Override
        public String words() {
            return "the end of the base backup";
        }
    }

    /// After the last transaction that had committed at this time.
    record Time(Instant time) implements RecoveryTarget {
        @Override
        public String words() {
            return time.toString();
        }

        /// As PostgreSQL reads it whatever its time zone is.
        public String setting() {
            return DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT)
                            .withZone(ZoneOffset.UTC)
                            .format(time)
                    + "+00";
        }
    }

    /// After the record that begins at this position or holds it.
    record Position(Lsn lsn) implements RecoveryTarget {
        @Override
        public String words() {
            return "position " + lsn;
        }
    }

    /// After this transaction's commit.
    ///
    /// @param id as `pg_current_xact_id()` or `txid_current()` shows it, with or without its epoch
    record Transaction(long id) implements RecoveryTarget {
        public Transaction {
            if (id < 3)
                throw new IllegalArgumentException("no transaction of a user has the id " + id);
        }

        @Override
        public String words() {
            return "transaction " + id;
        }

        /// The 32 bits that the log holds.
        public long inTheLog() {
            return id & 0xFFFF_FFFFL;
        }

        /// Whether it commits under an id that `next` was still to give out, in the circular order of
        /// transaction ids.
        boolean notBefore(long next) {
            return (int) (id - next) >= 0;
        }
    }

    /// At a point that `pg_create_restore_point` named.
    record RestorePoint(String name) implements RecoveryTarget {
        // MAXFNAMELEN of PostgreSQL.
        private static final int LONGEST = 63;

        public RestorePoint {
            if (name.isEmpty() || name.length() > LONGEST || name.indexOf('\n') >= 0)
                throw new IllegalArgumentException("no restore point is called '" + name + "'");
        }

        @Override
        public String words() {
            return "restore point '" + name + "'";
        }
    }

    /// Reads a time, which must say how far it is from UTC: the same hour is another moment
    /// elsewhere, and twice in one autumn night.
    static Time time(String text) {
        var iso = text.strip().replaceFirst("^(\\d{4}-\\d{2}-\\d{2})[ t]+", "$1T");
        // PostgreSQL prints whole hours as +01.
        iso =
                iso.replaceFirst("(T\\d{2}:\\S+)\\s*([+-]\\d{2})$", "$1$2:00")
                        .replaceFirst("\\s+(?=[+-])", "");
        iso = iso.replaceFirst("\\s*(?:[zZ]|UTC)$", "Z");
        try {
            return new Time(OffsetDateTime.parse(iso).toInstant());
        } catch (DateTimeException e) {
            var local =
                    iso.matches("\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?)?.*")
                            && !iso.matches(".*(Z|[+-]\\d{2}:\\d{2})$");
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    local
                            ? "the time '" + text + "' does not say how far it is from UTC"
                            : "'" + text + "' is no time",
                    "Write it like 2026-11-22T10:42:16+01:00, or with Z for UTC.",
                    e);
        }
    }
}
