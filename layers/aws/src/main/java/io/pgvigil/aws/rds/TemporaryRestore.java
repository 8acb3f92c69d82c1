package io.pgvigil.aws.rds;

import io.pgvigil.aws.TagNames;
import io.pgvigil.core.RunId;
import io.pgvigil.core.drill.RdsPlacement;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/// A temporary server as RDS is to make it of another one that it runs.
///
/// @param id see [WantedInstance#idOf]
/// @param source an endpoint's name
/// @param expires after this moment anybody may delete it
public record TemporaryRestore(
        String id, String stack, RunId run, Instant expires, String source, RdsPlacement place) {

    /// Those of a temporary instance: the same sweep finds it.
    Map<String, String> tags() {
        var tags = new LinkedHashMap<String, String>();
        for (var tag : new InstanceTags(stack, run, expires, "").tags())
            if (!tag.key().equals(TagNames.ATTEMPT)) tags.put(tag.key(), tag.value());
        return tags;
    }

    /// The instance in it, when it is a cluster.
    String within() {
        return id + "-1";
    }
}
