package io.pgvigil.core.problem;

import static io.pgvigil.core.problem.ExitStatus.FAILED;
import static io.pgvigil.core.problem.ExitStatus.PARTLY;
import static io.pgvigil.core.problem.ExitStatus.UNREACHABLE;
import static io.pgvigil.core.problem.ExitStatus.USAGE;

/// Every failure a user can meet, with the number that never changes its meaning.
///
/// Each constant has a row in `docs/errors.md`; a test keeps the two together. Thousands group by
/// who can act: 1 the person typing, 2 the source server, 3 the store, 4 the archive, 5 the
/// restore or drill, 6 runs and leases, 7 the machine we run on, 8 the deployed stack, 9
/// ourselves.
public enum ErrorCode {
    // 1xxx: usage and configuration
    USAGE_INVALID(1001, USAGE),
    CONFIG_INVALID(1002, USAGE),
    CONFIG_NOT_FOUND(1003, USAGE),
    STORE_URI_INVALID(1004, USAGE),
    CONNECTION_URL_INVALID(1005, USAGE),
    BACKUP_NOT_FOUND(1006, FAILED),
    LATEST_IS_AMBIGUOUS(1007, USAGE),
    EVENT_INVALID(1008, USAGE),
    NAME_INVALID(1009, USAGE),
    SELECTION_MATCHES_NOTHING(1010, USAGE),
    SECRET_NOT_FOUND(1011, USAGE),
    NOT_SUPPORTED_HERE(1012, USAGE),

    // 2xxx: the source server
    SERVER_UNREACHABLE(2001, UNREACHABLE),
    AUTHENTICATION_FAILED(2002, FAILED),
    DATABASE_NOT_FOUND(2003, FAILED),
    PRIVILEGE_MISSING(2004, FAILED),
    POOLER_REFUSED(2005, FAILED),
    SERVER_VERSION_UNSUPPORTED(2006, FAILED),
    TOOL_MISSING(2007, FAILED),
    TOOL_TOO_OLD(2008, FAILED),
    DUMP_FAILED(2009, FAILED),
    LOCK_TIMEOUT(2010, UNREACHABLE),
    RECOVERY_CONFLICT(2011, UNREACHABLE),
    DUMP_CANCELLED(2012, FAILED),
    QUERY_FAILED(2013, FAILED),
    DEADLINE_EXCEEDED(2014, FAILED),
    REPLICATION_REFUSED(2020, FAILED),
    BASE_BACKUP_FAILED(2021, FAILED),
    SLOT_UNGUARDED(2022, FAILED),
    SLOT_BUSY(2023, UNREACHABLE),
    WAL_REMOVED(2024, FAILED),

    // 3xxx: the store
    STORE_UNREACHABLE(3001, UNREACHABLE),
    STORE_DENIED(3002, FAILED),
    OBJECT_MISSING(3003, FAILED),
    OBJECT_EXISTS(3004, FAILED),
    OBJECT_DAMAGED(3005, FAILED),
    STORE_FULL(3006, FAILED),
    STORE_FAILED(3007, FAILED),
    UPLOAD_TOO_LARGE(3008, FAILED),
    DOCUMENT_INVALID(3009, FAILED),
    DOCUMENT_TOO_NEW(3010, FAILED),
    STORE_MISSING(3011, FAILED),
    BACKUP_ARCHIVED(3012, FAILED),
    RETRIEVAL_UNDER_WAY(3013, UNREACHABLE),
    OBJECT_LOCKED(3014, FAILED),
    STORE_CANNOT_LOCK(3015, FAILED),

    // 4xxx: the archive
    ARCHIVE_DAMAGED(4001, FAILED),
    ARCHIVE_TRUNCATED(4002, FAILED),
    ARCHIVE_VERSION_UNSUPPORTED(4003, FAILED),
    ARCHIVE_INCOMPLETE(4004, FAILED),
    ENTRY_NOT_FOUND(4005, FAILED),
    WAL_INCOMPLETE(4020, FAILED),
    WAL_INVALID(4021, FAILED),
    WAL_CONFLICT(4022, FAILED),

    // 5xxx: restore and drill
    TARGET_NOT_EMPTY(5001, FAILED),
    TARGET_MISSING(5002, FAILED),
    RESTORE_INCOMPLETE(5003, FAILED),
    SPACE_MISSING(5004, FAILED),
    SANDBOX_FAILED(5005, FAILED),
    NOT_PROVEN(5006, FAILED),
    PROVEN_ONLY_IN_PART(5007, PARTLY),
    ROLE_MISSING(5008, FAILED),
    TARGET_VERSION_TOO_OLD(5009, FAILED),
    CHECK_FAILED(5010, FAILED),
    REPLACE_FAILED(5011, FAILED),
    INSTANCE_FAILED(5012, FAILED),
    POINT_NOT_REACHABLE(5020, FAILED),

    // 6xxx: runs and leases
    RUN_IN_PROGRESS(6001, UNREACHABLE),
    RUN_FAILED(6002, FAILED),
    RUN_NOT_FOUND(6003, FAILED),
    LEASE_LOST(6004, FAILED),
    SEAL_REFUSED(6005, FAILED),
    TASK_NOT_STARTED(6006, UNREACHABLE),
    RUN_CANCELLED(6007, FAILED),
    ANNOUNCEMENT_FAILED(6008, UNREACHABLE),
    TASK_UNSEEN(6009, UNREACHABLE),
    PLAN_CHANGED(6020, FAILED),
    HOLD_NOT_FOUND(6021, FAILED),
    BACKUP_BEING_DELETED(6022, FAILED),

    // 7xxx: the machine
    DISK_FULL(7001, FAILED),
    LOCAL_IO_FAILED(7002, FAILED),
    PROGRAM_MISSING(7003, FAILED),

    // 8xxx: the deployed stack
    STACK_NOT_FOUND(8001, USAGE),
    STACK_DENIED(8002, FAILED),
    STACK_UNREACHABLE(8003, UNREACHABLE),
    STACK_INCOMPLETE(8004, FAILED),
    FUNCTION_FAILED(8005, FAILED),
    DEPLOY_FAILED(8006, FAILED),
    CONFIG_CHANGED(8007, UNREACHABLE),

    // 9xxx: ourselves
    INTERNAL(9001, FAILED);

    private final int number;
    private final ExitStatus exitStatus;

    ErrorCode(int number, ExitStatus exitStatus) {
        this.number = number;
        this.exitStatus = exitStatus;
    }

    /// The code as users see it, for example `PGV-2003`.
    public String id() {
        return "PGV-" + number;
    }

    public ExitStatus exitStatus() {
        return exitStatus;
    }
}
