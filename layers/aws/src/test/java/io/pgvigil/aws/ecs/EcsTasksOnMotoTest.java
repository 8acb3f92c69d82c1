package io.pgvigil.aws.ecs;

import static io.pgvigil.aws.ecs.EcsSamples.backup;
import static io.pgvigil.aws.ecs.EcsSamples.sized;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgvigil.aws.Clients;
import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.TaskSight.Look;
import io.pgvigil.testkit.MotoServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.Compatibility;
import software.amazon.awssdk.services.ecs.model.NetworkMode;
import software.amazon.awssdk.services.ecs.model.TaskField;

/// What moto checks of a task on Fargate: cluster, definition, network, tags.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EcsTasksOnMotoTest {
    private final MotoServer moto = MotoServer.start();
    private final Clients clients = new Clients(moto.environment(), FakeAws.credentials());
    private final EcsClient ecs = clients.build(EcsClient.builder(), "ECS", Duration.ofSeconds(60));
    private final Map<String, String> environment = new HashMap<>(EcsSamples.ENVIRONMENT);

    @BeforeAll
    void deploy() {
        var cluster = ecs.createCluster(c -> c.clusterName("acme")).cluster().clusterArn();
        environment.put("PGVIGIL_ECS_CLUSTER", cluster);
        for (var kind : new String[] {"BACKUP", "VERIFY", "RESTORE"})
            environment.put(
                    "PGVIGIL_ECS_TASK_" + kind,
                    ecs.registerTaskDefinition(definition ->
                                    definition
                                            .family("acme-" + kind)
                                            .networkMode(NetworkMode.AWSVPC)
                                            .requiresCompatibilities(Compatibility.FARGATE)
                                            .cpu("1024")
                                            .memory("4096")
                                            .containerDefinitions(container ->
                                                    container
                                                            .name("task")
                                                            .image("pgvigil")
                                                            // Fargate does without, moto does not.
                                                            .memory(4096)))
                            .taskDefinition()
                            .taskDefinitionArn());
        environment.put("PGVIGIL_ECS_SUBNETS", first("DescribeSubnets", "subnet-[0-9a-z]+"));
        environment.put(
                "PGVIGIL_ECS_SECURITY_GROUPS", first("DescribeSecurityGroups", "sg-[0-9a-z]+"));
    }

    @AfterAll
    void stop() {
        ecs.close();
        moto.close();
    }

    @Test
    void a_task_starts_with_its_tags_and_can_be_looked_at() {
        var tasks = EcsTasks.from(environment, clients);

        var name = tasks.launch(sized(backup(), 2048, 8192, 100));

        var task =
                ecs.describeTasks(ask ->
                                ask.cluster(environment.get("PGVIGIL_ECS_CLUSTER"))
                                        .tasks(name)
                                        .include(TaskField.TAGS))
                        .tasks()
                        .getFirst();
        assertThat(task.startedBy()).isEqualTo(EcsSamples.RUN.value());
        assertThat(task.tags().toString())
                .contains("pgvigil:run")
                .contains(EcsSamples.RUN.value())
                .contains("pgvigil:server");
        assertThat(tasks.look(backup(), name)).isInstanceOf(Look.Alive.class);

        ecs.stopTask(stop ->
                stop.cluster(environment.get("PGVIGIL_ECS_CLUSTER"))
                        .task(name)
                        .reason("cancelled by an operator"));
        assertThat(tasks.look(backup(), name))
                .isInstanceOfSatisfying(
                        Look.Stopped.class,
                        stopped ->
                                assertThat(stopped.news().reason())
                                        .contains("cancelled by an operator"));
    }

    @Test
    void a_subnet_that_does_not_exist_is_named_with_its_variable() {
        var problem = problem("PGVIGIL_ECS_SUBNETS", "subnet-0123456789abcdef0");

        assertThat(problem.hint()).contains("PGVIGIL_ECS_SUBNETS");
        assertThat(problem.transientFailure()).isFalse();
    }

    @Test
    void a_cluster_that_does_not_exist_is_named_with_its_variable() {
        var problem = problem("PGVIGIL_ECS_CLUSTER", "elsewhere");

        assertThat(problem.hint()).contains("PGVIGIL_ECS_CLUSTER").contains("elsewhere");
        assertThat(problem.transientFailure()).isFalse();
    }

    @Test
    void a_task_nobody_knows_is_unknown() {
        var look =
                EcsTasks.from(environment, clients)
                        .look(
                                backup(),
                                "arn:aws:ecs:eu-west-1:123456789012:task/acme/"
                                        + "00000000000000000000000000000000");

        assertThat(look).isInstanceOf(Look.Unknown.class);
    }

    private Problem problem(String variable, String value) {
        var wrong = new HashMap<>(environment);
        wrong.put(variable, value);
        var problem =
                catchThrowableOfType(
                        Problem.class, () -> EcsTasks.from(wrong, clients).launch(backup()));
        assertThat(problem).isNotNull();
        return problem;
    }

    private String first(String action, String id) {
        var answer = moto.query("ec2", "Action=" + action + "&Version=2016-11-15");
        var found = Pattern.compile(id).matcher(answer);
        assertThat(found.find()).as(answer).isTrue();
        return found.group();
    }
}
