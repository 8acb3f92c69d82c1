package io.pgvigil.cli;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.wire.Copies;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where backups lie besides their store, and where the configuration wants them and they are not.
final class Offsite {
    private final Map<Manifest, List<String>> there;
    private final Optional<Configuration> configuration;

    private Offsite(Map<Manifest, List<String>> there, Optional<Configuration> configuration) {
        this.there = there;
        this.configuration = configuration;
    }

    static Offsite of(ObjectReader store, List<Manifest> backups, Common common) {
        return new Offsite(new Copies(store).places(backups), configuration(common));
    }

    /// What lies in a store is shown whatever became of the configuration.
    private static Optional<Configuration> configuration(Common common) {
        try {
            return common.configuration();
        } catch (Problem unreadable) {
            System.err.println("which copies are missing is not known: " + unreadable.getMessage());
            return Optional.empty();
        }
    }

    /// Checked there.
    List<String> there(Manifest backup) {
        return there.getOrDefault(backup, List.of());
    }

    List<String> missing(Manifest backup) {
        var known = there(backup).stream().map(to -> StoreUri.parse(to).place()).toList();
        return CopyCommand.of(backup, configuration).stream()
                .filter(place -> !known.contains(place.place()))
                .map(StoreUri::toString)
                .toList();
    }

    /// Whether there is anything to say.
    boolean any() {
        return there.keySet().stream()
                .anyMatch(backup -> !there(backup).isEmpty() || !missing(backup).isEmpty());
    }

    String words(Manifest backup) {
        var copies = there(backup).size();
        var missing = missing(backup).size();
        if (copies + missing == 0) return "-";
        if (copies + missing == 1) return copies == 1 ? "yes" : "no";
        return copies + " of " + (copies + missing);
    }
}
