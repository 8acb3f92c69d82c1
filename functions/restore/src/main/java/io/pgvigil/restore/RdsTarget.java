package io.pgvigil.restore;

import io.pgvigil.aws.pitr.RdsRestoreWish;
import java.util.List;
import java.util.Optional;

/// A new server in RDS, restored by RDS itself.
///
/// @param id of the new instance or cluster
/// @param source an endpoint's name, or the identifier of an instance or cluster
/// @param instanceClass how large it is; like the source when absent
/// @param subnetGroup where it is put; where the source is when absent
/// @param securityGroups who may reach it; those of the source when empty
public record RdsTarget(
        String id,
        String source,
        Optional<String> instanceClass,
        Optional<String> subnetGroup,
        List<String> securityGroups) {
    public RdsTarget {
        securityGroups = List.copyOf(securityGroups);
        RdsRestoreWish.requireName(id);
    }
}
