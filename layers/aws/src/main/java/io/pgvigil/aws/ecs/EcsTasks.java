package io.pgvigil.aws.ecs;

import io.pgvigil.aws.Clients;
import io.pgvigil.aws.OnDemand;
import io.pgvigil.aws.TagNames;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.StoppedTask;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskSight;
import io.pgvigil.core.run.TaskSize;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.AssignPublicIp;
import software.amazon.awssdk.services.ecs.model.ClusterNotFoundException;
import software.amazon.awssdk.services.ecs.model.ConflictException;
import software.amazon.awssdk.services.ecs.model.Container;
import software.amazon.awssdk.services.ecs.model.LaunchType;
import software.amazon.awssdk.services.ecs.model.PropagateTags;
import software.amazon.awssdk.services.ecs.model.RunTaskRequest;
import software.amazon.awssdk.services.ecs.model.RunTaskResponse;
import software.amazon.awssdk.services.ecs.model.Tag;
import software.amazon.awssdk.services.ecs.model.Task;
import software.amazon.awssdk.services.ecs.model.TaskOverride;

/// Starts tasks on Fargate and looks at them.
///
/// - **Started once:** the run's id is the call's client token, so that a call whose answer was lost
///   can be repeated; ECS remembers the token for a day.
/// - **Found again:** a task carries its run's id (`startedBy`, tag `pgvigil:run`) and the stack's
///   name (group, tag `pgvigil:stack`).
/// - **Never longer than [#CALL_LIMIT]** for one call, with its retries.
///
/// Needs `ecs:RunTask`, `ecs:TagResource`, `ecs:DescribeTasks` and `iam:PassRole` for the roles of the
/// task definitions.
public final class EcsTasks implements TaskLauncher, TaskSight {
    /// What a task definition calls its container.
    public static final String CONTAINER = "task";

    public static final Duration CALL_LIMIT = Duration.ofSeconds(15);

    /// A task has this much without asking, and cannot ask for less than one more.
    private static final int DISK_WITHOUT_ASKING_GIB = 20;

    private static final int LARGEST_DISK_GIB = 200;

    private static final String STOPPED = "STOPPED";
    private static final String MISSING = "MISSING";

    private final EcsSettings settings;
    private final Supplier<EcsClient> client;
    private final EcsFailures failures;

    public EcsTasks(EcsSettings settings, EcsClient client) {
        this(settings, () -> client);
    }

    private EcsTasks(EcsSettings settings, Supplier<EcsClient> client) {
        this.settings = settings;
        this.client = client;
        this.failures = new EcsFailures(settings);
    }

    /// As the environment says. Reports everything that is wrong with it at once.
    public static EcsTasks from(Map<String, String> environment) {
        return from(environment, Clients.standard(environment));
    }

    public static EcsTasks from(Map<String, String> environment, Clients clients) {
        var settings = EcsSettings.from(environment);
        return new EcsTasks(
                settings,
                new OnDemand<>(() -> clients.build(EcsClient.builder(), "ECS", CALL_LIMIT)));
    }

    /// Makes the client now, for those who know that they will start a task.
    public void prepare() {
        var unused = client.get();
    }

    @Override
    public String launch(Run run) {
        var disk = run.size().map(TaskSize::diskGib).orElse(0);
        if (disk > LARGEST_DISK_GIB) throw failures.disk(run, disk, LARGEST_DISK_GIB);
        RunTaskResponse answer;
        try {
            answer = client.get().runTask(request(settings, run));
        } catch (ConflictException e) {
            // The token was used before with other words, a new size say: the task is there.
            if (e.hasResourceIds() && !e.resourceIds().isEmpty()) return e.resourceIds().getFirst();
            throw failures.refused(run, e);
        } catch (SdkException e) {
            throw failures.refused(run, e);
        }
        if (!answer.tasks().isEmpty()) return answer.tasks().getFirst().taskArn();
        if (!answer.failures().isEmpty()) throw failures.inside(run, answer.failures().getFirst());
        throw failures.nothing(run);
    }

    /// What is asked of ECS; nothing in it is secret.
    static RunTaskRequest request(EcsSettings settings, Run run) {
        return RunTaskRequest.builder()
                .cluster(settings.cluster())
                .taskDefinition(settings.taskDefinition(run.order()))
                .launchType(LaunchType.FARGATE)
                .count(1)
                .startedBy(run.run().value())
                .clientToken(run.run().value())
                .group("pgvigil:" + settings.stack())
                .tags(
                        tag(TagNames.STACK, settings.stack()),
                        tag(TagNames.RUN, run.run().value()),
                        tag("pgvigil:server", run.order().server().value()))
                .propagateTags(PropagateTags.TASK_DEFINITION)
                .networkConfiguration(network ->
                        network.awsvpcConfiguration(vpc ->
                                vpc.subnets(settings.subnets())
                                        .securityGroups(settings.securityGroups(run.order()))
                                        .assignPublicIp(
                                                settings.publicIp()
                                                        ? AssignPublicIp.ENABLED
                                                        : AssignPublicIp.DISABLED)))
                .overrides(overrides(run))
                .build();
    }

    private static TaskOverride overrides(Run run) {
        var overrides =
                TaskOverride.builder()
                        .containerOverrides(
                                container -> container.name(CONTAINER).command(run.run().value()));
        run.size()
                .ifPresent(size -> {
                    overrides.cpu(Integer.toString(size.cpuUnits()));
                    overrides.memory(Integer.toString(size.memoryMib()));
                    if (size.diskGib() > DISK_WITHOUT_ASKING_GIB)
                        overrides.ephemeralStorage(disk -> disk.sizeInGiB(size.diskGib()));
                });
        return overrides.build();
    }

    private static Tag tag(String key, String value) {
        return Tag.builder().key(key).value(value).build();
    }

    @Override
    public Look look(Run run, String task) {
        if (!task.startsWith("arn:"))
            return new Look.Unknown(Optional.of("'" + task + "' is not a task of ECS"));
        try {
            var answer =
                    client.get().describeTasks(ask -> ask.cluster(settings.cluster()).tasks(task));
            if (!answer.tasks().isEmpty()) return seen(run, answer.tasks().getFirst());
            var why = answer.failures().stream().map(failure -> failure.reason()).findFirst();
            return new Look.Unknown(
                    why.map(reason ->
                            MISSING.equals(reason)
                                    ? "ECS does not know the task (any more)"
                                    : reason));
        } catch (ClusterNotFoundException e) {
            return new Look.Unknown(
                    Optional.of("the cluster " + settings.cluster() + " does not exist"));
        } catch (SdkException e) {
            throw failures.unseen(run.run(), e);
        }
    }

    private static Look seen(Run run, Task task) {
        if (!STOPPED.equals(task.lastStatus())) return new Look.Alive();
        var containers = task.containers();
        var stopped =
                new StoppedTask(
                        containers.stream()
                                .map(Container::exitCode)
                                .filter(Objects::nonNull)
                                .findFirst(),
                        Optional.ofNullable(task.stopCodeAsString()),
                        Optional.ofNullable(task.stoppedReason()),
                        containers.stream()
                                .map(Container::reason)
                                .filter(Objects::nonNull)
                                .findFirst());
        var at =
                Optional.ofNullable(task.stoppedAt())
                        .or(() -> Optional.ofNullable(task.stoppingAt()));
        return new Look.Stopped(stopped.news(run.run(), at.orElse(run.asked())));
    }
}
