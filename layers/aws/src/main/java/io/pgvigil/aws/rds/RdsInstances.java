package io.pgvigil.aws.rds;

import io.pgvigil.aws.TagNames;
import io.pgvigil.core.RunId;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.rds.RdsClient;
import software.amazon.awssdk.services.rds.model.CreateDbInstanceRequest;
import software.amazon.awssdk.services.rds.model.DBEngineVersion;
import software.amazon.awssdk.services.rds.model.DBInstance;
import software.amazon.awssdk.services.rds.model.DbInstanceAlreadyExistsException;
import software.amazon.awssdk.services.rds.model.DbInstanceNotFoundException;
import software.amazon.awssdk.services.rds.model.InvalidDbInstanceStateException;

/// Makes temporary instances and deletes them.
///
/// - **Towards a state, not step by step:** that an instance is there already, is gone already or is
///   just changing are answers and not failures.
/// - **Only ours:** whatever its name, an instance without the tags of this stack is never used and never
///   deleted.
/// - **No secret:** the master password is in the one request and nowhere else.
public final class RdsInstances {
    private static final String ENGINE = "postgres";
    private static final String STORAGE = "gp3";
    private static final String AVAILABLE = "available";
    private static final String DELETING = "deleting";

    /// States that no instance leaves by itself.
    private static final Set<String> HOPELESS =
            Set.of(
                    "failed",
                    DELETING,
                    "stopped",
                    "stopping",
                    "storage-full",
                    "restore-error",
                    "insufficient-capacity",
                    "inaccessible-encryption-credentials",
                    "inaccessible-encryption-credentials-recoverable");

    private final RdsClient client;
    private final Pace pace;

    /// Where an instance listens.
    public record Address(String host, int port) {}

    /// What became of a deletion.
    public enum Deletion {
        /// There is no such instance.
        GONE,
        /// RDS is deleting it.
        DELETING,
        /// There is one of that name which is not ours; it was left alone.
        NOT_OURS,
        /// It is still there; a sweep will find it.
        LEFT
    }

    public RdsInstances(RdsClient client, Pace pace) {
        this.client = client;
        this.pace = pace;
    }

    public static RdsInstances from(Map<String, String> environment) {
        return new RdsInstances(Rds.client(environment), Pace.STANDARD);
    }

    /// The version the service offers that is nearest to one of a source: of the same major, the same
    /// minor, else the next newer one, else the newest.
    public String engineVersion(int major, int minor) {
        var offered =
                calling(
                        "list its versions of PostgreSQL",
                        () ->
                                client
                                        .describeDBEngineVersionsPaginator(
                                                request -> request.engine(ENGINE))
                                        .dbEngineVersions()
                                        .stream()
                                        .map(DBEngineVersion::engineVersion)
                                        .toList());
        return nearest(offered, major, minor)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.INSTANCE_FAILED,
                                "RDS offers no PostgreSQL " + major + " in this region",
                                "Prove this backup in the sandbox, or in another region."));
    }

    static Optional<String> nearest(List<String> offered, int major, int minor) {
        var minors =
                offered.stream()
                        .filter(version -> version.matches(major + "\\.[0-9]{1,4}"))
                        .map(version ->
                                Integer.valueOf(version.substring(version.indexOf('.') + 1)))
                        .distinct()
                        .sorted()
                        .toList();
        return minors.stream()
                .filter(each -> each >= minor)
                .findFirst()
                .or(() -> minors.stream().max(Comparator.naturalOrder()))
                .map(each -> major + "." + each);
    }

    /// Asks for an instance. Afterwards it exists, as this attempt's own, in whatever state.
    ///
    /// What a killed attempt of the same run left is deleted first: its password died with it.
    public void create(WantedInstance wanted, Secret password) {
        var doing = "make instance " + wanted.id();
        var deadline = in(pace.making());
        while (true) {
            try {
                client.createDBInstance(request(wanted, password));
                return;
            } catch (DbInstanceAlreadyExistsException e) {
                var there = find(wanted.id());
                if (there.isPresent() && reconciled(there.get(), wanted)) return;
            } catch (SdkException e) {
                var problem = RdsFailures.problem(e, doing);
                if (!problem.transientFailure() || past(deadline)) throw problem;
            }
            if (past(deadline)) throw tooLate(wanted.id(), "in the way of a new one");
            sleep(pace.pause(), doing);
        }
    }

    /// Whether what is there is what is wanted; else it is on its way out.
    private boolean reconciled(DBInstance there, WantedInstance wanted) {
        var tags = tags(there);
        if (!InstanceTags.isOf(wanted.stack(), wanted.run(), tags))
            throw new Problem(
                    ErrorCode.INSTANCE_FAILED,
                    "there is an instance "
                            + wanted.id()
                            + " in RDS which is not a temporary one of stack "
                            + wanted.stack(),
                    "It was left alone. Find out whose it is.");
        // The answer to our own request was lost, and the SDK asked again.
        if (wanted.attempt().equals(tags.get(TagNames.ATTEMPT))) return true;
        if (!DELETING.equals(there.dbInstanceStatus())) delete(wanted);
        return false;
    }

    /// Waits until an instance takes connections.
    ///
    /// @param progress told its state, each time it is looked at
    public Address await(WantedInstance wanted, Consumer<String> progress) {
        var id = wanted.id();
        var doing = "start instance " + id;
        var deadline = in(pace.making());
        var unseen = in(pace.unseen());
        while (true) {
            try {
                var found = find(id);
                if (found.isPresent()) {
                    var state = String.valueOf(found.get().dbInstanceStatus());
                    progress.accept(state);
                    var endpoint = found.get().endpoint();
                    if (state.equals(AVAILABLE) && endpoint != null && endpoint.address() != null)
                        return new Address(endpoint.address(), endpoint.port());
                    if (HOPELESS.contains(state) || state.startsWith("incompatible-"))
                        throw new Problem(
                                ErrorCode.INSTANCE_FAILED,
                                "instance " + id + " became " + state + " instead of available",
                                "The events of RDS say why. It is deleted; try again.");
                } else if (past(unseen)) {
                    throw new Problem(
                            ErrorCode.INSTANCE_FAILED,
                            "instance " + id + " is gone before it was available",
                            "Did somebody delete it? Try again.");
                }
            } catch (SdkException e) {
                var problem = RdsFailures.problem(e, doing);
                if (!problem.transientFailure()) throw problem;
            }
            if (past(deadline)) throw tooLate(id, "still not available");
            sleep(pace.poll(), doing);
        }
    }

    /// Whether an instance takes connections now, as far as RDS knows.
    public boolean isAvailable(String id) {
        return calling("describe instance " + id, () -> find(id))
                .filter(found -> AVAILABLE.equals(found.dbInstanceStatus()))
                .isPresent();
    }

    /// Orders the deletion of what [#create] may have made, whatever happened since; throws nothing, so
    /// that the reason for deleting is not lost. An interrupt only makes it hurry.
    public Deletion delete(WantedInstance wanted) {
        return insistently(() -> deleteOnce(wanted.id(), wanted.stack(), wanted.run()));
    }

    /// The same of anything else that is temporary.
    Deletion insistently(Supplier<Deletion> once) {
        // With the flag set the SDK would refuse to make any call.
        var interrupted = Thread.interrupted();
        var deadline = in(interrupted ? pace.stopping() : pace.deleting());
        var unseen = in(pace.unseen());
        try {
            while (true) {
                var outcome = once.get();
                // Told to stop during the call: the next one must be possible.
                if (Thread.interrupted()) {
                    interrupted = true;
                    deadline = Math.min(deadline, in(pace.stopping()));
                }
                // A creation whose answer never came may show up late.
                var sure = outcome != Deletion.LEFT && (outcome != Deletion.GONE || past(unseen));
                if (sure || past(deadline)) return outcome;
                try {
                    Thread.sleep(pace.pause());
                } catch (InterruptedException e) {
                    interrupted = true;
                    deadline = Math.min(deadline, in(pace.stopping()));
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    Deletion deleteOnce(String id, String stack, RunId run) {
        try {
            var found = find(id);
            if (found.isEmpty()) return Deletion.GONE;
            if (!InstanceTags.isOf(stack, run, tags(found.get()))) return Deletion.NOT_OURS;
            if (DELETING.equals(found.get().dbInstanceStatus())) return Deletion.DELETING;
            delete(client, id);
            return Deletion.DELETING;
        } catch (DbInstanceNotFoundException e) {
            return Deletion.GONE;
        } catch (InvalidDbInstanceStateException e) {
            // Being made, backed up or changed: soon it can be deleted.
            return Deletion.LEFT;
        } catch (SdkException e) {
            return Deletion.LEFT;
        }
    }

    static void delete(RdsClient client, String id) {
        client.deleteDBInstance(request ->
                request.dbInstanceIdentifier(id)
                        .skipFinalSnapshot(true)
                        .deleteAutomatedBackups(true));
    }

    Optional<DBInstance> find(String id) {
        try {
            return client
                    .describeDBInstances(request -> request.dbInstanceIdentifier(id))
                    .dbInstances()
                    .stream()
                    .findFirst();
        } catch (DbInstanceNotFoundException e) {
            return Optional.empty();
        }
    }

    private Map<String, String> tags(DBInstance instance) {
        return tags(client, instance);
    }

    static Map<String, String> tags(RdsClient client, DBInstance instance) {
        if (instance.hasTagList() && !instance.tagList().isEmpty())
            return InstanceTags.of(instance.tagList());
        // Before it says that an instance is not ours, ask the tags' own call as well.
        return InstanceTags.of(
                client.listTagsForResource(
                                request -> request.resourceName(instance.dbInstanceArn()))
                        .tagList());
    }

    private static CreateDbInstanceRequest request(WantedInstance wanted, Secret password) {
        var place = wanted.place();
        var request =
                CreateDbInstanceRequest.builder()
                        .dbInstanceIdentifier(wanted.id())
                        .engine(ENGINE)
                        .engineVersion(wanted.engineVersion())
                        .dbInstanceClass(place.instanceClass())
                        .allocatedStorage(wanted.storageGib())
                        .storageType(STORAGE)
                        .storageEncrypted(true)
                        .masterUsername(wanted.user())
                        .masterUserPassword(password.reveal())
                        .dbSubnetGroupName(place.subnetGroup())
                        .vpcSecurityGroupIds(place.securityGroups())
                        .publiclyAccessible(false)
                        .multiAZ(false)
                        // Nothing of it is to outlive it, and nothing is to start by itself.
                        .backupRetentionPeriod(0)
                        .deletionProtection(false)
                        .copyTagsToSnapshot(false)
                        .autoMinorVersionUpgrade(false)
                        .enablePerformanceInsights(false)
                        .monitoringInterval(0)
                        .tags(wanted.tags().tags());
        place.parameterGroup().ifPresent(request::dbParameterGroupName);
        place.kmsKey().ifPresent(request::kmsKeyId);
        return request.build();
    }

    private <T> T calling(String doing, Supplier<T> call) {
        var deadline = in(pace.deleting());
        while (true) {
            try {
                return call.get();
            } catch (SdkException e) {
                var problem = RdsFailures.problem(e, doing);
                if (!problem.transientFailure() || past(deadline)) throw problem;
            }
            sleep(pace.pause(), doing);
        }
    }

    private static Problem tooLate(String id, String how) {
        return new Problem(
                ErrorCode.INSTANCE_FAILED,
                "instance " + id + " is " + how,
                "It took too long and is deleted; try again. The events of RDS may say why.");
    }

    private static void sleep(Duration pause, String doing) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RdsFailures.cancelled(doing, e);
        }
    }

    private static long in(Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    private static boolean past(long deadline) {
        return System.nanoTime() - deadline >= 0;
    }
}
