package io.pgvigil.runtime;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Tells a service outside that somebody looked. It raises the alarm when the ping stays away, which
/// nobody who has died can do himself.
public final class Ping {
    public static final Ping NONE = new Ping(Optional.empty(), StateLog.SILENT, Duration.ZERO);

    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final Optional<URI> address;
    private final StateLog log;
    private final Duration limit;

    private Ping(Optional<URI> address, StateLog log, Duration limit) {
        this.address = address;
        this.log = log;
        this.limit = limit;
    }

    /// To the address in `PGVIGIL_PING`, or to nobody.
    public static Ping from(Map<String, String> environment, StateLog log) {
        return from(environment, log, LIMIT);
    }

    static Ping from(Map<String, String> environment, StateLog log, Duration limit) {
        return new Ping(
                new Settings(environment)
                        .optional("PGVIGIL_PING")
                        .map(text -> WebAddress.parse("PGVIGIL_PING", text)),
                log,
                limit);
    }

    /// One that is not answered is no failure of the look: the service notices by itself.
    public void send() {
        address.ifPresent(this::send);
    }

    private void send(URI to) {
        try {
            var status = WebCall.status(HttpRequest.newBuilder(to).GET(), limit);
            if (status / 100 != 2) missed(to, "status " + status);
        } catch (IOException e) {
            missed(to, e.getClass().getSimpleName());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            missed(to, "interrupted");
        }
    }

    private void missed(URI to, String why) {
        log.event("ping-missed", Map.of("host", to.getHost(), "why", why));
    }
}
