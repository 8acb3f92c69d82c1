package io.pgvigil.aws.ecs;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Where tasks run.
///
/// @param cluster ARN or name
/// @param stack the stack's name: on every task's group and tags
/// @param drillSecurityGroups of drills, which have no business with the source
public record EcsSettings(
        String cluster,
        String stack,
        List<String> subnets,
        List<String> securityGroups,
        List<String> drillSecurityGroups,
        boolean publicIp,
        String backupTask,
        String verifyTask,
        String restoreTask) {
    private static final Pattern CLUSTER =
            Pattern.compile(
                    "(arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/)?[A-Za-z0-9_-]{1,255}");
    private static final Pattern STACK = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,127}");
    private static final Pattern SUBNET = Pattern.compile("subnet-[0-9a-z]+");
    private static final Pattern SECURITY_GROUP = Pattern.compile("sg-[0-9a-z]+");
    private static final Pattern TASK =
            Pattern.compile(
                    "(arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:task-definition/)?"
                            + "[A-Za-z0-9_-]{1,255}(:[0-9]+)?");

    /// What awsvpc takes.
    private static final int MOST_SUBNETS = 16;

    private static final int MOST_SECURITY_GROUPS = 5;

    public EcsSettings {
        subnets = List.copyOf(subnets);
        securityGroups = List.copyOf(securityGroups);
        drillSecurityGroups = List.copyOf(drillSecurityGroups);
    }

    /// @throws Problem with `CONFIG_INVALID` naming everything that is wrong
    public static EcsSettings from(Map<String, String> environment) {
        var reader = new Reader(environment, new ArrayList<>());
        var settings =
                new EcsSettings(
                        reader.one("PGVIGIL_ECS_CLUSTER", CLUSTER, "a cluster's ARN or name"),
                        reader.one("PGVIGIL_STACK", STACK, "a stack's name"),
                        reader.some("PGVIGIL_ECS_SUBNETS", SUBNET, MOST_SUBNETS),
                        reader.some(
                                "PGVIGIL_ECS_SECURITY_GROUPS",
                                SECURITY_GROUP,
                                MOST_SECURITY_GROUPS),
                        reader.some(
                                "PGVIGIL_ECS_DRILL_SECURITY_GROUPS",
                                SECURITY_GROUP,
                                MOST_SECURITY_GROUPS),
                        reader.publicIp(),
                        reader.one("PGVIGIL_ECS_TASK_BACKUP", TASK, "a task definition's ARN"),
                        reader.one("PGVIGIL_ECS_TASK_VERIFY", TASK, "a task definition's ARN"),
                        reader.one("PGVIGIL_ECS_TASK_RESTORE", TASK, "a task definition's ARN"));
        if (!reader.problems.isEmpty())
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    String.join("; ", reader.problems),
                    "The stack sets these variables of its functions; docs/environment.md says what"
                            + " they hold.");
        return settings;
    }

    String taskDefinition(Order order) {
        return switch (order) {
            case Order.Backup _, Order.Physical _, Order.Harvest _, Order.Copy _ -> backupTask;
            case Order.Drill _, Order.ManagedDrill _ -> verifyTask;
            case Order.Restore _, Order.PointInTime _ -> restoreTask;
            case Order.Recover recover ->
                    throw new Problem(
                            ErrorCode.NOT_SUPPORTED_HERE,
                            "a container's disk ends with it, and with it the data folder "
                                    + recover.folder(),
                            "Make it on the host that is to run the server: pgvigil restore --to"
                                    + " FOLDER there.");
        };
    }

    List<String> securityGroups(Order order) {
        return order instanceof Order.Drill || order instanceof Order.ManagedDrill
                ? drillSecurityGroups
                : securityGroups;
    }

    private record Reader(Map<String, String> environment, List<String> problems) {

        String one(String name, Pattern form, String what) {
            var value = value(name);
            if (value.isEmpty()) problems.add(name + " is not set");
            else if (!form.matcher(value).matches())
                problems.add(name + "=" + value + " is not " + what);
            return value;
        }

        List<String> some(String name, Pattern form, int most) {
            var values =
                    Arrays.stream(value(name).split(","))
                            .map(String::strip)
                            .filter(value -> !value.isEmpty())
                            .toList();
            if (values.isEmpty()) problems.add(name + " is not set");
            if (values.size() > most)
                problems.add(name + " names " + values.size() + ", and a task takes " + most);
            values.stream()
                    .filter(value -> !form.matcher(value).matches())
                    .forEach(value -> problems.add(name + ": " + value + " is not an id"));
            return values;
        }

        boolean publicIp() {
            return switch (value("PGVIGIL_ECS_PUBLIC_IP")) {
                case "ENABLED" -> true;
                case "DISABLED", "" -> false;
                default -> {
                    problems.add("PGVIGIL_ECS_PUBLIC_IP is neither ENABLED nor DISABLED");
                    yield false;
                }
            };
        }

        private String value(String name) {
            return environment.getOrDefault(name, "").strip();
        }
    }
}
