package io.pgvigil.retention;

import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.wire.Leases;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// The store, and the further ones that profiles send copies to. Each is decided about by itself, by the
/// rules that count there, and what is done in it is written down in it.
public final class Places {
    private final ObjectStore store;
    private final ConfigurationSource configuration;
    private final Function<StoreUri, ObjectStore> further;
    private final Leases.Host host;
    private final InstantSource clock;

    /// @param further opens one of the further stores
    public Places(
            ObjectStore store,
            ConfigurationSource configuration,
            Function<StoreUri, ObjectStore> further,
            Leases.Host host,
            InstantSource clock) {
        this.store = store;
        this.configuration = configuration;
        this.further = further;
        this.host = host;
        this.clock = clock;
    }

    public StoreUri store() {
        return store.uri();
    }

    /// The store itself.
    public Retention first() {
        return new Retention(store, configuration, host, clock);
    }

    /// @param place one of them; empty: the store itself
    public Retention at(Optional<StoreUri> place) {
        if (place.filter(to -> !to.place().equals(store.uri().place())).isEmpty()) return first();
        var known = configuration.current();
        var to = place.get();
        var places = known.map(Configuration::copyPlaces).orElse(List.of());
        // However it was named: the configuration knows how it is reached.
        return places.stream()
                .filter(one -> one.place().equals(to.place()))
                .findFirst()
                .map(one -> open(one, known))
                .orElseThrow(() -> unknown(to, places));
    }

    private static Problem unknown(StoreUri to, List<StoreUri> places) {
        return new Problem(
                ErrorCode.USAGE_INVALID,
                "no profile of a server sends copies to " + to,
                places.isEmpty()
                        ? "The configuration names no further store."
                        : "Further stores are "
                                + places.stream()
                                        .map(StoreUri::toString)
                                        .collect(Collectors.joining(", "))
                                + ".");
    }

    /// What came of it in one store.
    ///
    /// @param problem why nothing came of it there
    public record Outcome<T>(StoreUri store, Optional<T> done, Optional<Problem> problem) {
        /// @throws Problem where nothing came of it
        public T orThrow() {
            problem.ifPresent(why -> {
                throw why;
            });
            return done.orElseThrow();
        }

        /// As an answer has it.
        public Map<String, Object> shape(Function<T, Object> of) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("store", store);
            done.ifPresent(is -> shape.put("done", of.apply(is)));
            problem.ifPresent(why -> shape.put("failed", Failure.of(why)));
            return shape;
        }
    }

    /// Does it in the store and then in each further one. Where it fails, that is said and stops no
    /// other.
    ///
    /// @return the store's own outcome first
    public <T> List<Outcome<T>> everywhere(Function<Retention, T> what) {
        // Once for all of them: rules that change meanwhile must not be taken for those of a place.
        var known = configuration.current();
        var outcomes = new ArrayList<Outcome<T>>();
        outcomes.add(tried(store.uri(), () -> what.apply(first())));
        for (var place : known.map(Configuration::copyPlaces).orElse(List.of()))
            outcomes.add(tried(place, () -> what.apply(open(place, known))));
        return outcomes;
    }

    private static <T> Outcome<T> tried(StoreUri place, Supplier<T> what) {
        try {
            return new Outcome<>(place, Optional.of(what.get()), Optional.empty());
        } catch (Problem problem) {
            return new Outcome<>(place, Optional.empty(), Optional.of(problem));
        }
    }

    private Retention open(StoreUri place, Optional<Configuration> known) {
        return new Retention(
                further.apply(place),
                ConfigurationSource.fixed(known.map(is -> is.in(place))),
                host,
                clock);
    }
}
