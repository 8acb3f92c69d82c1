package io.pgvigil.aws.rds;

import io.pgvigil.core.managed.ManagedBackups;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.core.managed.ManagedServices;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.rds.RdsClient;
import software.amazon.awssdk.services.rds.model.DBCluster;
import software.amazon.awssdk.services.rds.model.DBInstance;

/// What RDS says of the automated backups of instances and clusters, found by their endpoints.
///
/// Needs `rds:DescribeDBInstances` and `rds:DescribeDBClusters`.
public final class RdsBackups implements ManagedServices {
    private final Supplier<RdsClient> client;

    public RdsBackups(RdsClient client) {
        this(() -> client);
    }

    RdsBackups(Supplier<RdsClient> client) {
        this.client = client;
    }

    @Override
    public Optional<ManagedBackups> find(ManagedHost host) {
        try {
            if (host.cluster()) return cluster(host).map(RdsBackups::of);
            var instance = instance(host);
            // An instance of a cluster has no backups of its own.
            var within = instance.flatMap(one -> Optional.ofNullable(one.dbClusterIdentifier()));
            return within.isPresent()
                    ? within.flatMap(this::cluster).map(RdsBackups::of)
                    : instance.map(RdsBackups::of);
        } catch (SdkException e) {
            throw RdsFailures.problem(e, "describe " + host.host());
        }
    }

    private Optional<DBInstance> instance(ManagedHost host) {
        return client.get().describeDBInstancesPaginator().dbInstances().stream()
                .filter(one ->
                        one.endpoint() != null
                                && host.host().equalsIgnoreCase(one.endpoint().address()))
                .findFirst();
    }

    private Optional<DBCluster> cluster(ManagedHost host) {
        return client.get().describeDBClustersPaginator().dbClusters().stream()
                .filter(one ->
                        host.host().equalsIgnoreCase(one.endpoint())
                                || host.host().equalsIgnoreCase(one.readerEndpoint())
                                || one.customEndpoints().stream()
                                        .anyMatch(host.host()::equalsIgnoreCase))
                .findFirst();
    }

    private Optional<DBCluster> cluster(String id) {
        return client.get().describeDBClustersPaginator().dbClusters().stream()
                .filter(one -> id.equals(one.dbClusterIdentifier()))
                .findFirst();
    }

    private static ManagedBackups of(DBInstance instance) {
        return new ManagedBackups(
                instance.dbInstanceIdentifier(),
                false,
                String.valueOf(instance.dbInstanceStatus()),
                Optional.ofNullable(instance.backupRetentionPeriod()).orElse(0),
                Optional.ofNullable(instance.latestRestorableTime()));
    }

    private static ManagedBackups of(DBCluster cluster) {
        return new ManagedBackups(
                cluster.dbClusterIdentifier(),
                true,
                String.valueOf(cluster.status()),
                Optional.ofNullable(cluster.backupRetentionPeriod()).orElse(0),
                Optional.ofNullable(cluster.latestRestorableTime()));
    }
}
