package io.pgvigil.aws.pitr;

import io.pgvigil.aws.AwsFailure;
import io.pgvigil.aws.Clients;
import io.pgvigil.aws.TagNames;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.rds.RdsClient;
import software.amazon.awssdk.services.rds.model.DBCluster;
import software.amazon.awssdk.services.rds.model.DBInstance;
import software.amazon.awssdk.services.rds.model.DbClusterAlreadyExistsException;
import software.amazon.awssdk.services.rds.model.DbClusterNotFoundException;
import software.amazon.awssdk.services.rds.model.DbInstanceAlreadyExistsException;
import software.amazon.awssdk.services.rds.model.DbInstanceNotFoundException;
import software.amazon.awssdk.services.rds.model.Tag;

/// Restores a server of RDS to a moment, into a new one: `RestoreDBInstanceToPointInTime`, and for
/// Aurora `RestoreDBClusterToPointInTime` and then an instance in the new cluster.
///
/// - **Nothing that exists is touched:** a name that is taken is refused.
/// - **Asked once:** when an answer is lost, what is there is recognised by a tag as our own.
/// - **Nothing is deleted:** a restore that is interrupted goes on in RDS.
public final class RdsPointInTime {
    private static final Duration CALL_LIMIT = Duration.ofSeconds(60);
    private static final String AVAILABLE = "available";
    private static final String AURORA = "aurora";
    private static final String SERVERLESS = "db.serverless";
    private static final String FROM = "pgvigil:restored-from";
    private static final Set<String> HOPELESS =
            Set.of(
                    "failed",
                    "deleting",
                    "stopped",
                    "restore-error",
                    "storage-full",
                    "insufficient-capacity",
                    "migration-failed",
                    "cloning-failed",
                    "inaccessible-encryption-credentials");

    private final RdsClient client;
    private final Duration poll;
    private final Duration limit;

    /// What would be done.
    ///
    /// @param latest up to which moment the source can be restored
    /// @param steps in words
    public record Plan(String source, boolean cluster, Instant latest, List<String> steps) {
        public Plan {
            steps = List.copyOf(steps);
        }
    }

    /// What there is now.
    ///
    /// @param instance the one in which the data can be asked for; of Aurora, the one in the cluster
    public record Restored(String id, String instance, String host, int port) {}

    /// @param poll how often RDS is asked how far it is
    /// @param limit how long that is done
    public RdsPointInTime(RdsClient client, Duration poll, Duration limit) {
        this.client = client;
        this.poll = poll;
        this.limit = limit;
    }

    public static RdsPointInTime from(Map<String, String> environment) {
        return new RdsPointInTime(
                Clients.standard(environment).build(RdsClient.builder(), "RDS", CALL_LIMIT),
                Duration.ofSeconds(15),
                Duration.ofHours(12));
    }

    private sealed interface Source {
        record Instance(DBInstance it) implements Source {}

        record Cluster(DBCluster it, Optional<DBInstance> writer) implements Source {}
    }

    /// Looks and refuses what cannot be, without changing anything.
    public Plan plan(RdsRestoreWish wish) {
        return plan(wish, source(wish.source()));
    }

    private Plan plan(RdsRestoreWish wish, Source source) {
        requireFree(wish.id());
        return switch (source) {
            case Source.Instance(var it) -> {
                var latest =
                        reachable(
                                wish,
                                it.dbInstanceIdentifier(),
                                it.backupRetentionPeriod(),
                                Optional.empty(),
                                Optional.ofNullable(it.latestRestorableTime()));
                yield new Plan(
                        it.dbInstanceIdentifier(),
                        false,
                        latest,
                        List.of(
                                "restore instance %s as of %s into the new instance %s, %s"
                                        .formatted(
                                                it.dbInstanceIdentifier(),
                                                moment(wish, latest),
                                                wish.id(),
                                                wish.instanceClass()
                                                        .orElse(it.dbInstanceClass()))));
            }
            case Source.Cluster(var it, var writer) -> {
                if (!String.valueOf(it.engine()).startsWith(AURORA))
                    throw new Problem(
                            ErrorCode.NOT_SUPPORTED_HERE,
                            it.dbClusterIdentifier()
                                    + " is a cluster of engine "
                                    + it.engine()
                                    + ", and this version restores clusters of Aurora only",
                            "aws rds restore-db-cluster-to-point-in-time does it.");
                var latest =
                        reachable(
                                wish,
                                it.dbClusterIdentifier(),
                                it.backupRetentionPeriod(),
                                Optional.ofNullable(it.earliestRestorableTime()),
                                Optional.ofNullable(it.latestRestorableTime()));
                yield new Plan(
                        it.dbClusterIdentifier(),
                        true,
                        latest,
                        List.of(
                                "restore cluster %s as of %s into the new cluster %s"
                                        .formatted(
                                                it.dbClusterIdentifier(),
                                                moment(wish, latest),
                                                wish.id()),
                                "make instance %s in it, %s"
                                        .formatted(instanceOf(wish), instanceClass(wish, writer))));
            }
        };
    }

    private static String moment(RdsRestoreWish wish, Instant latest) {
        return wish.at().map(Instant::toString).orElse("the latest moment, about " + latest);
    }

    private static String instanceOf(RdsRestoreWish wish) {
        return wish.id() + "-1";
    }

    private static String instanceClass(RdsRestoreWish wish, Optional<DBInstance> writer) {
        return wish.instanceClass()
                .or(() -> writer.map(DBInstance::dbInstanceClass))
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.USAGE_INVALID,
                                "the source has no instance whose class could be taken",
                                "Say how large the new one is to be: --rds-class db.r6g.large."));
    }

    private static Instant reachable(
            RdsRestoreWish wish,
            String id,
            Integer days,
            Optional<Instant> earliest,
            Optional<Instant> latest) {
        if (days == null || days < 1 || latest.isEmpty())
            throw new Problem(
                    ErrorCode.POINT_NOT_REACHABLE,
                    id + " has no automated backups that it could be restored from",
                    "Restore a logical backup instead; pgvigil list shows them.");
        var at = wish.at();
        if (at.filter(time -> time.isAfter(latest.get())).isPresent())
            throw new Problem(
                    ErrorCode.POINT_NOT_REACHABLE,
                    "%s can be restored up to %s, and %s is later"
                            .formatted(id, latest.get(), at.get()),
                    "RDS stores log about every five minutes: wait, or leave out --at for the latest"
                            + " moment.");
        if (at.isPresent() && earliest.filter(first -> at.get().isBefore(first)).isPresent())
            throw new Problem(
                    ErrorCode.POINT_NOT_REACHABLE,
                    "%s can be restored from %s on, and %s is earlier"
                            .formatted(id, earliest.get(), at.get()),
                    "Restore a logical backup of that time; pgvigil list shows them.");
        return latest.get();
    }

    /// Does it and waits until it takes connections.
    ///
    /// @param progress told each change of state
    public Restored restore(RdsRestoreWish wish, Consumer<String> progress) {
        var source = source(wish.source());
        plan(wish, source).steps().forEach(progress);
        var attempt = UUID.randomUUID().toString();
        return switch (source) {
            case Source.Instance(var it) -> {
                ask(wish, attempt, it);
                yield awaitInstance(wish.id(), wish.id(), progress);
            }
            case Source.Cluster(var it, var writer) -> {
                ask(wish, attempt, it);
                awaitCluster(wish.id(), progress);
                addInstance(wish, attempt, it, instanceClass(wish, writer));
                yield awaitInstance(wish.id(), instanceOf(wish), progress);
            }
        };
    }

    private void ask(RdsRestoreWish wish, String attempt, DBInstance source) {
        var groups =
                wish.securityGroups().isEmpty()
                        ? source.vpcSecurityGroups().stream()
                                .map(group -> group.vpcSecurityGroupId())
                                .toList()
                        : wish.securityGroups();
        var subnets =
                wish.subnetGroup()
                        .or(() ->
                                Optional.ofNullable(source.dbSubnetGroup())
                                        .map(group -> group.dbSubnetGroupName()));
        try {
            client.restoreDBInstanceToPointInTime(request -> {
                request.sourceDBInstanceIdentifier(source.dbInstanceIdentifier())
                        .targetDBInstanceIdentifier(wish.id())
                        .dbInstanceClass(wish.instanceClass().orElse(source.dbInstanceClass()))
                        // It is looked at first; who wants more asks for it.
                        .publiclyAccessible(false)
                        .multiAZ(false)
                        .deletionProtection(false)
                        .copyTagsToSnapshot(source.copyTagsToSnapshot())
                        .tags(tags(wish, attempt, source.dbInstanceIdentifier()));
                // Without it RDS takes the default VPC, which is hardly ever meant.
                subnets.ifPresent(request::dbSubnetGroupName);
                if (!groups.isEmpty()) request.vpcSecurityGroupIds(groups);
                if (source.hasDbParameterGroups() && !source.dbParameterGroups().isEmpty())
                    request.dbParameterGroupName(
                            source.dbParameterGroups().getFirst().dbParameterGroupName());
                if (wish.at().isPresent()) request.restoreTime(wish.at().get());
                else request.useLatestRestorableTime(true);
            });
        } catch (DbInstanceAlreadyExistsException e) {
            requireOurs(
                    wish.id(),
                    attempt,
                    instance(wish.id()).map(DBInstance::tagList).orElse(List.of()));
        } catch (SdkException e) {
            throw problem(e, "restore " + source.dbInstanceIdentifier() + " into " + wish.id());
        }
    }

    private void ask(RdsRestoreWish wish, String attempt, DBCluster source) {
        var groups =
                wish.securityGroups().isEmpty()
                        ? source.vpcSecurityGroups().stream()
                                .map(group -> group.vpcSecurityGroupId())
                                .toList()
                        : wish.securityGroups();
        try {
            client.restoreDBClusterToPointInTime(request -> {
                request.sourceDBClusterIdentifier(source.dbClusterIdentifier())
                        .dbClusterIdentifier(wish.id())
                        .deletionProtection(false)
                        .tags(tags(wish, attempt, source.dbClusterIdentifier()));
                wish.subnetGroup()
                        .or(() -> Optional.ofNullable(source.dbSubnetGroup()))
                        .ifPresent(request::dbSubnetGroupName);
                if (!groups.isEmpty()) request.vpcSecurityGroupIds(groups);
                Optional.ofNullable(source.dbClusterParameterGroup())
                        .ifPresent(request::dbClusterParameterGroupName);
                Optional.ofNullable(source.serverlessV2ScalingConfiguration())
                        .ifPresent(scaling ->
                                request.serverlessV2ScalingConfiguration(wanted ->
                                        wanted.minCapacity(scaling.minCapacity())
                                                .maxCapacity(scaling.maxCapacity())));
                if (wish.at().isPresent()) request.restoreToTime(wish.at().get());
                else request.useLatestRestorableTime(true);
            });
        } catch (DbClusterAlreadyExistsException e) {
            requireOurs(
                    wish.id(),
                    attempt,
                    cluster(wish.id()).map(DBCluster::tagList).orElse(List.of()));
        } catch (SdkException e) {
            throw problem(e, "restore " + source.dbClusterIdentifier() + " into " + wish.id());
        }
    }

    private void addInstance(
            RdsRestoreWish wish, String attempt, DBCluster source, String instanceClass) {
        var id = instanceOf(wish);
        try {
            client.createDBInstance(request ->
                    request.dbInstanceIdentifier(id)
                            .dbClusterIdentifier(wish.id())
                            .engine(source.engine())
                            .dbInstanceClass(instanceClass)
                            .publiclyAccessible(false)
                            .tags(tags(wish, attempt, source.dbClusterIdentifier())));
        } catch (DbInstanceAlreadyExistsException e) {
            requireOurs(id, attempt, instance(id).map(DBInstance::tagList).orElse(List.of()));
        } catch (SdkException e) {
            throw problem(
                    e,
                    "make instance "
                            + id
                            + (instanceClass.equals(SERVERLESS) ? " (serverless)" : "")
                            + " in the restored cluster "
                            + wish.id());
        }
    }

    private static List<Tag> tags(RdsRestoreWish wish, String attempt, String source) {
        var tags = new ArrayList<Tag>();
        tags.add(Tag.builder().key(FROM).value(source).build());
        tags.add(Tag.builder().key(TagNames.ATTEMPT).value(attempt).build());
        wish.tags().forEach((key, value) -> tags.add(Tag.builder().key(key).value(value).build()));
        return tags;
    }

    private static void requireOurs(String id, String attempt, List<Tag> tags) {
        // The answer to our own request was lost, and the SDK asked again.
        if (tags.stream()
                .anyMatch(tag -> tag.key().equals(TagNames.ATTEMPT) && tag.value().equals(attempt)))
            return;
        throw taken(id);
    }

    private static Problem taken(String id) {
        return new Problem(
                ErrorCode.TARGET_NOT_EMPTY,
                "there is a server " + id + " in RDS already",
                "It was left alone. Choose another name: --to rds:NEW-ID.");
    }

    private void requireFree(String id) {
        if (instance(id).isPresent() || cluster(id).isPresent()) throw taken(id);
    }

    private void awaitCluster(String id, Consumer<String> progress) {
        await(
                "cluster " + id,
                progress,
                () -> cluster(id).map(DBCluster::status),
                () -> cluster(id).filter(one -> AVAILABLE.equals(one.status())));
    }

    private Restored awaitInstance(String id, String instance, Consumer<String> progress) {
        var ready =
                await(
                        "instance " + instance,
                        progress,
                        () -> instance(instance).map(DBInstance::dbInstanceStatus),
                        () ->
                                instance(instance)
                                        .filter(one ->
                                                AVAILABLE.equals(one.dbInstanceStatus())
                                                        && one.endpoint() != null
                                                        && one.endpoint().address() != null));
        return new Restored(id, instance, ready.endpoint().address(), ready.endpoint().port());
    }

    private <T> T await(
            String what,
            Consumer<String> progress,
            Supplier<Optional<String>> state,
            Supplier<Optional<T>> ready) {
        var begin = System.nanoTime();
        var before = "";
        while (true) {
            var now = state.get().orElse("not to be seen yet");
            if (!now.equals(before))
                progress.accept(
                        "%s is %s, after %d s"
                                .formatted(
                                        what,
                                        now,
                                        Duration.ofNanos(System.nanoTime() - begin).toSeconds()));
            before = now;
            var done = ready.get();
            if (done.isPresent()) return done.get();
            if (HOPELESS.contains(now) || now.startsWith("incompatible-"))
                throw new Problem(
                        ErrorCode.INSTANCE_FAILED,
                        what + " became " + now + " instead of available",
                        "Its events in the RDS console say why. Delete it and try again.");
            if (System.nanoTime() - begin > limit.toNanos())
                throw new Problem(
                        ErrorCode.INSTANCE_FAILED,
                        what + " is still " + now + " after " + limit.toMinutes() + " minutes",
                        "It goes on in RDS: look at it in the console.",
                        true,
                        null);
            sleep(what);
        }
    }

    private void sleep(String what) {
        try {
            Thread.sleep(poll);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw stopped("waiting for " + what, e);
        }
    }

    private static Problem stopped(String during, Exception e) {
        return new Problem(
                ErrorCode.RUN_CANCELLED,
                "told to stop while " + during,
                "What was begun goes on in RDS; it is yours to use or to delete.",
                e);
    }

    private Source source(String named) {
        var host = named.toLowerCase(Locale.ROOT);
        try {
            var cluster =
                    client.describeDBClustersPaginator().dbClusters().stream()
                            .filter(one ->
                                    host.equals(one.dbClusterIdentifier())
                                            || host.equalsIgnoreCase(one.endpoint())
                                            || host.equalsIgnoreCase(one.readerEndpoint()))
                            .findFirst();
            if (cluster.isPresent()) return of(cluster.get());
            var instance =
                    client.describeDBInstancesPaginator().dbInstances().stream()
                            .filter(one ->
                                    host.equals(one.dbInstanceIdentifier())
                                            || one.endpoint() != null
                                                    && host.equalsIgnoreCase(
                                                            one.endpoint().address()))
                            .findFirst();
            if (instance.isPresent()) {
                var within = instance.get().dbClusterIdentifier();
                return within == null
                        ? new Source.Instance(instance.get())
                        : of(cluster(within).orElseThrow(() -> unknown(within)));
            }
        } catch (SdkException e) {
            throw problem(e, "describe " + named);
        }
        throw unknown(named);
    }

    private static Problem unknown(String named) {
        return new Problem(
                ErrorCode.TARGET_MISSING,
                "no instance or cluster in this account and region is called, or has the endpoint, "
                        + named,
                "Check AWS_REGION and AWS_PROFILE, or name it: --rds-source ID.");
    }

    private Source of(DBCluster cluster) {
        var writer =
                cluster.dbClusterMembers().stream()
                        .filter(member -> Boolean.TRUE.equals(member.isClusterWriter()))
                        .map(member -> member.dbInstanceIdentifier())
                        .findFirst()
                        .flatMap(this::instance);
        return new Source.Cluster(cluster, writer);
    }

    private Optional<DBInstance> instance(String id) {
        try {
            return client
                    .describeDBInstances(request -> request.dbInstanceIdentifier(id))
                    .dbInstances()
                    .stream()
                    .findFirst();
        } catch (DbInstanceNotFoundException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw problem(e, "describe instance " + id);
        }
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
        } catch (SdkException e) {
            throw problem(e, "describe cluster " + id);
        }
    }

    private static Problem problem(SdkException e, String doing) {
        var failure = AwsFailure.of(e);
        if (failure.kind() == AwsFailure.Kind.INTERRUPTED) {
            Thread.currentThread().interrupt();
            return stopped("RDS was to " + doing, e);
        }
        return new Problem(
                ErrorCode.INSTANCE_FAILED,
                "RDS could not " + doing + ": " + failure,
                switch (failure.kind()) {
                    case DENIED ->
                            "You need rds:DescribeDBInstances, rds:DescribeDBClusters,"
                                    + " rds:AddTagsToResource, and rds:RestoreDBInstanceToPointInTime or"
                                    + " rds:RestoreDBClusterToPointInTime with rds:CreateDBInstance.";
                    case CREDENTIALS -> "Log in (again), or set AWS_PROFILE.";
                    case BUSY, UNREACHABLE -> "Try again; nothing is done twice under one name.";
                    case INTERRUPTED -> "What was begun goes on in RDS.";
                    case REFUSED ->
                            "Look at --rds-class, --rds-subnet-group and --rds-security-group.";
                },
                failure.transientFailure(),
                e);
    }
}
