package io.pgvigil.core.config;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.schedule.Timetable;
import io.pgvigil.core.schedule.Work;
import io.pgvigil.core.store.StoreUri;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Everything the operator decided: one store, the servers in it, the profiles they take.
///
/// The order of servers and profiles is the order in which they were written.
public record Configuration(
        StoreUri store, Map<ServerName, ServerConfig> servers, Map<String, Profile> profiles) {

    public Configuration {
        servers = Collections.unmodifiableMap(new LinkedHashMap<>(servers));
        profiles = Collections.unmodifiableMap(new LinkedHashMap<>(profiles));
        var places = new HashMap<String, ServerName>();
        for (var server : servers.entrySet()) {
            var profile = server.getValue().profile();
            if (!profiles.containsKey(profile))
                throw new IllegalArgumentException(
                        "server " + server.getKey() + " takes the missing profile " + profile);
            // Two names for one server would be two histories that each look complete.
            var place = server.getValue().connect().endpoint();
            var other = places.put(place, server.getKey());
            if (other != null)
                throw new IllegalArgumentException(
                        "servers %s and %s are both %s".formatted(other, server.getKey(), place));
            for (var copy : server.getValue().policy().copies())
                if (overlap(store, copy.to()))
                    throw new IllegalArgumentException(
                            "copy "
                                    + copy
                                    + " of server "
                                    + server.getKey()
                                    + " lies in the store");
        }
    }

    public Optional<ServerConfig> server(ServerName name) {
        return Optional.ofNullable(servers.get(name));
    }

    /// What counts in one of the stores: in a further one, what its profiles keep there. Backups arrive in
    /// it and nothing is proven there, so no drill is waited for.
    public Configuration in(StoreUri place) {
        if (place.place().equals(store.place())) return this;
        var copied = new LinkedHashMap<ServerName, ServerConfig>();
        servers.forEach((name, server) ->
                policy(name, place).ifPresent(policy -> copied.put(name, server.with(policy))));
        return copied.isEmpty() ? this : new Configuration(place, copied, profiles);
    }

    /// What is asked of a server's backups in a further store; empty where its profile does not send them.
    public Optional<Profile> policy(ServerName server, StoreUri place) {
        return server(server)
                .map(ServerConfig::policy)
                .flatMap(policy ->
                        policy.copies().stream()
                                .filter(copy -> copy.to().place().equals(place.place()))
                                .findFirst()
                                .map(policy::at));
    }

    /// Every further store that a server sends copies to, in the order of servers.
    public List<StoreUri> copyPlaces() {
        return servers.values().stream()
                .flatMap(server -> server.policy().copies().stream())
                .map(CopyPlace::to)
                .distinct()
                .toList();
    }

    /// Everything that falls due by itself, in the order of servers and then of work.
    public Timetable timetable() {
        var entries = new ArrayList<Timetable.Entry>();
        servers.forEach((name, server) -> {
            for (var work : Work.values())
                schedule(server.policy(), work)
                        .ifPresent(when -> entries.add(new Timetable.Entry(name, work, when)));
        });
        return new Timetable(entries);
    }

    private static Optional<Schedule> schedule(Profile policy, Work work) {
        return switch (work) {
            case LOGICAL -> policy.logical();
            case PHYSICAL -> policy.physical();
            case WAL -> policy.wal();
            case DRILL -> policy.drill().schedule();
        };
    }

    /// Whether one of the two lies inside the other, or both are the same place.
    public static boolean overlap(StoreUri one, StoreUri other) {
        return switch (one) {
            case StoreUri.S3(var bucket, var prefix, var service) ->
                    other instanceof StoreUri.S3(var otherBucket, var otherPrefix, var otherService)
                            && bucket.equals(otherBucket)
                            && service.endpoint().equals(otherService.endpoint())
                            && (within(prefix, otherPrefix) || within(otherPrefix, prefix));
            case StoreUri.Directory(var path) ->
                    other instanceof StoreUri.Directory(var otherPath)
                            && (path.startsWith(otherPath) || otherPath.startsWith(path));
        };
    }

    private static boolean within(String prefix, String outer) {
        return outer.isEmpty() || prefix.equals(outer) || prefix.startsWith(outer + "/");
    }
}
