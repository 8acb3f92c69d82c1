package io.pgvigil.core.managed;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/// What a service keeps of a server, in its own backups.
///
/// @param id the service's own name of it
/// @param cluster whether that is a cluster's
/// @param status in the service's word, such as `available`
/// @param days how long backups are kept; 0: there are none
/// @param latest up to which moment the server can be restored
public record ManagedBackups(
        String id, boolean cluster, String status, int days, Optional<Instant> latest) {
    /// RDS stores log every five minutes; a little more is no news.
    private static final Duration LEAST = Duration.ofMinutes(15);

    private static final Duration WITHOUT_PROMISE = Duration.ofHours(1);

    private static final DateTimeFormatter AT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    /// Whether they take the place of copies and harvests of our own.
    public sealed interface Verdict {
        record Satisfied(String why) implements Verdict {}

        /// @param what is wrong, and `hint` what to do
        record Missing(String what, String hint) implements Verdict {}
    }

    /// Of a server that the service does not know.
    public static Verdict unknown(ManagedHost host) {
        return new Verdict.Missing(
                "no instance or cluster in this account and region has the endpoint " + host.host(),
                "Was it deleted or renamed, or does it belong to another account or region? Then nothing"
                        + " here knows whether it is backed up.");
    }

    /// @param rpo how much may be lost; empty: nothing is promised
    public Verdict judge(Optional<Duration> rpo, Instant now) {
        if (days < 1)
            return new Verdict.Missing(
                    "automated backups of " + id + " are off",
                    "Turn them on: aws rds modify-db-"
                            + (cluster ? "cluster --db-cluster" : "instance --db-instance")
                            + "-identifier "
                            + id
                            + " --backup-retention-period 7 --apply-immediately");
        if (latest.isEmpty())
            return new Verdict.Missing(
                    id + " (" + status + ") has no moment yet to which it can be restored",
                    "A new server has one after its first automated backup. If it is not new, look at its"
                            + " events in the RDS console.");
        var promised = rpo.orElse(WITHOUT_PROMISE);
        var limit = promised.compareTo(LEAST) < 0 ? LEAST : promised;
        var behind = Duration.between(latest.get(), now);
        if (behind.compareTo(limit) > 0)
            return new Verdict.Missing(
                    "%s (%s) can be restored up to %s only, %d minutes ago; %d are allowed"
                            .formatted(
                                    id,
                                    status,
                                    AT.format(latest.get()),
                                    behind.toMinutes(),
                                    limit.toMinutes()),
                    "A stopped server stores nothing; of one that runs, the events in the RDS console say"
                            + " why. A logical backup now makes up for it.");
        return new Verdict.Satisfied(
                "%s keeps automated backups for %d days and can be restored up to %s"
                        .formatted(id, days, AT.format(latest.get())));
    }
}
