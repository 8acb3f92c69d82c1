package io.pgvigil.runtime;

import io.pgvigil.aws.announce.AwsAnnouncer;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcer;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Everybody who is told: people and programs through AWS, and a webhook.
///
/// One that fails does not keep the others from being told. What was told in part is told again, to
/// everybody.
public final class Channels implements Announcer {
    private final Optional<AwsAnnouncer> aws;
    private final Optional<Webhook> webhook;

    Channels(Optional<AwsAnnouncer> aws, Optional<Webhook> webhook) {
        this.aws = aws;
        this.webhook = webhook;
    }

    /// SNS and EventBridge when `PGVIGIL_TOPIC` is set, a webhook when `PGVIGIL_WEBHOOK` is; empty when
    /// neither is.
    public static Optional<Channels> from(Map<String, String> environment) {
        var aws =
                new Settings(environment)
                        .optional("PGVIGIL_TOPIC")
                        .map(_ -> AwsAnnouncer.from(environment));
        var webhook = Webhook.from(environment);
        return aws.isEmpty() && webhook.isEmpty()
                ? Optional.empty()
                : Optional.of(new Channels(aws, webhook));
    }

    /// Makes clients now, for those who know that they will announce something.
    void prepare() {
        aws.ifPresent(AwsAnnouncer::prepare);
    }

    @Override
    public void announce(Announcement announcement) {
        var failures =
                Stream.<Optional<? extends Announcer>>of(aws, webhook)
                        .flatMap(Optional::stream)
                        .flatMap(one -> attempt(one, announcement).stream())
                        .toList();
        if (failures.isEmpty()) return;
        if (failures.size() == 1) throw failures.getFirst();
        throw new Problem(
                ErrorCode.ANNOUNCEMENT_FAILED,
                failures.stream().map(Problem::what).collect(Collectors.joining("; and ")),
                failures.getFirst().hint(),
                failures.stream().anyMatch(Problem::transientFailure),
                failures.getFirst());
    }

    private static Optional<Problem> attempt(Announcer one, Announcement announcement) {
        try {
            one.announce(announcement);
            return Optional.empty();
        } catch (Problem problem) {
            return Optional.of(problem);
        }
    }
}
