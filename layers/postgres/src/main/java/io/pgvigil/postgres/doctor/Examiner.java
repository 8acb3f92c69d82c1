package io.pgvigil.postgres.doctor;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.doctor.Program;
import io.pgvigil.core.doctor.Service;
import io.pgvigil.core.doctor.Sight;
import io.pgvigil.core.doctor.Trouble;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.Readable;
import io.pgvigil.postgres.ServerFacts;
import io.pgvigil.postgres.ServerVersion;
import io.pgvigil.postgres.SourceDatabase;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.physical.Replication;
import io.pgvigil.postgres.physical.SourceCluster;
import io.pgvigil.postgres.physical.SourceCluster.Capacity;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Connects as a backup would, and tells what it saw. It reads only.
public final class Examiner {
    private final Tools tools;
    private final InstantSource clock;

    public Examiner(Tools tools, InstantSource clock) {
        this.tools = tools;
        this.clock = clock;
    }

    /// @param together those that are to be backed up with it; none: all of the server
    /// @throws Problem when the database lets nobody in
    public Sight see(LoginSource logins, DatabaseName database, List<DatabaseName> together) {
        var cluster = new SourceCluster(logins, database);
        try (var source = SourceDatabase.connect(logins.login(), database)) {
            var facts = source.facts();
            var readable = Readable.of(source);
            // Before we take a WAL sender ourselves.
            var capacity = cluster.capacity();
            return new Sight(
                    logins.endpoint().toString(),
                    database,
                    server(facts, capacity, cluster.largest(together)),
                    new Sight.Role(
                            facts.role().name(),
                            facts.role().superuser(),
                            facts.role().replication(),
                            facts.role().readsPasswords()),
                    new Sight.Readable(
                            readable.closed(), readable.subscriptions(), readable.userMappings()),
                    new Sight.Log(
                            capacity.walLevel(),
                            capacity.slotLimit(),
                            capacity.slots(),
                            capacity.slotsUsed(),
                            capacity.senders(),
                            capacity.sendersUsed(),
                            capacity.walKeep(),
                            capacity.standbysWithoutSlot(),
                            refused(logins)),
                    programs(source.version()));
        }
    }

    private static Sight.Server server(ServerFacts facts, Capacity capacity, long largest) {
        return new Sight.Server(
                facts.version().toString(),
                facts.version().major(),
                service(facts, capacity),
                facts.inRecovery(),
                facts.database().size(),
                ByteSize.of(capacity.bytes()),
                ByteSize.of(largest),
                capacity.databases(),
                capacity.closed(),
                capacity.tablespaces());
    }

    private static Service service(ServerFacts facts, Capacity capacity) {
        return switch (facts.managed()) {
            case RDS -> Service.RDS;
            case AURORA -> Service.AURORA;
            case NO ->
                    capacity.service()
                            .map(name ->
                                    name.equals("cloudsqladmin")
                                            ? Service.CLOUD_SQL
                                            : Service.AZURE)
                            .orElse(Service.NONE);
        };
    }

    /// Only a connection tells: privilege, pg_hba.conf and a free WAL sender.
    private Optional<Trouble> refused(LoginSource logins) {
        try (var replication = Replication.connect(logins.login(), clock)) {
            replication.identity();
            return Optional.empty();
        } catch (Problem problem) {
            return Optional.of(Trouble.of(problem));
        }
    }

    private Sight.Programs programs(ServerVersion server) {
        return new Sight.Programs(
                program(() -> tools.forDump(server), server),
                program(() -> tools.forCopy(server), server),
                program(() -> tools.forSandbox(server.major()), server));
    }

    private static Program program(Supplier<ToolSet> sought, ServerVersion server) {
        try {
            var found = sought.get();
            return Program.found(
                    found.version().toString(), found.bin().toString(), found.olderThan(server));
        } catch (Problem problem) {
            return Program.missing(Trouble.of(problem));
        }
    }
}
