package io.pgvigil.verify;

import io.pgvigil.runtime.Doorway;

/// `verify`: orders a drill of one backup. The task's verdict is stored beside the backup.
public final class VerifyHandler extends Doorway<DrillRequested> {
    private final Drills drills;

    public VerifyHandler() {
        this(VerifyWiring.standard());
    }

    public VerifyHandler(Drills drills) {
        this.drills = drills;
    }

    @Override
    protected DrillRequested decode(byte[] event) {
        return event(event, DrillRequested.class, "verify.manual");
    }

    @Override
    protected Object handle(DrillRequested request, String nonce) {
        return drills.order(request, nonce);
    }
}
