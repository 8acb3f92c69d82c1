package io.pgvigil.core.retention;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.run.SealLock;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.StoreUri;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.stream.Stream;

/// How long backups are locked.
///
/// A lock cannot be taken back, so each is only as long as it is sure that the backup is wanted: at
/// seal for the shortest time that a rule names; once it stands for a tier, until that tier's rule lets
/// go of it; and when it is wanted for longer than anybody could say, week by week.
public final class LockRules {
    /// What is locked at seal may turn out to be wanted by no rule; nobody should pay for that longer.
    static final Duration FIRST_AT_MOST = Duration.ofDays(30);

    /// For what is wanted without an end that is known.
    static final Duration RENEWAL = Duration.ofDays(7);

    /// Before a lock ends, what is never deleted gets a longer one: retention runs daily.
    public static final Duration NOTICE = Duration.ofDays(2);

    private LockRules() {}

    /// How a backup is locked when it is sealed, and when a copy of it arrives where the profile counts.
    public static Optional<SealLock> atSeal(Profile profile) {
        return profile.lock().mode().map(mode -> new SealLock(mode, first(profile.keep())));
    }

    /// How a copy is locked when it arrives in a further store; empty where nobody asks for that.
    public static Optional<SealLock> atArrival(
            Optional<Configuration> configuration, ServerName server, StoreUri place) {
        return configuration
                .flatMap(known -> known.policy(server, place))
                .flatMap(LockRules::atSeal);
    }

    /// Until when. A copy that arrives later than that is locked like what is wanted without an end that
    /// is known.
    public static Instant first(SealLock lock, Instant finished, Instant now) {
        var end = finished.plus(lock.length());
        return (end.isAfter(now) ? end : now.plus(RENEWAL)).truncatedTo(ChronoUnit.SECONDS);
    }

    /// For how long a backup is locked when it is sealed, before anybody knows what it stands for.
    public static Duration first(Keep keep) {
        return Stream.of(
                        keep.within(),
                        Duration.ofDays(keep.daily()),
                        Duration.ofDays(7L * keep.weekly()),
                        Duration.ofDays(30L * keep.monthly()),
                        Duration.ofDays(365L * keep.yearly()),
                        Duration.ofDays(365L * keep.compliance()),
                        FIRST_AT_MOST)
                .filter(Duration::isPositive)
                .min(Duration::compareTo)
                .orElse(FIRST_AT_MOST);
    }

    /// Of a backup that stays: the lock that it lacks.
    ///
    /// @param standing what it stands for
    /// @param newest whether a restore of the present would take it
    /// @param known what was written down of its lock; empty: nothing since it was sealed
    static Optional<LockUntil> of(
            BackupFacts backup,
            Optional<Standing> standing,
            boolean newest,
            Policy policy,
            Optional<ObjectLock> known,
            Instant now) {
        // Its drill may fail within its first day, and then another one takes its place.
        if (backup.finished().plus(RetentionRules.MINIMUM_AGE).isAfter(now))
            return Optional.empty();
        return policy.lock()
                .mode()
                .flatMap(mode ->
                        until(backup, standing, newest, policy, known, now)
                                .map(end -> end.truncatedTo(ChronoUnit.SECONDS))
                                .filter(end ->
                                        known.filter(lock -> lock.covers(mode, end)).isEmpty())
                                .map(end -> new LockUntil(backup.ref(), mode, end)));
    }

    private static Optional<Instant> until(
            BackupFacts backup,
            Optional<Standing> standing,
            boolean newest,
            Policy policy,
            Optional<ObjectLock> known,
            Instant now) {
        var promised = standing.map(Standing::until).filter(now::isBefore);
        var ends =
                known.map(ObjectLock::end)
                        .orElseGet(() -> backup.finished().plus(first(policy.keep())));
        var patience = newest ? now.plus(NOTICE) : now;
        var renewed =
                ends.isAfter(patience) ? Optional.<Instant>empty() : Optional.of(now.plus(RENEWAL));
        if (promised.isEmpty()) return renewed;
        // Whatever it stands for ends soon, and it must stay even so.
        return newest && !promised.get().isAfter(patience) ? renewed.or(() -> promised) : promised;
    }
}
