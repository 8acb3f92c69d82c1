package io.pgvigil.wire;

import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.Slot;
import io.pgvigil.core.store.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A server's room for runs.
///
/// To start a run: [#take] a slot, claim the run with the slot's number, [#confirm], and only then
/// start its task. The confirming write is what keeps two runs out of one slot: whoever read the slot
/// earlier can no longer take it, and finds on reading again a run that is at work in it.
///
/// A slot needs no giving back at the end: it is free once its run has ended.
public final class Slots {
    // Each attempt that fails is one in which somebody else got further.
    private static final int ATTEMPTS = 100;

    /// A slot is taken for a run that is recorded, so one without a run is a leftover.
    private static final Duration GRACE = Duration.ofMinutes(10);

    private static final Pattern NUMBER = Pattern.compile("([1-9][0-9]{0,3})\\.json");

    private final ObjectStore store;
    private final Runs runs;
    private final InstantSource clock;

    public Slots(ObjectStore store, InstantSource clock) {
        this.store = store;
        this.runs = new Runs(store);
        this.clock = clock;
    }

    /// A slot that names a run, as it was read or written.
    public record Taken(ServerName server, int number, Slot slot, String token) {}

    private record Seen(int number, Slot slot, String token, boolean busy) {}

    /// A slot for a run of this server, `atOnce` being its limit; empty when all are busy. One that
    /// names the run already, because somebody died or is at it just now, is its own.
    public Optional<Taken> take(Run run, int atOnce) {
        var server = run.order().server();
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            var seen = seen(server, run);
            var own =
                    seen.stream()
                            .filter(one ->
                                    !one.slot().released() && one.slot().run().equals(run.run()))
                            .findFirst();
            if (own.isPresent())
                return own.map(one -> new Taken(server, one.number(), one.slot(), one.token()));
            var busy = seen.stream().filter(Seen::busy).toList();
            // Slots above a limit that was lowered count until their runs end.
            if (busy.size() >= atOnce) return Optional.empty();
            var numbers = new HashSet<>(busy.stream().map(Seen::number).toList());
            for (var number = 1; number <= atOnce; number++)
                if (!numbers.contains(number) && write(server, number, run, seen)) break;
            // Whether we wrote it or another did: what is there now is the answer.
        }
        throw new Problem(
                ErrorCode.STORE_FAILED,
                "no slot of " + server + " could be read and written in " + ATTEMPTS + " attempts",
                "Does the store honour conditional writes (If-Match)?");
    }

    /// The runs that slots name, ended or not.
    public Set<RunId> named(ServerName server) {
        try (var objects = store.list(Layout.slots(server))) {
            return objects.flatMap(object -> store.document(object.key()).stream())
                    .map(document -> Json.read(document, Slot.class, Slot.FORMAT))
                    .filter(slot -> !slot.released())
                    .map(Slot::run)
                    .collect(Collectors.toSet());
        }
    }

    private static Optional<Taken> own(ServerName server, Run run, List<Seen> seen) {
        return seen.stream()
                .filter(one -> !one.slot().released() && one.slot().run().equals(run.run()))
                .findFirst()
                .map(one -> new Taken(server, one.number(), one.slot(), one.token()));
    }

    private boolean write(ServerName server, int number, Run run, List<Seen> seen) {
        var content = Json.bytes(Slot.takenBy(run.run(), clock.instant()));
        var key = Layout.slot(server, number);
        return seen.stream()
                .filter(one -> one.number() == number)
                .findFirst()
                .map(one -> store.replace(key, content, one.token()))
                .orElseGet(() -> store.create(key, content));
    }

    /// Makes the slot this run's for good. False when somebody else has it or wrote to it since.
    public boolean confirm(Taken taken) {
        return store.replace(
                Layout.slot(taken.server(), taken.number()),
                Json.bytes(taken.slot().confirm()),
                taken.token());
    }

    /// Gives back the slot of a run for which no task could be started. To be called before the run
    /// goes back into the queue: afterwards the slot may be in use again.
    public void release(Run run, int number) {
        var key = Layout.slot(run.order().server(), number);
        store.document(key)
                .ifPresent(document -> {
                    var slot = Json.read(document, Slot.class, Slot.FORMAT);
                    if (slot.run().equals(run.run()))
                        store.replace(key, Json.bytes(slot.release()), document.token());
                });
    }

    private List<Seen> seen(ServerName server, Run run) {
        var found = new ArrayList<Seen>();
        var now = clock.instant();
        try (var objects = store.list(Layout.slots(server))) {
            for (var key : objects.map(object -> object.key()).toList()) {
                var number = NUMBER.matcher(key.name());
                if (!number.matches()) continue;
                store.document(key)
                        .ifPresent(document -> {
                            var slot = Json.read(document, Slot.class, Slot.FORMAT);
                            var place = Integer.parseInt(number.group(1));
                            found.add(
                                    new Seen(
                                            place,
                                            slot,
                                            document.token(),
                                            !slot.run().equals(run.run())
                                                    && busy(slot, place, now)));
                        });
            }
        }
        return found;
    }

    /// A run whose record is damaged will never end; it is as good as none.
    private Optional<Run> known(Slot slot) {
        try {
            return runs.find(slot.run());
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.DOCUMENT_INVALID) throw problem;
            return Optional.empty();
        }
    }

    private boolean busy(Slot slot, int number, Instant now) {
        if (slot.released()) return false;
        return known(slot)
                .map(run ->
                        !run.state().ended()
                                // Of two who took a slot each for one run, one number counts.
                                && run.turn()
                                        .flatMap(turn -> turn.slot())
                                        .map(counts -> counts == number)
                                        .orElse(true))
                .orElse(slot.taken().plus(GRACE).isAfter(now));
    }
}
