package io.pgvigil.task;

import io.pgvigil.archive.ArchiveException;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;

/// What is wrong with an archive, in the words of a problem.
public final class Archives {
    private Archives() {}

    /// @param what the archive, for the message: `the dump`, or an object's key
    public static Problem problem(String what, ArchiveException e) {
        var message = what + " is no whole archive: " + e.getMessage();
        return switch (e.kind()) {
            case TRUNCATED ->
                    new Problem(
                            ErrorCode.ARCHIVE_TRUNCATED,
                            message,
                            "Something ended before everything was written; the log shows what.",
                            e);
            case DAMAGED ->
                    new Problem(
                            ErrorCode.ARCHIVE_DAMAGED,
                            message,
                            "Bytes changed on the way. Restore from another backup.",
                            e);
            case INCOMPLETE ->
                    new Problem(
                            ErrorCode.ARCHIVE_INCOMPLETE,
                            message,
                            "Data that the table of contents promises is not there.",
                            e);
            case UNSUPPORTED_VERSION, UNSUPPORTED_CONTENT ->
                    new Problem(
                            ErrorCode.ARCHIVE_VERSION_UNSUPPORTED,
                            message,
                            "Use a newer pgvigil, or a pg_dump it knows.",
                            e);
        };
    }
}
