package io.pgvigil.cli;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Pace;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunProgress;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.schedule.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// How things stand: what is under way, what protects each database, what comes next.
record Status(List<Open> open, List<Protection> databases, List<Next> due) {

    /// A run that is not over.
    ///
    /// @param run empty: announced and never recorded, or recorded this moment
    /// @param behind for a queued run, the runs of its server that are at work
    /// @param pace how far its task said it is
    record Open(
            RunId id,
            ServerName server,
            Optional<Run> run,
            Duration age,
            List<RunId> behind,
            Optional<Pace> pace) {}

    /// What protects one database.
    ///
    /// @param newest empty: it is configured and there is no backup of it
    /// @param proof the newest drill that proved a backup of it
    record Protection(
            ServerName server,
            Optional<DatabaseName> database,
            Optional<Manifest> newest,
            Optional<Drill> proof) {}

    /// What falls due next.
    record Next(ServerName server, Work work, Instant at, String schedule) {}

    /// What was found about an open run.
    record Marker(ServerName server, RunId id, Optional<Run> run, Optional<RunProgress> progress) {}

    /// @param drills every drill of the databases in `backups`
    static Status of(
            List<Marker> markers,
            List<Manifest> backups,
            List<Drill> drills,
            Optional<Configuration> configuration,
            Instant now) {
        return new Status(
                open(markers, backups, now),
                protection(backups, drills, configuration),
                configuration.map(known -> due(known, now)).orElse(List.of()));
    }

    private static List<Open> open(List<Marker> markers, List<Manifest> backups, Instant now) {
        return markers.stream()
                .map(marker ->
                        new Open(
                                marker.id(),
                                marker.server(),
                                marker.run(),
                                age(marker, now),
                                behind(marker, markers),
                                marker.progress()
                                        .map(told ->
                                                Pace.of(told, before(marker, told, backups), now))))
                .sorted(Comparator.comparing(Open::server).thenComparing(Open::id))
                .toList();
    }

    private static Duration age(Marker marker, Instant now) {
        return marker.run()
                .map(run -> Duration.between(run.asked(), now))
                .filter(age -> !age.isNegative())
                .orElse(Duration.ZERO);
    }

    private static List<RunId> behind(Marker marker, List<Marker> all) {
        if (!in(marker, RunState.QUEUED)) return List.of();
        return all.stream()
                .filter(other -> other.server().equals(marker.server()))
                .filter(other -> in(other, RunState.ASKED) || in(other, RunState.STARTED))
                .map(Marker::id)
                .toList();
    }

    /// What the last dump of the database at work was.
    private static Optional<Long> before(Marker marker, RunProgress told, List<Manifest> backups) {
        if (!told.stage().equals("dump")
                || marker.run().filter(run -> run.order() instanceof Order.Backup).isEmpty())
            return Optional.empty();
        return newest(backups, new Place(marker.server(), new DatabaseName(told.detail())))
                .map(backup -> backup.totals().archiveBytes());
    }

    private static boolean in(Marker marker, RunState state) {
        return marker.run().filter(run -> run.state() == state).isPresent();
    }

    private record Place(ServerName server, DatabaseName database) {}

    private static List<Protection> protection(
            List<Manifest> backups, List<Drill> drills, Optional<Configuration> configuration) {
        var places = new LinkedHashSet<Place>();
        backups.stream()
                .map(backup -> new Place(backup.server(), backup.database()))
                .sorted(
                        Comparator.comparing(Place::server)
                                .thenComparing(place -> place.database().value()))
                .forEach(places::add);
        var found = new ArrayList<Protection>();
        for (var place : places)
            found.add(
                    new Protection(
                            place.server(),
                            Optional.of(place.database()),
                            newest(backups, place),
                            proof(drills, place)));
        unprotected(places, configuration)
                .forEach(server ->
                        found.add(
                                new Protection(
                                        server,
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty())));
        return found;
    }

    private static Optional<Manifest> newest(List<Manifest> backups, Place place) {
        return backups.stream()
                .filter(one ->
                        one.server().equals(place.server())
                                && one.database().equals(place.database()))
                .max(Comparator.comparing(Manifest::finished));
    }

    private static Optional<Drill> proof(List<Drill> drills, Place place) {
        return drills.stream()
                .filter(one ->
                        one.server().equals(place.server())
                                && one.database().equals(place.database())
                                && one.verdict() != DrillVerdict.NOT_PROVEN)
                .max(Comparator.comparing(Drill::finished));
    }

    /// Servers that are configured and have no backup at all.
    private static List<ServerName> unprotected(
            Set<Place> places, Optional<Configuration> configuration) {
        return configuration.map(Configuration::servers).stream()
                .flatMap(servers -> servers.keySet().stream())
                .filter(server -> places.stream().noneMatch(one -> one.server().equals(server)))
                .toList();
    }

    private static List<Next> due(Configuration configuration, Instant now) {
        return configuration.timetable().entries().stream()
                .flatMap(entry ->
                        entry
                                .schedule()
                                .next(now)
                                .map(at ->
                                        new Next(
                                                entry.server(),
                                                entry.work(),
                                                at,
                                                entry.schedule().toString()))
                                .stream())
                .sorted(Comparator.comparing(Next::at).thenComparing(Next::server))
                .toList();
    }
}
