package io.pgvigil.aws.pitr;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// A new server in RDS as another one was at a moment.
///
/// @param source an endpoint's name, or the identifier of an instance or cluster
/// @param id of the new instance, or of the new cluster
/// @param at the moment; empty: the latest there is
/// @param subnetGroup where it is put; empty: where the source is
/// @param securityGroups who may reach it; empty: those of the source
/// @param instanceClass how large it is; empty: like the source
/// @param tags beside the one that names the source
public record RdsRestoreWish(
        String source,
        String id,
        Optional<Instant> at,
        Optional<String> subnetGroup,
        List<String> securityGroups,
        Optional<String> instanceClass,
        Map<String, String> tags) {
    // As RDS demands, for clusters and instances alike; room for the instance's `-1`.
    private static final Pattern ID = Pattern.compile("[a-z](-?[a-z0-9]){0,60}");

    public RdsRestoreWish {
        requireName(id);
        securityGroups = List.copyOf(securityGroups);
        tags = Map.copyOf(new LinkedHashMap<>(tags));
    }

    /// Throws when a new server cannot have that name.
    public static void requireName(String id) {
        if (!ID.matcher(id).matches())
            throw new IllegalArgumentException(
                    "'"
                            + id
                            + "' cannot name a server in RDS: up to 61 lower-case letters, digits and"
                            + " single dashes, the first one a letter");
    }
}
