package io.pgvigil.aws.rds;

import io.pgvigil.aws.pitr.RdsPointInTime;
import io.pgvigil.aws.pitr.RdsRestoreWish;
import io.pgvigil.aws.rds.RdsInstances.Deletion;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.rds.RdsClient;
import software.amazon.awssdk.services.rds.model.DBCluster;
import software.amazon.awssdk.services.rds.model.DBInstance;
import software.amazon.awssdk.services.rds.model.DbClusterNotFoundException;
import software.amazon.awssdk.services.rds.model.InvalidDbClusterStateException;

/// Has RDS restore a server that it runs into a temporary one, lets us in, and deletes it: an instance,
/// or of Aurora a cluster and an instance in it.
///
/// - **No secret of the source:** the copy gets a master password of its own, which is in the one request
///   and nowhere else.
/// - **Only ours:** what does not carry the tags of this stack and run is never changed and never deleted.
public final class TemporaryRestores {
    private static final String AVAILABLE = "available";
    private static final String DELETING = "deleting";

    private final RdsClient client;
    private final Pace pace;
    private final RdsInstances instances;

    /// @param user its master user, who has the password that was asked for
    /// @param instance in which the data can be asked for
    public record Made(
            RdsInstances.Address address, String user, String instance, String description) {}

    public TemporaryRestores(RdsClient client, Pace pace) {
        this.client = client;
        this.pace = pace;
        this.instances = new RdsInstances(client, pace);
    }

    public static TemporaryRestores from(Map<String, String> environment) {
        return new TemporaryRestores(Rds.client(environment), Pace.STANDARD);
    }

    /// Restores the latest moment there is.
    ///
    /// @param progress told each change of state
    public Made make(TemporaryRestore wanted, Secret password, Consumer<String> progress) {
        var place = wanted.place();
        // As long as the temporary one may live: a large server takes hours.
        var restores = new RdsPointInTime(client, pace.poll(), place.longest());
        var wish =
                new RdsRestoreWish(
                        wanted.source(),
                        wanted.id(),
                        Optional.empty(),
                        Optional.of(place.subnetGroup()),
                        place.securityGroups(),
                        Optional.of(place.instanceClass()),
                        wanted.tags());
        var latest = restores.plan(wish).latest();
        try {
            var restored = restores.restore(wish, progress);
            var cluster = !restored.instance().equals(restored.id());
            var user = reset(wanted, cluster, password);
            settled(wanted, cluster);
            return new Made(
                    new RdsInstances.Address(restored.host(), restored.port()),
                    user,
                    restored.instance(),
                    "a temporary %s that RDS restored as of about %s, %s"
                            .formatted(
                                    cluster ? "cluster of Aurora" : "instance",
                                    latest,
                                    place.instanceClass()));
        } catch (SdkException e) {
            throw RdsFailures.problem(e, "let us into " + wanted.id());
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.RUN_CANCELLED) throw problem;
            // There it says that the restore goes on, which is so of one that stays.
            throw RdsFailures.cancelled("restore into " + wanted.id(), problem);
        }
    }

    /// The name of the master user, who is the source's.
    private String reset(TemporaryRestore wanted, boolean cluster, Secret password) {
        if (cluster)
            return client.modifyDBCluster(request ->
                            request.dbClusterIdentifier(wanted.id())
                                    .masterUserPassword(password.reveal())
                                    .applyImmediately(true))
                    .dbCluster()
                    .masterUsername();
        return client.modifyDBInstance(request ->
                        request.dbInstanceIdentifier(wanted.id())
                                .masterUserPassword(password.reveal())
                                .applyImmediately(true))
                .dbInstance()
                .masterUsername();
    }

    /// Until no change waits any more.
    private void settled(TemporaryRestore wanted, boolean cluster) {
        var deadline = System.nanoTime() + pace.making().toNanos();
        while (System.nanoTime() - deadline < 0) {
            pause(wanted);
            if (cluster ? clusterIsSettled(wanted) : instanceIsSettled(wanted)) return;
        }
        throw new Problem(
                ErrorCode.INSTANCE_FAILED,
                wanted.id()
                        + " did not get its password within "
                        + pace.making().toMinutes()
                        + " minutes",
                "It is deleted; try again. The events of RDS may say why.");
    }

    private boolean instanceIsSettled(TemporaryRestore wanted) {
        return instances
                .find(wanted.id())
                .filter(one -> AVAILABLE.equals(one.dbInstanceStatus()))
                .filter(one -> !waits(one))
                .isPresent();
    }

    private static boolean waits(DBInstance instance) {
        var pending = instance.pendingModifiedValues();
        return pending != null && pending.masterUserPassword() != null;
    }

    private boolean clusterIsSettled(TemporaryRestore wanted) {
        return cluster(wanted.id())
                .filter(one -> AVAILABLE.equals(one.status()))
                .filter(one ->
                        one.pendingModifiedValues() == null
                                || one.pendingModifiedValues().masterUserPassword() == null)
                .isPresent();
    }

    private void pause(TemporaryRestore wanted) {
        try {
            Thread.sleep(pace.poll());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RdsFailures.cancelled("let us into " + wanted.id(), e);
        }
    }

    /// Whether it takes connections now, as far as RDS knows.
    public boolean isAvailable(Made made) {
        return instances.isAvailable(made.instance());
    }

    /// Orders the deletion of whatever [#make] may have made, whatever happened since; throws nothing.
    public Deletion delete(TemporaryRestore wanted) {
        return instances.insistently(() ->
                Stream.of(
                                // RDS deletes no cluster that has an instance which stays.
                                instance(wanted, wanted.within()),
                                instance(wanted, wanted.id()),
                                deleteCluster(wanted))
                        .max(Comparator.naturalOrder())
                        .orElseThrow());
    }

    private Deletion instance(TemporaryRestore wanted, String id) {
        return instances.deleteOnce(id, wanted.stack(), wanted.run());
    }

    private Deletion deleteCluster(TemporaryRestore wanted) {
        try {
            var found = cluster(wanted.id());
            if (found.isEmpty()) return Deletion.GONE;
            if (!InstanceTags.isOf(
                    wanted.stack(), wanted.run(), InstanceTags.of(found.get().tagList())))
                return Deletion.NOT_OURS;
            if (DELETING.equals(found.get().status())) return Deletion.DELETING;
            delete(client, wanted.id());
            return Deletion.DELETING;
        } catch (DbClusterNotFoundException e) {
            return Deletion.GONE;
        } catch (InvalidDbClusterStateException e) {
            // Being made: soon it can be deleted.
            return Deletion.LEFT;
        } catch (SdkException e) {
            return Deletion.LEFT;
        }
    }

    static void delete(RdsClient client, String cluster) {
        client.deleteDBCluster(request ->
                request.dbClusterIdentifier(cluster)
                        .skipFinalSnapshot(true)
                        .deleteAutomatedBackups(true));
    }

    private Optional<DBCluster> cluster(String id) {
        try {
            return client
                    .describeDBClusters(request -> request.dbClusterIdentifier(id))
                    .dbClusters()
                    .stream()
                    .findFirst();
        } catch (DbClusterNotFoundException e) {
            return Optional.empty();
        }
    }
}
