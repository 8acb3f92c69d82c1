package io.pgvigil.postgres.physical;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import org.jspecify.annotations.Nullable;

/// Why a server gives nobody, or not us, a replication connection.
final class ReplicationRefused {
    private ReplicationRefused() {}

    static @Nullable Problem by(String said, String line) {
        if (said.contains("no pg_hba.conf entry for replication")
                || said.contains("pg_hba.conf rejects replication"))
            return new Problem(
                    ErrorCode.AUTHENTICATION_FAILED,
                    "pg_hba.conf has no line that admits us to replication: " + line,
                    "Add a line like `hostssl replication backup 10.0.0.0/16 scram-sha-256` and reload.");
        if (said.contains("must be superuser or replication role")
                || said.contains("permission denied to start WAL sender")
                || said.contains("REPLICATION attribute"))
            return new Problem(
                    ErrorCode.PRIVILEGE_MISSING,
                    "this role may not copy the server: " + line,
                    "ALTER ROLE … REPLICATION; for physical backups nothing less is enough.");
        if (said.contains("all replication slots are in use")
                || said.contains("max_replication_slots"))
            return new Problem(
                    ErrorCode.REPLICATION_REFUSED,
                    "the server has no free replication slot: " + line,
                    "Raise max_replication_slots, or drop a slot nobody reads"
                            + " (select * from pg_replication_slots).");
        if (said.contains("number of requested standby connections exceeds")
                || said.contains("max_wal_senders"))
            return new Problem(
                    ErrorCode.REPLICATION_REFUSED,
                    "the server has no free replication connection: " + line,
                    "Raise max_wal_senders; a base backup needs two.");
        if (said.contains("wal_level"))
            return new Problem(
                    ErrorCode.REPLICATION_REFUSED,
                    "the server writes too little into its WAL: " + line,
                    "Set wal_level = replica and restart the server.");
        return null;
    }
}
