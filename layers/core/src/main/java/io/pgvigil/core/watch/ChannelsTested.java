package io.pgvigil.core.watch;

import io.pgvigil.core.store.Versioned;
import java.time.Instant;

/// That everybody who is told of something took a test message: `report/channels.json`.
public record ChannelsTested(int format, Instant at) implements Versioned {
    public static final int FORMAT = 1;

    public static ChannelsTested at(Instant now) {
        return new ChannelsTested(FORMAT, now);
    }
}
