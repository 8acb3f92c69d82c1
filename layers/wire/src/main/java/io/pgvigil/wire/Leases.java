package io.pgvigil.wire;

import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Claims in the store that work across processes and hosts and expire by themselves.
public final class Leases {
    public static final Duration LENGTH = Duration.ofMinutes(2);

    private final ObjectStore store;
    private final InstantSource clock;
    private final Host host;

    /// Who we are, and what we can know about our neighbours.
    public interface Host {
        String name();

        long pid();

        /// Whether a process of this host is gone for certain.
        boolean gone(long pid);
    }

    public Leases(ObjectStore store, InstantSource clock, Host host) {
        this.store = store;
        this.clock = clock;
        this.host = host;
    }

    /// Takes the claim, or says who has it. A claim that has expired, was released, or whose holder
    /// was a process of this host that is gone, is taken over.
    public Claim claim(ObjectKey key, RunId run) {
        var now = clock.instant();
        var mine = new Lease(Lease.FORMAT, run, host.name(), host.pid(), now.plus(LENGTH), false);
        if (store.create(key, Json.bytes(mine))) return new Claim.Taken(new Held(key, mine));
        var document = store.document(key).orElse(null);
        // Lease objects expire by lifecycle; gone between two calls means free.
        if (document == null)
            return store.create(key, Json.bytes(mine))
                    ? new Claim.Taken(new Held(key, mine))
                    : claim(key, run);
        var current = Json.read(document, Lease.class, Lease.FORMAT);
        if (current.heldAt(now) && !orphaned(current)) return new Claim.Busy(current);
        return store.replace(key, Json.bytes(mine), document.token())
                ? new Claim.Taken(new Held(key, mine))
                : claim(key, run);
    }

    public Optional<Lease> find(ObjectKey key) {
        return store.document(key).map(document -> Json.read(document, Lease.class, Lease.FORMAT));
    }

    /// Whether somebody alive holds it.
    public boolean held(ObjectKey key) {
        return find(key)
                .filter(lease -> lease.heldAt(clock.instant()) && !orphaned(lease))
                .isPresent();
    }

    /// Ends the claim of a run that is known to be over, if it still has it.
    public void endFor(ObjectKey key, RunId run) {
        store.document(key)
                .ifPresent(document -> {
                    var lease = Json.read(document, Lease.class, Lease.FORMAT);
                    // Losing this race is fine: somebody else has the claim then.
                    if (lease.holder().equals(run) && !lease.released())
                        store.replace(key, Json.bytes(lease.release()), document.token());
                });
    }

    private boolean orphaned(Lease lease) {
        return lease.host().equals(host.name()) && host.gone(lease.pid());
    }

    /// The answer to a claim.
    public sealed interface Claim {
        record Taken(Held held) implements Claim {}

        record Busy(Lease lease) implements Claim {}
    }

    /// A claim of ours. Renew it well before [#LENGTH] is over.
    public final class Held implements AutoCloseable {
        private final ObjectKey key;
        private Lease lease;

        private Held(ObjectKey key, Lease lease) {
            this.key = key;
            this.lease = lease;
        }

        /// Throws `LEASE_LOST` when somebody else has taken it, because then we were thought dead
        /// and must behave like it.
        public synchronized void renew() {
            var document = store.document(key).orElseThrow(this::lost);
            var current = Json.read(document, Lease.class, Lease.FORMAT);
            if (!current.holder().equals(lease.holder())
                    || current.released()
                    || current.pid() != lease.pid()
                    || !current.host().equals(lease.host())) throw lost();
            var later = lease.until(clock.instant().plus(LENGTH));
            if (!store.replace(key, Json.bytes(later), document.token())) throw lost();
            lease = later;
        }

        public Instant expires() {
            return lease.expires();
        }

        @Override
        public synchronized void close() {
            endFor(key, lease.holder());
        }

        private Problem lost() {
            return new Problem(
                    ErrorCode.LEASE_LOST,
                    "run " + lease.holder() + " lost its claim " + key,
                    "Was this host suspended, or the store out of reach, for more than "
                            + LENGTH.toMinutes()
                            + " minutes? The run that took over goes on.");
        }
    }
}
