package io.pgvigil.runtime;

import io.pgvigil.core.Sha256;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.config.ConfigurationReader;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The configuration of a stack: a document in the store that its operator edits while everything
/// runs.
///
/// A document that is wrong changes nothing: the last one that was right goes on to count, and the
/// complaints are announced once.
public final class StoredConfiguration implements ConfigurationSource {
    private final ObjectStore place;
    private final ObjectKey key;
    private final ObjectStore store;
    private final Optional<FirstServer> first;
    private final Announcements announcements;
    private final StateLog log;
    private final InstantSource clock;

    /// @param place where the operator's document is, under `key`
    /// @param store where we keep what was accepted
    /// @param first what to begin with when there is no document
    public StoredConfiguration(
            ObjectStore place,
            ObjectKey key,
            ObjectStore store,
            Optional<FirstServer> first,
            Announcements announcements,
            StateLog log,
            InstantSource clock) {
        this.place = place;
        this.key = key;
        this.store = store;
        this.first = first;
        this.announcements = announcements;
        this.log = log;
        this.clock = clock;
    }

    private record Read(
            Optional<Document> document, Optional<Configuration> good, Optional<Problem> bad) {}

    @Override
    public Optional<Configuration> current() {
        var read = read();
        if (read.good().isPresent()) return read.good();
        return accepted()
                .or(() -> {
                    if (read.bad().isPresent()) throw read.bad().get();
                    return Optional.empty();
                });
    }

    @Override
    public Optional<Configuration> refreshed() {
        var read = read();
        if (read.document().isEmpty() && first.isPresent()) {
            begin(first.get());
            read = read();
        }
        if (read.good().isPresent()) {
            accept(read.document().orElseThrow());
            return read.good();
        }
        var accepted = accepted();
        var wrong = read.bad();
        if (wrong.isEmpty() && accepted.isPresent())
            wrong =
                    Optional.of(
                            new Problem(
                                    ErrorCode.CONFIG_NOT_FOUND,
                                    name() + " is gone",
                                    "Put it back; schedule/config.accepted.yaml beside it is what it"
                                            + " said last."));
        if (wrong.isEmpty()) return Optional.empty();
        var content = read.document().map(Document::content).orElse(new byte[0]);
        reject(wrong.get(), content, accepted.isPresent());
        if (accepted.isEmpty()) throw wrong.get();
        return accepted;
    }

    private Read read() {
        var document = place.document(key);
        if (document.isEmpty())
            return new Read(Optional.empty(), Optional.empty(), Optional.empty());
        try {
            return new Read(document, Optional.of(parse(document.get(), name())), Optional.empty());
        } catch (Problem problem) {
            return new Read(document, Optional.empty(), Optional.of(problem));
        }
    }

    private static Configuration parse(Document document, String name) {
        return ConfigurationReader.read(
                new String(document.content(), StandardCharsets.UTF_8), name);
    }

    private Optional<Configuration> accepted() {
        return store.document(Layout.ACCEPTED)
                .map(document -> parse(document, Layout.ACCEPTED.value()));
    }

    private void begin(FirstServer server) {
        String yaml;
        try {
            yaml = server.yaml();
        } catch (Problem problem) {
            reject(problem, problem.what().getBytes(StandardCharsets.UTF_8), false);
            throw problem;
        }
        // Only if there is none: an operator may be writing one just now.
        if (place.create(key, yaml.getBytes(StandardCharsets.UTF_8)))
            log.event("config-written", Map.of("config", name()));
    }

    private void accept(Document document) {
        var before = store.document(Layout.ACCEPTED);
        if (before.filter(known -> Arrays.equals(known.content(), document.content())).isEmpty()) {
            store.put(Layout.ACCEPTED, document.content());
            log.event(
                    "config-accepted",
                    Map.of("config", name(), "sha256", Sha256.hex(document.content())));
        }
        // The same mistake made again later is news again.
        store.document(Layout.REJECTED).ifPresent(_ -> store.delete(Layout.REJECTED));
    }

    private void reject(Problem problem, byte[] content, boolean goesOn) {
        var hash = Sha256.hex(content);
        log.problem("config-rejected", problem, Map.of("config", name(), "sha256", hash));
        try {
            announcements.tell(Layout.REJECTED, hash, () -> rejected(problem, hash, goesOn));
        } catch (Problem untold) {
            // A mail that cannot be sent must not cost a backup; the next tick tries again.
            log.problem("untold", untold, Map.of("config", name()));
        }
    }

    private Announcement rejected(Problem problem, String hash, boolean goesOn) {
        var details = new LinkedHashMap<String, String>();
        details.put("config", name());
        details.put("sha256", hash);
        details.put("code", problem.code().id());
        details.put("what", problem.what());
        details.put("hint", problem.hint());
        return new Announcement(
                "config.rejected",
                Announcement.Severity.CRITICAL,
                name(),
                goesOn
                        ? "Configuration rejected; the last good one is in use"
                        : "Configuration rejected; nothing is backed up",
                "The configuration "
                        + name()
                        + " cannot be used:\n\n"
                        + problem.what()
                        + "\n\nWhat to do: "
                        + problem.hint()
                        + "\n\n"
                        + (goesOn
                                ? "Until then everything goes on as schedule/config.accepted.yaml says.\n"
                                : "There is none that was good before, so nothing is scheduled.\n")
                        + "pgvigil config check FILE says the same before a file is uploaded.\n",
                details,
                clock.instant());
    }

    private String name() {
        var store = place.uri().toString();
        return store + (store.endsWith("/") ? "" : "/") + key;
    }
}
