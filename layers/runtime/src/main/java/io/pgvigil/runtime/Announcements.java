package io.pgvigil.runtime;

import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcer;
import io.pgvigil.core.announce.Told;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.Json;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/// Tells each thing once, however many set out to tell it.
///
/// Whoever tells claims it first and confirms afterwards. A claim that was not confirmed for
/// [Told#PATIENCE] is taken over: then something may be told twice, but never not at all.
public final class Announcements {
    private static final int ATTEMPTS = 20;

    private final ObjectStore store;
    private final Optional<Announcer> announcer;
    private final InstantSource clock;

    /// @param announcer empty on a laptop, where whoever asked reads the answer: nothing is recorded
    public Announcements(ObjectStore store, Optional<Announcer> announcer, InstantSource clock) {
        this.store = store;
        this.announcer = announcer;
        this.clock = clock;
    }

    /// Tells it unless it was told. False when somebody else is at it just now.
    ///
    /// @param record who tells it is kept here
    /// @param subject what it is about; another subject in the same record begins anew
    public boolean tell(ObjectKey record, String subject, Supplier<Announcement> what) {
        if (announcer.isEmpty()) return true;
        switch (claim(record, subject)) {
            case DONE -> {
                return true;
            }
            case BUSY -> {
                return false;
            }
            case MINE -> {}
        }
        try {
            announcer.get().announce(what.get());
        } catch (RuntimeException e) {
            // Given back, so that the platform's next attempt need not wait for a claim to age.
            finish(record, subject, false);
            throw e;
        }
        finish(record, subject, true);
        return true;
    }

    /// Whether there is anybody to tell.
    public boolean reachAnybody() {
        return announcer.isPresent();
    }

    /// Tells it. Whoever calls has seen to it that nobody else does.
    public void say(Announcement what) {
        announcer.ifPresent(one -> one.announce(what));
    }

    private enum Claim {
        MINE,
        BUSY,
        DONE
    }

    private Claim claim(ObjectKey record, String subject) {
        var now = clock.instant();
        var mine = Json.bytes(Told.claim(subject, now));
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (store.create(record, mine)) return Claim.MINE;
            var document = store.document(record).orElse(null);
            if (document == null) continue;
            var known = Json.read(document, Told.class, Told.FORMAT);
            if (known.subject().equals(subject)) {
                if (known.done()) return Claim.DONE;
                if (known.busy(now)) return Claim.BUSY;
            }
            if (store.replace(record, mine, document.token())) return Claim.MINE;
        }
        throw moving(record);
    }

    private void finish(ObjectKey record, String subject, boolean done) {
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            var document = store.document(record).orElse(null);
            if (document == null) return;
            var known = Json.read(document, Told.class, Told.FORMAT);
            if (!known.subject().equals(subject) || known.done()) return;
            var next = done ? known.confirm() : known.release();
            if (store.replace(record, Json.bytes(next), document.token())) return;
        }
        throw moving(record);
    }

    private static Problem moving(ObjectKey record) {
        return new Problem(
                ErrorCode.STORE_FAILED,
                record + " changed " + ATTEMPTS + " times while it was written",
                "Does the store honour conditional writes (If-Match)?");
    }
}
