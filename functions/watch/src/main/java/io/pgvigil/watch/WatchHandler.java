package io.pgvigil.watch;

import io.pgvigil.runtime.Doorway;

/// `watch`: closes, announces and starts what others did not come to.
public final class WatchHandler extends Doorway<WatchRequested> {
    private final Watch watch;

    public WatchHandler() {
        this(WatchWiring.standard());
    }

    public WatchHandler(Watch watch) {
        this.watch = watch;
    }

    @Override
    protected WatchRequested decode(byte[] event) {
        return event(event, WatchRequested.class, "watch.tick");
    }

    @Override
    protected Object handle(WatchRequested request, String nonce) {
        if (request.copy().isPresent()) return watch.copy(request.copy().get(), nonce);
        return request.testChannels() ? watch.testChannels() : watch.look();
    }
}
