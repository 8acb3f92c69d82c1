package io.pgvigil.aws.rds;

import io.pgvigil.aws.TagNames;
import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Sweeper;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.rds.RdsClient;
import software.amazon.awssdk.services.rds.model.DBCluster;
import software.amazon.awssdk.services.rds.model.DBInstance;
import software.amazon.awssdk.services.rds.model.DbClusterNotFoundException;
import software.amazon.awssdk.services.rds.model.DbInstanceNotFoundException;
import software.amazon.awssdk.services.rds.model.InvalidDbClusterStateException;
import software.amazon.awssdk.services.rds.model.InvalidDbInstanceStateException;

/// Deletes temporary instances that outlived their drill, by their tags alone: no record is needed.
///
/// - **Past their time, or their run:** whatever `pgvigil:expires` says, or earlier where the run is known
///   to have ended.
/// - **Never another's:** an instance without the tags of this stack is left alone, whatever its name; one
///   that is named like ours is mentioned.
public final class RdsSweeper implements Sweeper {
    /// For an instance of ours whose expiry was removed or spoiled.
    private static final Duration WITHOUT_EXPIRY = Duration.ofDays(1);

    /// An instance younger than this is left to its drill, which may be just about to delete it.
    private static final Duration OWN_CHANCE = Duration.ofMinutes(30);

    private final Supplier<RdsClient> client;
    private final String stack;
    private final Predicate<RunId> over;

    /// @param over whether a run is known to have ended; what is not known has not
    public RdsSweeper(RdsClient client, String stack, Predicate<RunId> over) {
        this(() -> client, stack, over);
    }

    private RdsSweeper(Supplier<RdsClient> client, String stack, Predicate<RunId> over) {
        if (stack.isBlank()) throw new IllegalArgumentException("a stack needs a name");
        this.client = client;
        this.stack = stack;
        this.over = over;
    }

    /// `PGVIGIL_STACK` says whose instances these are.
    static RdsSweeper from(
            Map<String, String> environment, Supplier<RdsClient> client, Predicate<RunId> over) {
        var stack = environment.getOrDefault("PGVIGIL_STACK", "");
        if (stack.isBlank())
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    "PGVIGIL_STACK is not set, so nobody knows whose instances these are",
                    "Set it to the stack's name.");
        return new RdsSweeper(client, stack, over);
    }

    @Override
    public Swept sweep(Instant now) {
        var done = new ArrayList<String>();
        var ages = new ArrayList<Duration>();
        var problems = new ArrayList<Problem>();
        // Instances first: RDS deletes no cluster that has one which stays.
        for (var instance : listed(this::instances, problems)) {
            var id = instance.dbInstanceIdentifier();
            try {
                var tags = RdsInstances.tags(client.get(), instance);
                if (InstanceTags.isOf(stack, tags)) {
                    var age = age(instance.instanceCreateTime(), now);
                    ages.add(age);
                    reasonToDelete(age, tags, now)
                            .map(reason -> delete(instance, reason))
                            .ifPresent(done::add);
                } else if (id.startsWith(WantedInstance.PREFIX)
                        && !tags.containsKey(TagNames.STACK))
                    done.add(
                            "instance "
                                    + id
                                    + " is named like a temporary one and has no tags of ours: left"
                                    + " alone, look at it");
            } catch (SdkException e) {
                // One that cannot be deleted must not keep the others.
                done.add("instance " + id + " could not be deleted: " + what(e));
            }
        }
        for (var cluster : listed(this::clusters, problems)) {
            var tags = InstanceTags.of(cluster.tagList());
            if (!InstanceTags.isOf(stack, tags)) continue;
            var age = age(cluster.clusterCreateTime(), now);
            ages.add(age);
            reasonToDelete(age, tags, now)
                    .map(reason -> delete(cluster, reason))
                    .ifPresent(done::add);
        }
        return new Swept(done, ages.stream().max(Comparator.naturalOrder()), problems);
    }

    // What cannot be listed must not hide what was deleted of the rest.
    private static <T> List<T> listed(Supplier<List<T>> listing, List<Problem> problems) {
        try {
            return listing.get();
        } catch (Problem problem) {
            problems.add(problem);
            return List.of();
        }
    }

    private List<DBInstance> instances() {
        try {
            return client
                    .get()
                    .describeDBInstancesPaginator(request -> request.maxRecords(100))
                    .dbInstances()
                    .stream()
                    .toList();
        } catch (SdkException e) {
            throw RdsFailures.problem(e, "list its instances");
        }
    }

    private List<DBCluster> clusters() {
        try {
            return client.get().describeDBClustersPaginator().dbClusters().stream().toList();
        } catch (SdkException e) {
            throw RdsFailures.problem(e, "list its clusters");
        }
    }

    private Optional<String> reasonToDelete(Duration age, Map<String, String> tags, Instant now) {
        var expires = InstanceTags.expiry(tags);
        if (expires.isPresent() && !now.isBefore(expires.get()))
            return Optional.of("expired at " + expires.get());
        if (expires.isEmpty() && age.compareTo(WITHOUT_EXPIRY) >= 0)
            return Optional.of("has no expiry and is older than a day");
        if (age.compareTo(OWN_CHANCE) >= 0 && run(tags).filter(over).isPresent())
            return Optional.of("its run has ended");
        return Optional.empty();
    }

    private String delete(DBInstance instance, String reason) {
        var id = instance.dbInstanceIdentifier();
        if ("deleting".equals(instance.dbInstanceStatus()))
            return "instance " + id + " is being deleted already: " + reason;
        try {
            RdsInstances.delete(client.get(), id);
            return "deleted instance " + id + ": " + reason;
        } catch (DbInstanceNotFoundException e) {
            return "instance " + id + " was gone: " + reason;
        } catch (InvalidDbInstanceStateException e) {
            return "instance "
                    + id
                    + " cannot be deleted while it is "
                    + instance.dbInstanceStatus()
                    + ": "
                    + reason
                    + "; the next sweep tries again";
        }
    }

    private String delete(DBCluster cluster, String reason) {
        var id = cluster.dbClusterIdentifier();
        if ("deleting".equals(cluster.status()))
            return "cluster " + id + " is being deleted already: " + reason;
        try {
            TemporaryRestores.delete(client.get(), id);
            return "deleted cluster " + id + ": " + reason;
        } catch (DbClusterNotFoundException e) {
            return "cluster " + id + " was gone: " + reason;
        } catch (InvalidDbClusterStateException e) {
            return "cluster "
                    + id
                    + " cannot be deleted while it is "
                    + cluster.status()
                    + ": "
                    + reason
                    + "; the next sweep tries again";
        } catch (SdkException e) {
            // One that cannot be deleted must not keep the others.
            return "cluster " + id + " could not be deleted: " + what(e);
        }
    }

    private static Optional<RunId> run(Map<String, String> tags) {
        try {
            return Optional.ofNullable(tags.get(TagNames.RUN)).map(RunId::new);
        } catch (IllegalArgumentException changedBySomebody) {
            return Optional.empty();
        }
    }

    // Not known until RDS has begun to make it.
    private static Duration age(@Nullable Instant made, Instant now) {
        return made == null ? Duration.ZERO : Duration.between(made, now);
    }

    private static String what(SdkException e) {
        return RdsFailures.problem(e, "delete it").what();
    }
}
