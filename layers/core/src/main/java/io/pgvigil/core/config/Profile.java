package io.pgvigil.core.config;

import io.pgvigil.core.drill.Check;
import io.pgvigil.core.schedule.Schedule;
import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/// A policy: what is done when, promised, kept, proven, copied and announced.
///
/// @param rpo how much work may be lost at most; empty: nothing is promised
/// @param rto how long a restore may take at most; empty: nothing is promised
/// @param timezone the zone whose days and weeks `keep` counts, when stated; see [#zone()]
public record Profile(
        KindChoice kind,
        Optional<Schedule> logical,
        Optional<Schedule> physical,
        Optional<Schedule> wal,
        Drills drill,
        Optional<Duration> rpo,
        Optional<Duration> rto,
        Keep keep,
        Tiers tiers,
        Lock lock,
        List<Check> checks,
        List<CopyPlace> copies,
        List<NotifyTarget> notified,
        Optional<ZoneId> timezone) {

    /// The starting point of a profile that is not one of the [#defaults()]: nothing happens.
    public static final Profile EMPTY =
            new Profile(
                    KindChoice.AUTO,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Drills.NEVER,
                    Optional.empty(),
                    Optional.empty(),
                    Keep.NOTHING,
                    Tiers.STANDARD,
                    Lock.NONE,
                    List.of(),
                    List.of(),
                    List.of(),
                    Optional.empty());

    public Profile {
        checks = List.copyOf(checks);
        copies = List.copyOf(copies);
        notified = List.copyOf(notified);
        requirePositive("rpo", rpo);
        requirePositive("rto", rto);
        if (copies.stream().map(copy -> copy.to().place()).distinct().count() != copies.size())
            throw new IllegalArgumentException("a copy is listed twice");
        // Retention with no rule at all would let go of everything it is allowed to.
        if (keep.keepsNothing() && Stream.of(logical, physical).anyMatch(Optional::isPresent))
            throw new IllegalArgumentException(
                    "backups are scheduled but keep has no rule; write for example"
                            + " keep: { daily: 7, weekly: 4 }");
    }

    /// What counts where its copies lie.
    public Profile at(CopyPlace place) {
        return new Profile(
                kind,
                logical,
                physical,
                wal,
                Drills.NEVER,
                Optional.empty(),
                Optional.empty(),
                place.keep().orElse(keep),
                tiers,
                lock,
                checks,
                List.of(),
                notified,
                timezone);
    }

    /// The zone in which the periods of `keep` are counted: the stated one, else the one of the
    /// first backup schedule that has one, else UTC.
    public ZoneId zone() {
        return timezone.orElseGet(() ->
                Stream.of(logical, physical)
                        .flatMap(Optional::stream)
                        .flatMap(schedule -> schedule.wallClock().stream())
                        .findFirst()
                        .orElse(Schedule.DEFAULT_ZONE));
    }

    /// The profiles that exist without being written: `production`, `staging`, `development`.
    public static SequencedMap<String, Profile> defaults() {
        var profiles = new LinkedHashMap<String, Profile>();
        profiles.put("production", PRODUCTION);
        profiles.put("staging", STAGING);
        profiles.put("development", DEVELOPMENT);
        return profiles;
    }

    private static final Profile PRODUCTION =
            new Profile(
                    KindChoice.AUTO,
                    Optional.of(Schedule.parse("daily 04:30 UTC")),
                    Optional.of(Schedule.parse("weekly")),
                    Optional.of(Schedule.parse("hourly")),
                    Drills.on(Schedule.parse("weekly")),
                    Optional.of(Duration.ofHours(1)),
                    Optional.of(Duration.ofHours(4)),
                    Keep.tiers(30, 12, 12, 7).wal(Duration.ofDays(14)),
                    Tiers.STANDARD,
                    Lock.GOVERNANCE,
                    List.of(),
                    List.of(),
                    List.of(new NotifyTarget("sns")),
                    Optional.empty());

    private static final Profile STAGING =
            new Profile(
                    KindChoice.AUTO,
                    Optional.of(Schedule.parse("daily 04:30 UTC")),
                    Optional.empty(),
                    Optional.empty(),
                    Drills.on(Schedule.parse("monthly")),
                    Optional.empty(),
                    Optional.empty(),
                    Keep.tiers(7, 4, 0, 0),
                    Tiers.STANDARD,
                    Lock.NONE,
                    List.of(),
                    List.of(),
                    List.of(),
                    Optional.empty());

    private static final Profile DEVELOPMENT =
            new Profile(
                    KindChoice.AUTO,
                    Optional.of(Schedule.parse("weekly sun 05:00 UTC")),
                    Optional.empty(),
                    Optional.empty(),
                    Drills.NEVER,
                    Optional.empty(),
                    Optional.empty(),
                    Keep.tiers(0, 4, 0, 0),
                    Tiers.STANDARD,
                    Lock.NONE,
                    List.of(),
                    List.of(),
                    List.of(),
                    Optional.empty());

    private static void requirePositive(String name, Optional<Duration> promise) {
        if (promise.filter(length -> !length.isPositive()).isPresent())
            throw new IllegalArgumentException(name + " must be longer than nothing");
    }
}
