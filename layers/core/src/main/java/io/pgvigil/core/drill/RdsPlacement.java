package io.pgvigil.core.drill;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// Where and how large a temporary instance in RDS is made. Stored with the run; no secret.
///
/// @param securityGroups of the instance; they let the drill's task in on port 5432 and nobody else
/// @param parameterGroup of the backup's major; the service's default when absent
/// @param kmsKey that encrypts the storage; the service's own key when absent
/// @param longest after which the instance is deleted whatever the drill is doing
public record RdsPlacement(
        String subnetGroup,
        List<String> securityGroups,
        String instanceClass,
        Optional<String> parameterGroup,
        Optional<String> kmsKey,
        Duration longest) {
    public static final String DEFAULT_CLASS = "db.t4g.large";
    public static final Duration DEFAULT_LONGEST = Duration.ofHours(12);
    private static final Duration SHORTEST_LIFE = Duration.ofHours(1);
    private static final Duration LONGEST_LIFE = Duration.ofDays(7);

    public RdsPlacement {
        securityGroups = List.copyOf(securityGroups);
        require("a DB subnet group", subnetGroup, "[A-Za-z0-9][A-Za-z0-9 ._-]{0,254}");
        require("an instance class", instanceClass, "db\\.[a-z0-9-]+\\.[a-z0-9]+");
        parameterGroup.ifPresent(
                name -> require("a DB parameter group", name, "[A-Za-z][A-Za-z0-9.-]{0,254}"));
        kmsKey.ifPresent(key -> require("a KMS key", key, "[A-Za-z0-9:/_-]{1,2048}"));
        // RDS would take the VPC's default group, which often lets everybody in the VPC in.
        if (securityGroups.isEmpty())
            throw new IllegalArgumentException("rds needs at least one security group");
        for (var group : securityGroups) require("a security group", group, "sg-[0-9a-f]{4,40}");
        if (new HashSet<>(securityGroups).size() != securityGroups.size())
            throw new IllegalArgumentException("a security group is listed twice");
        if (longest.compareTo(SHORTEST_LIFE) < 0 || longest.compareTo(LONGEST_LIFE) > 0)
            throw new IllegalArgumentException(
                    "longest of an instance in rds is between 1h and 7d");
    }

    private static void require(String what, String text, String pattern) {
        if (!text.matches(pattern))
            throw new IllegalArgumentException("'" + text + "' is not " + what);
    }
}
