package io.pgvigil.task.drill;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.postgres.ServerFacts;
import io.pgvigil.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// What equal archives do not show, said in words: see "What equality cannot see" in
/// `docs/fixpoint.md`.
final class Blindness {
    private Blindness() {}

    /// @param then what the source's connection told when the backup was made
    /// @param now what the temporary instance tells
    static List<String> between(JsonNode then, ServerFacts now) {
        var here = Json.tree(now);
        var unproven = new ArrayList<String>();
        var versions = versions(here);
        versions(then)
                .forEach((name, version) -> {
                    var ours = versions.getOrDefault(name, version);
                    if (!ours.equals(version))
                        unproven.add(
                                "extension %s: version %s at the source, %s here"
                                        .formatted(name, version, ours));
                });
        for (var index : then.path("invalidIndexes"))
            unproven.add(
                    "index "
                            + index.asText()
                            + ": invalid at the source, so it is in no dump and not restored");
        for (var transaction : then.path("preparedTransactions"))
            unproven.add(
                    "prepared transaction "
                            + transaction.path("name").asText()
                            + ": its changes are in no dump");
        if (!then.path("materializedViews").isEmpty())
            unproven.add(
                    then.path("materializedViews").size()
                            + " materialized views: refreshed by the restore, their former content"
                            + " is in no dump");
        for (var subscription : then.path("subscriptions"))
            unproven.add(
                    "subscription "
                            + subscription.asText()
                            + ": restored disabled, or left out where the backup role is no"
                            + " superuser");
        return unproven;
    }

    private static TreeMap<String, String> versions(JsonNode facts) {
        var versions = new TreeMap<String, String>();
        for (var extension : facts.path("extensions"))
            versions.put(extension.path("name").asText(), extension.path("version").asText());
        return versions;
    }
}
