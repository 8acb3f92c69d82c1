package io.pgvigil.runtime;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retrieval.Archived;
import io.pgvigil.core.retrieval.Offer;
import io.pgvigil.core.retrieval.Retrieval;
import io.pgvigil.core.store.Access;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoredObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// Has backups brought back from archive classes, in two steps: ask for it, and go on when it is there.
/// It takes hours and costs money, so it begins when somebody who has seen both says so.
public final class Retrievals {
    private final ObjectStore store;
    private final InstantSource clock;

    public Retrievals(ObjectStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /// Asks for whatever of a backup cannot be read. Empty when all of it can.
    ///
    /// @param speed consent to the wait and the price; without it a backup that nobody asked for yet is
    ///     refused, with what each speed takes
    public Optional<Retrieval> begin(
            ServerName server,
            DatabaseName database,
            BackupId backup,
            Optional<RetrievalSpeed> speed) {
        var archived = new ArrayList<StoredObject>();
        var coming = new ArrayList<StoredObject>();
        for (var object : inArchiveClasses(Layout.folder(server, database, backup)))
            switch (store.access(object.key())) {
                case AT_ONCE -> {}
                case COMING -> coming.add(object);
                case ARCHIVED -> archived.add(object);
            }
        var wait = Duration.ZERO;
        if (!archived.isEmpty()) {
            var what = sums(archived);
            var offer =
                    speed.flatMap(chosen -> Offer.of(chosen, what))
                            .orElseThrow(() -> refusal(backup, what, speed));
            archived.forEach(object -> store.retrieve(object.key(), offer.speed(), Offer.KEPT));
            wait = offer.most();
        }
        // Nobody remembers how fast somebody else wanted it.
        if (!coming.isEmpty()) wait = longer(wait, slowest(sums(coming)));
        coming.addAll(archived);
        return coming.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Retrieval(
                                coming.stream().map(StoredObject::key).toList(),
                                clock.instant().plus(wait)));
    }

    /// Whether everything that was asked for can be read.
    public boolean done(Retrieval retrieval) {
        return retrieval.objects().stream().allMatch(key -> store.access(key) == Access.AT_ONCE);
    }

    private List<StoredObject> inArchiveClasses(String folder) {
        try (var objects = store.list(folder)) {
            return objects.filter(object ->
                            object.storageClass().filter(in -> !in.readable()).isPresent())
                    .toList();
        }
    }

    private static List<Archived> sums(Collection<StoredObject> objects) {
        var sums = new EnumMap<StorageClass, Archived>(StorageClass.class);
        for (var object : objects) {
            var in = object.storageClass().orElseThrow();
            sums.merge(
                    in,
                    new Archived(in, object.size(), 1),
                    (one, other) ->
                            new Archived(
                                    in,
                                    one.bytes() + other.bytes(),
                                    one.objects() + other.objects()));
        }
        return List.copyOf(sums.values());
    }

    private static Duration slowest(List<Archived> what) {
        return Offer.all(what).stream().map(Offer::most).reduce(Duration.ZERO, Retrievals::longer);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Problem refusal(
            BackupId backup, List<Archived> what, Optional<RetrievalSpeed> wanted) {
        var offers = Offer.all(what);
        return new Problem(
                ErrorCode.BACKUP_ARCHIVED,
                "backup %s lies in %s and must be brought back before it can be read%s: %s"
                        .formatted(
                                backup,
                                what.stream()
                                        .map(Retrievals::words)
                                        .collect(Collectors.joining(" and ")),
                                wanted.map(speed -> ", which is never " + speed).orElse(""),
                                offers.stream()
                                        .map(Retrievals::words)
                                        .collect(Collectors.joining("; "))),
                "Say how fast: --retrieve %s; in an event, \"retrieve\". The price is that of us-east-1, with %d days of the copy."
                        .formatted(
                                offers.stream()
                                        .map(offer -> offer.speed().toString())
                                        .collect(Collectors.joining(" or ")),
                                Offer.KEPT.toDays()));
    }

    private static String words(Archived one) {
        return "%s (%s in %d %s)"
                .formatted(
                        one.in(),
                        ByteSize.of(one.bytes()),
                        one.objects(),
                        one.objects() == 1 ? "object" : "objects");
    }

    private static String words(Offer offer) {
        return String.format(
                Locale.ROOT,
                "%s, %s, $%.2f",
                offer.speed(),
                wait(offer.least(), offer.most()),
                offer.dollars());
    }

    private static String wait(Duration least, Duration most) {
        var minutes = most.compareTo(Duration.ofHours(1)) < 0;
        var unit = minutes ? "minutes" : "hours";
        var to = minutes ? most.toMinutes() : most.toHours();
        var from = minutes ? least.toMinutes() : least.toHours();
        return least.isZero() ? "within " + to + " " + unit : from + " to " + to + " " + unit;
    }
}
