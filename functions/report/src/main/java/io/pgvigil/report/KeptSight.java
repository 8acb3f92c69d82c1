package io.pgvigil.report;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.watch.LockFacts;
import io.pgvigil.core.watch.RuleFacts;
import io.pgvigil.core.watch.Standing;
import io.pgvigil.core.watch.WatchFacts;
import io.pgvigil.core.watch.WatchRules;
import io.pgvigil.core.watch.WatchState;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.CopyNotes;
import io.pgvigil.wire.Histories;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/// What watch found and keeps in the store. The history is brought up to date first, because the page is
/// written a moment after a backup, and watch may look a quarter of an hour later; and it is looked for
/// servers that nobody named, for the backup may be the first one of its server.
final class KeptSight implements Sight {
    private final ObjectStore store;
    private final ConfigurationSource source;

    KeptSight(ObjectStore store, ConfigurationSource source) {
        this.store = store;
        this.source = source;
    }

    @Override
    public Seen see(Instant now) {
        var kept =
                store.document(Layout.WATCH)
                        .map(document -> Json.read(document, WatchState.class, WatchState.FORMAT));
        var state = kept.orElse(WatchState.NONE);
        var configuration = source.current();
        var histories = new Histories(store);
        var update = histories.update(histories.stored().unexplored(), List.of(), List.of(), now);
        var unseen = new HashMap<>(update.unseen());
        var restorable = new HashMap<ServerName, Instant>();
        state.restorable().forEach((server, at) -> restorable.put(new ServerName(server), at));
        var facts =
                new WatchFacts(
                        configuration,
                        Optional.empty(),
                        update.history(),
                        state.expectations(
                                configuration.map(WatchRules::expectations).orElse(List.of()), now),
                        new Runs(store)
                                .open().stream().flatMap(open -> open.run().stream()).toList(),
                        List.of(),
                        Optional.empty(),
                        Duration.ZERO,
                        List.of(),
                        List.of(),
                        LockFacts.none(store.uri()),
                        CopyNotes.of(store, configuration, update.history(), unseen),
                        restorable,
                        Optional.empty(),
                        RuleFacts.NONE,
                        unseen);
        return new Seen(
                facts,
                state.standing().stream().map(Standing::finding).toList(),
                kept.map(WatchState::look));
    }
}
