package io.pgvigil.runtime;

import io.pgvigil.aws.announce.AwsAnnouncer;
import java.util.Map;
import java.util.Optional;

/// Chooses who is told.
public final class Announcers {
    private Announcers() {}

    /// SNS and EventBridge when `PGVIGIL_TOPIC` is set, else nobody.
    public static Optional<AwsAnnouncer> standard(Map<String, String> environment) {
        return new Settings(environment)
                .optional("PGVIGIL_TOPIC")
                .map(_ -> AwsAnnouncer.from(environment));
    }
}
