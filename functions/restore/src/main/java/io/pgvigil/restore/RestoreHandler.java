package io.pgvigil.restore;

import io.pgvigil.runtime.Doorway;

/// `restore`: orders a restore of one backup.
public final class RestoreHandler extends Doorway<RestoreRequested> {
    private final Restores restores;

    public RestoreHandler() {
        this(RestoreWiring.standard());
    }

    public RestoreHandler(Restores restores) {
        this.restores = restores;
    }

    @Override
    protected RestoreRequested decode(byte[] event) {
        return event(event, RestoreRequested.class, "restore.manual");
    }

    @Override
    protected Object handle(RestoreRequested request, String nonce) {
        return restores.order(request, nonce);
    }
}
