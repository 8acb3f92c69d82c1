package io.pgvigil.watch;

import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.watch.ChannelsTested;
import io.pgvigil.runtime.Announcements;
import io.pgvigil.wire.Json;
import java.time.InstantSource;
import java.util.Map;

/// A message that means nothing, so that those that do are known to arrive.
public record ChannelTest(ObjectStore store, Announcements announcements, InstantSource clock) {

    /// Sends it to everybody who is told, and writes down that all of them took it.
    public ChannelsTested send() {
        if (!announcements.reachAnybody())
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "there is no channel here: nobody is told of anything",
                    "Set PGVIGIL_WEBHOOK or PGVIGIL_TOPIC, or test those of a stack: --stack NAME.");
        var now = clock.instant();
        announcements.say(
                new Announcement(
                        "channels.tested",
                        Severity.INFO,
                        store.uri().toString(),
                        "Test: pgvigil can reach you",
                        "Somebody tested whether announcements of the backups in "
                                + store.uri()
                                + " arrive. This one did.\n\nNothing needs to be done.\n",
                        Map.of("store", store.uri().toString()),
                        now));
        var tested = ChannelsTested.at(now);
        store.put(Layout.CHANNELS, Json.bytes(tested));
        return tested;
    }
}
