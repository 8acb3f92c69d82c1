package io.pgvigil.cli;

import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.config.ConfigurationReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// The configuration that counts for who looks at a store: the one that was typed, else the store's own,
/// else the last one that was accepted.
final class StoredRules {
    private StoredRules() {}

    /// @param remarks takes what somebody should know about the choice
    static Optional<Configuration> of(Common common, ObjectStore store, List<String> remarks) {
        if (common.typedConfig().isPresent()) return common.configuration();
        return own(store, remarks);
    }

    /// The store's own, else the last one that was accepted.
    static Optional<Configuration> own(ObjectStore store, List<String> remarks) {
        try {
            var own = read(store, Layout.CONFIG);
            if (own.isEmpty())
                remarks.add("there is no configuration in the store; pgvigil config put makes one");
            return own;
        } catch (Problem problem) {
            remarks.add("the configuration in the store cannot be used: " + problem.what());
            return accepted(store, remarks);
        }
    }

    private static Optional<Configuration> accepted(ObjectStore store, List<String> remarks) {
        try {
            var last = read(store, Layout.ACCEPTED);
            if (last.isPresent()) remarks.add("what is due is told from the last accepted one");
            return last;
        } catch (Problem problem) {
            return Optional.empty();
        }
    }

    private static Optional<Configuration> read(ObjectStore store, ObjectKey key) {
        return store.document(key)
                .map(document ->
                        ConfigurationReader.read(
                                new String(document.content(), StandardCharsets.UTF_8),
                                store.uri() + "/" + key));
    }
}
