package io.pgvigil.cli;

import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.config.ConfigurationReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The operator's document in a store, `config.yaml`, as it was at one moment.
final class StoredConfig {
    private final ObjectStore store;
    private final Optional<Document> found;

    private StoredConfig(ObjectStore store, Optional<Document> found) {
        this.store = store;
        this.found = found;
    }

    static StoredConfig in(ObjectStore store) {
        return new StoredConfig(store, store.document(Layout.CONFIG));
    }

    String place() {
        return store.uri() + "/" + Layout.CONFIG;
    }

    byte[] content() {
        return found.map(Document::content)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.CONFIG_NOT_FOUND,
                                "there is no configuration at " + place(),
                                "pgvigil config put FILE makes one."));
    }

    /// Empty when there is none, or none that can be read: then a new one replaces it as a whole.
    Optional<Configuration> configuration() {
        try {
            return found.map(document -> read(document.content(), place()));
        } catch (Problem unreadable) {
            return Optional.empty();
        }
    }

    boolean unreadable() {
        return found.isPresent() && configuration().isEmpty();
    }

    boolean is(byte[] content) {
        return found.filter(document -> Arrays.equals(document.content(), content)).isPresent();
    }

    static Configuration read(byte[] content, String place) {
        return ConfigurationReader.read(new String(content, StandardCharsets.UTF_8), place);
    }

    /// Writes a new document in the place of the one that was read, and of no other.
    void put(byte[] content) {
        var written =
                found.isPresent()
                        ? store.replace(Layout.CONFIG, content, found.get().token())
                        : store.create(Layout.CONFIG, content);
        if (!written)
            throw new Problem(
                    ErrorCode.CONFIG_CHANGED,
                    place() + " was changed by somebody else meanwhile; nothing was written",
                    "Look at it with pgvigil config get, then put yours again.");
    }
}
