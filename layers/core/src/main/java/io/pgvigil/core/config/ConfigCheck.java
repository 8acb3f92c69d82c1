package io.pgvigil.core.config;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Finding.Severity;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Spans;
import io.pgvigil.core.store.StoreUri;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a configuration that can be read still gets wrong: promises that its own schedules cannot
/// keep, backups that nothing proves, times that do not exist.
public record ConfigCheck(List<Finding> findings) {
    public ConfigCheck {
        findings = List.copyOf(findings);
    }

    /// @param now decides which acceptances have expired and which changes of clocks lie ahead
    public static ConfigCheck of(Configuration configuration, Instant now) {
        var findings = new ArrayList<Finding>();
        configuration
                .servers()
                .forEach((name, server) ->
                        new ServerCheck(configuration.store(), name, server, now, findings)
                                .check());
        return new ConfigCheck(findings);
    }

    public List<Finding> problems() {
        return findings.stream().filter(f -> f.severity() == Severity.PROBLEM).toList();
    }

    public boolean hasProblems() {
        return !problems().isEmpty();
    }

    private record ServerCheck(
            StoreUri store,
            ServerName name,
            ServerConfig server,
            Instant now,
            List<Finding> findings) {

        void check() {
            connection();
            schedules();
            promises();
            retention();
            drills();
            places();
        }

        private void connection() {
            var connect = server.connect();
            if (!connect.isLocal() && !connect.sslmode().recognisesServer())
                add(
                        Severity.WARNING,
                        "connect.sslmode",
                        "sslmode " + connect.sslmode() + " does not check who answers",
                        "Use verify-full with the sslrootcert of the server's authority.");
            if (connect.secret() instanceof SecretReference.IamToken
                    && connect.sslmode().compareTo(SslMode.REQUIRE) < 0)
                add(
                        Severity.PROBLEM,
                        "connect.sslmode",
                        "an IAM token needs an encrypted connection, sslmode is "
                                + connect.sslmode(),
                        "Use verify-full.");
        }

        private void schedules() {
            var policy = server.policy();
            if (policy.logical().isEmpty() && policy.physical().isEmpty())
                add(
                        Severity.WARNING,
                        "profile",
                        "no backup is ever due",
                        "Give the profile a logical or physical schedule.");
            if (policy.wal().isPresent() && policy.physical().isEmpty())
                add(
                        Severity.WARNING,
                        "wal",
                        "wal is harvested and there is no physical backup to replay it on",
                        "Give the profile a physical schedule, or set wal: none.");
            var all = new LinkedHashMap<String, Optional<Schedule>>();
            all.put("logical", policy.logical());
            all.put("physical", policy.physical());
            all.put("wal", policy.wal());
            all.put("drill", policy.drill().schedule());
            all.forEach((key, schedule) -> schedule.ifPresent(s -> schedule(key, s)));
        }

        private void schedule(String key, Schedule schedule) {
            if (schedule.next(now).isEmpty()) {
                add(
                        Severity.PROBLEM,
                        key,
                        "'" + schedule + "' never falls due",
                        "Is it a date that does not exist, such as 30 February?");
                return;
            }
            switch (schedule) {
                case Schedule.Daily(var time, var zone) -> skipped(key, schedule, time, zone);
                case Schedule.Weekly(_, var time, var zone) -> skipped(key, schedule, time, zone);
                case Schedule.Cron cron -> {
                    if (cron.namesNoHour() && changesClocks(cron.zone()))
                        add(
                                Severity.WARNING,
                                key,
                                "'%s' follows the wall clock and pauses while an hour repeats"
                                        .formatted(schedule),
                                "Use every or hourly for a rhythm.");
                }
                case Schedule.Every _, Schedule.Hourly _, Schedule.Monthly _ -> {}
            }
        }

        private void skipped(String key, Schedule schedule, LocalTime time, ZoneId zone) {
            var rules = zone.getRules();
            var change = rules.nextTransition(now);
            // At most a handful of changes a year: look at the two that lie ahead.
            for (var i = 0; change != null && i < 2; i++) {
                var local = LocalDateTime.of(change.getDateTimeBefore().toLocalDate(), time);
                if (change.isGap()
                        && !local.isBefore(change.getDateTimeBefore())
                        && local.isBefore(change.getDateTimeAfter())) {
                    add(
                            Severity.NOTE,
                            key,
                            "'%s' does not exist on %s and falls due at %s that day"
                                    .formatted(
                                            schedule,
                                            local.toLocalDate(),
                                            change.getDateTimeAfter().toLocalTime()),
                            "Choose a time outside the change of clocks if that matters.");
                    return;
                }
                change = rules.nextTransition(change.getInstant());
            }
        }

        private boolean changesClocks(ZoneId zone) {
            return zone.getRules().nextTransition(now) != null;
        }

        private void promises() {
            var policy = server.policy();
            if (policy.rpo().isPresent()) {
                var promise = policy.rpo().get();
                var best = bestRhythm(policy);
                if (best.isEmpty() || best.get().compareTo(promise) > 0)
                    add(
                            Severity.PROBLEM,
                            "rpo",
                            "rpo %s is promised and %s"
                                    .formatted(
                                            Spans.print(promise),
                                            best.map(age ->
                                                            "the newest backup can be "
                                                                    + Spans.print(age)
                                                                    + " old")
                                                    .orElse("there is no backup")),
                            "Schedule physical and wal often enough, or promise less.");
            }
            if (policy.rto().isPresent() && policy.drill().schedule().isEmpty())
                add(
                        Severity.WARNING,
                        "rto",
                        "rto "
                                + Spans.print(policy.rto().get())
                                + " is promised and never measured",
                        "Give the profile a drill; it measures how long a restore takes.");
        }

        private static Optional<Duration> bestRhythm(Profile policy) {
            // WAL without a base cannot be replayed, so it counts only beside one.
            var wal = policy.physical().isPresent() ? policy.wal() : Optional.<Schedule>empty();
            return Stream.of(policy.logical(), policy.physical(), wal)
                    .flatMap(Optional::stream)
                    .flatMap(schedule -> schedule.rhythm().stream())
                    .map(Schedule.Rhythm::longest)
                    .min(Duration::compareTo);
        }

        private void retention() {
            var policy = server.policy();
            var keep = policy.keep();
            var drill = policy.drill().schedule().flatMap(Schedule::rhythm);
            // A count alone reaches as far as the backups are apart.
            if (drill.isPresent()
                    && keep.last() == 0
                    && keep.reach().compareTo(drill.get().shortest()) < 0)
                add(
                        Severity.WARNING,
                        "keep",
                        "backups are kept %s and drills are %s apart"
                                .formatted(
                                        Spans.print(keep.reach()),
                                        Spans.print(drill.get().shortest())),
                        "Keep backups longer or drill more often: some leave before they were"
                                + " proven.");
            if (policy.lock() == Lock.COMPLIANCE)
                add(
                        Severity.NOTE,
                        "lock",
                        "nobody can delete a backup under a compliance lock before it ends",
                        "Make sure that the tiers of keep are what you want to pay for.");
            if (policy.lock() != Lock.NONE && store instanceof StoreUri.Directory)
                add(
                        Severity.NOTE,
                        "lock",
                        "in a directory pgvigil itself keeps the lock: it does not protect from who"
                                + " owns the files",
                        "Use a bucket with Object Lock for more.");
        }

        private void drills() {
            var policy = server.policy();
            if (policy.drill().schedule().isEmpty())
                add(
                        Severity.WARNING,
                        "drill",
                        "no drill is scheduled, so no backup is ever proven",
                        "Give the profile a drill, or run pgvigil verify yourself.");
            for (var accepted : policy.drill().accept())
                if (accepted.expired(now))
                    add(
                            Severity.WARNING,
                            "drill.accept",
                            "%s was accepted until %s"
                                    .formatted(accepted.object(), accepted.expires()),
                            "Decide again: repair it, or accept it with a new date.");
        }

        private void places() {
            var policy = server.policy();
            if (policy.copies().isEmpty())
                add(
                        Severity.NOTE,
                        "copies",
                        "there is no copy outside " + store,
                        "Name a store in another account or region under copies.");
            if (policy.notified().isEmpty())
                add(
                        Severity.NOTE,
                        "notify",
                        "nobody is told when something is wrong",
                        "Write notify: [ sns ].");
        }

        private void add(Severity severity, String key, String what, String hint) {
            findings.add(new Finding(severity, "servers." + name + "." + key, what, hint));
        }
    }
}
