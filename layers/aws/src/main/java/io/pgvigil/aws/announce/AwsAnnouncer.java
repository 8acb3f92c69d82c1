package io.pgvigil.aws.announce;

import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcer;
import java.util.Map;

/// Tells people through SNS and programs through EventBridge.
public final class AwsAnnouncer implements Announcer {
    private AwsAnnouncer() {}

    public static AwsAnnouncer from(Map<String, String> environment) {
        return new AwsAnnouncer();
    }

    @Override
    public void announce(Announcement announcement) {
        throw new UnsupportedOperationException();
    }
}
