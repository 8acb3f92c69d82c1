package io.pgvigil.watch;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.managed.ManagedBackups;
import io.pgvigil.core.managed.ManagedBackups.Verdict;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.core.managed.ManagedServices;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.runtime.Announcements;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Looks after servers whose copies and harvests a service makes: whether it does.
final class ManagedWatch {
    private static final String GOOD = "good";

    private final ManagedServices services;
    private final ObjectReader store;
    private final Announcements announcements;

    /// What is so of one server.
    ///
    /// @param satisfied whether `physical` and `wal` of its profile are taken care of
    /// @param restorable up to which moment the service can restore it
    public record Finding(
            ServerName server,
            boolean satisfied,
            String what,
            Optional<String> hint,
            Optional<Instant> restorable) {}

    ManagedWatch(ManagedServices services, ObjectReader store, Announcements announcements) {
        this.services = services;
        this.store = store;
        this.announcements = announcements;
    }

    /// Whether a server is one to look at: of a service, and promised copies or harvests.
    static Optional<ManagedHost> of(ServerConfig server) {
        var wanted = server.policy().physical().isPresent() || server.policy().wal().isPresent();
        return wanted ? ManagedHost.of(server.connect().host()) : Optional.empty();
    }

    static Map<ServerName, ManagedHost> of(Configuration configuration) {
        var found = new LinkedHashMap<ServerName, ManagedHost>();
        configuration
                .servers()
                .forEach((name, server) -> of(server).ifPresent(host -> found.put(name, host)));
        return found;
    }

    /// Asks, and tells what changed: a finding once, and once that it is over.
    Finding look(ServerName server, ManagedHost host, ServerConfig config, Instant now) {
        var backups = services.find(host);
        var restorable = backups.flatMap(ManagedBackups::latest);
        var verdict =
                backups.map(known -> known.judge(config.policy().rpo(), now))
                        .orElseGet(() -> ManagedBackups.unknown(host));
        return switch (verdict) {
            case Verdict.Satisfied(var why) -> {
                // Nobody needs to hear that all is well who never heard otherwise.
                if (store.stat(Layout.managed(server)).isPresent())
                    tell(server, GOOD, good(server, host, why, now));
                yield new Finding(server, true, why, Optional.empty(), restorable);
            }
            case Verdict.Missing(var what, var hint) -> {
                tell(server, "missing", missing(server, host, what, hint, now));
                yield new Finding(server, false, what, Optional.of(hint), restorable);
            }
        };
    }

    private void tell(ServerName server, String state, Announcement words) {
        announcements.tell(Layout.managed(server), server + " " + state, () -> words);
    }

    private static Announcement missing(
            ServerName server, ManagedHost host, String what, String hint, Instant now) {
        return new Announcement(
                "managed.missing",
                Announcement.Severity.CRITICAL,
                server.value(),
                "RDS does not protect " + server,
                "The profile of "
                        + server
                        + " promises copies of the server and its WAL. RDS makes them, and: "
                        + what
                        + ".\n\nWhat to do: "
                        + hint
                        + "\n",
                details(server, host, what),
                now);
    }

    private static Announcement good(ServerName server, ManagedHost host, String why, Instant now) {
        return new Announcement(
                "managed.satisfied",
                Announcement.Severity.INFO,
                server.value(),
                "RDS protects " + server + " again",
                why + ".\n\nNothing needs to be done.\n",
                details(server, host, why),
                now);
    }

    private static Map<String, String> details(ServerName server, ManagedHost host, String what) {
        var details = new LinkedHashMap<String, String>();
        details.put("server", server.value());
        details.put("host", host.host());
        details.put("what", what);
        return details;
    }
}
