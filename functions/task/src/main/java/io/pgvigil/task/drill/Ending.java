package io.pgvigil.task.drill;

import io.pgvigil.aws.rds.RdsInstances.Deletion;
import io.pgvigil.core.RunId;
import io.pgvigil.task.Progress;
import io.pgvigil.wire.InstanceRecords;
import java.time.Instant;
import java.time.InstantSource;

/// What is said and written down when a temporary server was to be deleted. Throws nothing.
record Ending(InstanceRecords records, Progress progress, InstantSource clock) {
    /// @param server what and which, in words
    /// @param expires when `watch` deletes it at the latest
    void of(String server, RunId run, Instant expires, Deletion outcome) {
        switch (outcome) {
            case GONE, DELETING -> forget(server, run);
            case NOT_OURS -> progress.note(server + " is not ours and was left alone");
            case LEFT ->
                    progress.note(
                            server + " could not be deleted; watch deletes it after " + expires);
        }
    }

    private void forget(String server, RunId run) {
        try {
            records.of(run).ifPresent(record -> records.write(record.gone(clock.instant())));
        } catch (RuntimeException recordOnly) {
            // The server is what matters; a sweep looks at RDS and not at records.
            progress.note("the record of " + server + " still says that it is there");
        }
    }
}
