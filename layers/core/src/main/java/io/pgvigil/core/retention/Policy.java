package io.pgvigil.core.retention;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.schedule.Schedule;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;

/// What is asked of the backups of one lane.
///
/// @param zone whose days, weeks, months and years are counted
/// @param backupEvery how far apart backups are at most; empty: nothing is scheduled
/// @param proofEvery how far apart drills are at most; empty: none is scheduled
/// @param selection the part of the database that backups are configured to hold; others, made by
///     hand or under an older configuration, do not count for it
/// @param tiers in which storage class each tier lies
/// @param lock how what stays is locked
public record Policy(
        Keep keep,
        ZoneId zone,
        Optional<Duration> backupEvery,
        Optional<Duration> proofEvery,
        Selection selection,
        Tiers tiers,
        Lock lock) {

    /// Without locks.
    public Policy(
            Keep keep,
            ZoneId zone,
            Optional<Duration> backupEvery,
            Optional<Duration> proofEvery,
            Selection selection,
            Tiers tiers) {
        this(keep, zone, backupEvery, proofEvery, selection, tiers, Lock.NONE);
    }

    public static Policy of(ServerConfig server, BackupKind kind) {
        var profile = server.policy();
        var schedule =
                switch (kind) {
                    case LOGICAL -> profile.logical();
                    case PHYSICAL -> profile.physical();
                    case WAL -> profile.wal();
                };
        return new Policy(
                profile.keep(),
                profile.zone(),
                longest(schedule),
                longest(profile.drill().schedule()),
                kind == BackupKind.LOGICAL ? server.logical() : Selection.EVERYTHING,
                profile.tiers(),
                profile.lock());
    }

    /// Where the store cannot lock.
    public Policy unlocked() {
        return new Policy(keep, zone, backupEvery, proofEvery, selection, tiers);
    }

    private static Optional<Duration> longest(Optional<Schedule> schedule) {
        return schedule.flatMap(Schedule::rhythm).map(Schedule.Rhythm::longest);
    }

    boolean counts(Selection part) {
        return part.complete() || part.equals(selection);
    }
}
