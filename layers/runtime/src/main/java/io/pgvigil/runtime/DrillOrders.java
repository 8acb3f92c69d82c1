package io.pgvigil.runtime;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.DrillRules;
import io.pgvigil.core.drill.InstanceKind;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a drill of a backup is told to do, whoever asks for it.
public final class DrillOrders {
    public static final int JOBS = 2;

    private final DrillRules rules;

    public DrillOrders(DrillRules rules) {
        this.rules = rules;
    }

    public Order.Drill scheduled(Manifest backup) {
        return of(backup, JOBS, List.of(), List.of(), Optional.empty());
    }

    /// @param checks besides those of the server's profile
    /// @param accept besides those of the server's profile
    /// @param instance instead of the one of the server's profile
    public Order.Drill of(
            Manifest backup,
            int jobs,
            List<Check> checks,
            List<Acceptance> accept,
            Optional<InstanceKind> instance) {
        var asked = new ArrayList<>(rules.checks(backup.server(), backup.database()));
        asked.addAll(checks);
        var accepted = new ArrayList<>(rules.accepted(backup.server()));
        accepted.addAll(accept);
        return new Order.Drill(
                backup.server(),
                backup.database(),
                backup.backup(),
                jobs,
                asked,
                accepted,
                place(backup, instance));
    }

    /// Where a service stands for the copies and the log that a profile promises, and it is said where its
    /// restores may be tried.
    public Optional<Order.ManagedDrill> scheduled(ServerName server, Profile profile) {
        var promised = profile.physical().isPresent() || profile.wal().isPresent();
        return rules.managed(server)
                .filter(_ -> promised && rules.instance(server).rds().isPresent())
                .map(host -> managed(server, host, List.of()));
    }

    /// Of a server whose files its service gives to nobody: the service's own restore is what is proven.
    ///
    /// @param checks besides those of the server's profile
    public Order.ManagedDrill managed(ServerName server, ManagedHost host, List<Check> checks) {
        var asked = new ArrayList<>(rules.checks(server, DatabaseName.CLUSTER));
        asked.addAll(checks);
        return new Order.ManagedDrill(
                server,
                host.host(),
                asked,
                rules.instance(server).chosen(Optional.of(InstanceKind.RDS)).orElseThrow());
    }

    /// A service that gives nobody its files takes none either.
    private Optional<RdsPlacement> place(Manifest backup, Optional<InstanceKind> instance) {
        if (backup.kind() != BackupKind.PHYSICAL)
            return rules.instance(backup.server()).chosen(instance);
        if (instance.equals(Optional.of(InstanceKind.RDS)))
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "backup " + backup.backup() + " is physical, and RDS takes no data folder",
                    "Prove it in the sandbox.");
        return Optional.empty();
    }
}
