package io.pgvigil.core.watch;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Hold;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.schedule.Work;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.StoreUri;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Everything that a look at the store learned.
///
/// @param configuration what counts; empty: none is known
/// @param rejected why a newer configuration is refused
/// @param expected since when each kind of work is asked for, as far as that is known
/// @param open runs that are not over
/// @param failed runs that failed and were due where something is late
/// @param tick the last look at the timetable; empty where nobody but a host's own timer looks
/// @param skew how far the store's clock is before ours
/// @param copies in which further stores backups were checked, by their short names, and behind a slash
///     what came later
/// @param restorable how far a service of the cloud can restore a server by itself; the epoch: nobody
///     asked it, or it cannot
/// @param key what is wrong with the key that encrypts everything
/// @param rules of the bucket
/// @param unseen servers that could not be looked at, and why
public record WatchFacts(
        Optional<Configuration> configuration,
        Optional<String> rejected,
        History history,
        Map<Expectation, Instant> expected,
        List<Run> open,
        List<Run> failed,
        Optional<Instant> tick,
        Duration skew,
        List<Hold> holds,
        List<PendingUpload> uploads,
        LockFacts locks,
        Map<BackupRef, Set<String>> copies,
        Map<ServerName, Instant> restorable,
        Optional<String> key,
        RuleFacts rules,
        Map<ServerName, String> unseen) {
    public WatchFacts {
        expected = Map.copyOf(expected);
        open = List.copyOf(open);
        failed = List.copyOf(failed);
        copies = Map.copyOf(copies);
        holds = List.copyOf(holds);
        uploads = List.copyOf(uploads);
        restorable = Map.copyOf(restorable);
        unseen = Map.copyOf(unseen);
    }

    /// A kind of work that the configuration asks for.
    public record Expectation(ServerName server, Work work) {
        @Override
        public String toString() {
            return server + " " + work.word();
        }
    }

    /// Whether a service makes the copies and the log of this whole server, and nothing of it is in the
    /// store but the drills of the service's own restore.
    public boolean managed(ServerName server, DatabaseName database) {
        return database.equals(DatabaseName.CLUSTER) && restorable.containsKey(server);
    }

    /// How far the service that runs a server can restore it; empty when it was not asked, or cannot.
    public Optional<Instant> byService(ServerName server) {
        return Optional.ofNullable(restorable.get(server)).filter(at -> at.isAfter(Instant.EPOCH));
    }

    /// Whether the copy of a backup in a further store was checked.
    public boolean copied(BackupRef backup, StoreUri to) {
        return copies.getOrDefault(backup, Set.of()).contains(Layout.named(to));
    }

    /// Whether something that came later was sent there, too.
    public boolean copied(BackupRef backup, StoreUri to, String what) {
        return copies.getOrDefault(backup, Set.of()).contains(Layout.named(to) + "/" + what);
    }

    /// The same, with the runs that were to make what is late.
    public WatchFacts with(List<Run> failures) {
        return new WatchFacts(
                configuration,
                rejected,
                history,
                expected,
                open,
                failures,
                tick,
                skew,
                holds,
                uploads,
                locks,
                copies,
                restorable,
                key,
                rules,
                unseen);
    }
}
