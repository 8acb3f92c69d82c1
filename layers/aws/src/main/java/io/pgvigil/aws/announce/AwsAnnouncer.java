package io.pgvigil.aws.announce;

import io.pgvigil.aws.AwsFailure;
import io.pgvigil.aws.Clients;
import io.pgvigil.aws.OnDemand;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcer;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;
import software.amazon.awssdk.services.sns.SnsClient;
import software.amazon.awssdk.services.sns.model.MessageAttributeValue;

/// Tells people through SNS and programs through EventBridge.
///
/// - **People first:** a bus that is gone does not keep a mail from being sent.
/// - **Told in part is not told:** when one of the two failed, the problem says who has heard it;
///   trying again tells that one twice.
///
/// Needs `sns:Publish` (with a key on the topic `kms:GenerateDataKey` and `kms:Decrypt`) and
/// `events:PutEvents`.
public final class AwsAnnouncer implements Announcer {
    public static final String SOURCE = "pgvigil";

    /// Of one call with its retries; there are two.
    public static final Duration CALL_LIMIT = Duration.ofSeconds(9);

    private static final Set<String> PASSING =
            Set.of("InternalFailure", "InternalException", "ServiceUnavailable");

    private final AnnounceSettings settings;
    private final Optional<OnDemand<SnsClient>> topics;
    private final Optional<OnDemand<EventBridgeClient>> buses;

    AwsAnnouncer(
            AnnounceSettings settings,
            Optional<OnDemand<SnsClient>> topics,
            Optional<OnDemand<EventBridgeClient>> buses) {
        this.settings = settings;
        this.topics = topics;
        this.buses = buses;
    }

    /// As the environment says. Reports everything that is wrong with it at once.
    public static AwsAnnouncer from(Map<String, String> environment) {
        return from(environment, Clients.standard(environment));
    }

    public static AwsAnnouncer from(Map<String, String> environment, Clients clients) {
        var settings = AnnounceSettings.from(environment);
        return new AwsAnnouncer(
                settings,
                settings.topic()
                        .map(_ ->
                                new OnDemand<>(() ->
                                        clients.build(SnsClient.builder(), "SNS", CALL_LIMIT))),
                settings.bus()
                        .map(_ ->
                                new OnDemand<>(() ->
                                        clients.build(
                                                EventBridgeClient.builder(),
                                                "EVENTBRIDGE",
                                                CALL_LIMIT))));
    }

    /// Makes the clients now, for those who know that they will announce something.
    public void prepare() {
        topics.ifPresent(OnDemand::get);
        buses.ifPresent(OnDemand::get);
    }

    @Override
    public void announce(Announcement announcement) {
        var people = topics.flatMap(client -> attempt(() -> publish(client.get(), announcement)));
        var programs = buses.flatMap(client -> attempt(() -> put(client.get(), announcement)));
        if (people.isEmpty() && programs.isEmpty()) return;
        throw problem(announcement, people, programs);
    }

    private static Optional<Problem> attempt(Runnable telling) {
        try {
            telling.run();
            return Optional.empty();
        } catch (Problem problem) {
            return Optional.of(problem);
        }
    }

    private Problem problem(
            Announcement announcement, Optional<Problem> people, Optional<Problem> programs) {
        var first = people.or(() -> programs).orElseThrow();
        var both = people.isPresent() && programs.isPresent();
        var what = first.what();
        if (both) what += "; and " + programs.get().what();
        else if (people.isEmpty() && topics.isPresent()) what += "; the topic was told";
        else if (programs.isEmpty() && buses.isPresent()) what += "; the event bus was told";
        // One that can be mended by waiting is worth trying again, whatever the other says.
        var again =
                people.map(Problem::transientFailure).orElse(false)
                        || programs.map(Problem::transientFailure).orElse(false);
        return new Problem(
                ErrorCode.ANNOUNCEMENT_FAILED,
                announcement.event()
                        + " of "
                        + announcement.subject()
                        + " was not announced: "
                        + what,
                first.hint(),
                again,
                first);
    }

    private void publish(SnsClient client, Announcement announcement) {
        var topic = settings.topic().orElseThrow();
        var mail = Mail.of(announcement);
        try {
            client.publish(message ->
                    message.topicArn(topic)
                            .subject(mail.subject())
                            .message(mail.message())
                            .messageAttributes(attributes(announcement)));
        } catch (SdkException e) {
            throw refused(e, "SNS", topicHint(topic, e));
        }
    }

    /// What subscriptions can filter by.
    private static Map<String, MessageAttributeValue> attributes(Announcement announcement) {
        var attributes = new LinkedHashMap<String, MessageAttributeValue>();
        attribute(attributes, "event", announcement.event());
        attribute(attributes, "severity", announcement.severity().name());
        attribute(attributes, "subject", announcement.subject());
        return attributes;
    }

    private static void attribute(
            Map<String, MessageAttributeValue> attributes, String name, String value) {
        // An empty one makes SNS refuse the whole message.
        if (!value.isEmpty())
            attributes.put(
                    name,
                    MessageAttributeValue.builder().dataType("String").stringValue(value).build());
    }

    private static String topicHint(String topic, SdkException e) {
        var failure = AwsFailure.of(e);
        var words = failure.toString().toLowerCase(Locale.ROOT);
        if (words.contains("kms"))
            return "The function's role needs kms:GenerateDataKey and kms:Decrypt for the key of "
                    + topic
                    + ", and the key must be enabled.";
        return switch (failure.kind()) {
            case DENIED -> "The function's role needs sns:Publish for " + topic + ".";
            case REFUSED ->
                    words.contains("notfound") || words.contains("does not exist")
                            ? "The topic "
                                    + topic
                                    + " (PGVIGIL_TOPIC) does not exist: deploy the stack, or correct it."
                            : "Look at the topic " + topic + " in the console.";
            default -> usualHint(failure);
        };
    }

    private void put(EventBridgeClient client, Announcement announcement) {
        var bus = settings.bus().orElseThrow();
        PutEventsResultEntry result;
        try {
            var answer = client.putEvents(events -> events.entries(entry(bus, announcement)));
            if (answer.failedEntryCount() == null || answer.failedEntryCount() == 0) return;
            // The answer of a call that went well can say that its only event did not.
            result =
                    answer.entries().stream()
                            .filter(entry -> entry.errorCode() != null)
                            .findFirst()
                            .orElse(PutEventsResultEntry.builder().build());
        } catch (SdkException e) {
            throw refused(e, "EventBridge", busHint(bus, AwsFailure.of(e)));
        }
        var code = String.valueOf(result.errorCode());
        var words = String.valueOf(result.errorMessage());
        throw new Problem(
                ErrorCode.ANNOUNCEMENT_FAILED,
                "EventBridge did not take it: " + code + ": " + words,
                "Look at the event bus " + bus + " (PGVIGIL_EVENT_BUS) in the console.",
                PASSING.contains(code) || AwsFailure.throttled(code, words),
                null);
    }

    private PutEventsRequestEntry entry(String bus, Announcement announcement) {
        return PutEventsRequestEntry.builder()
                .eventBusName(bus)
                .source(SOURCE)
                .detailType(SOURCE + " " + announcement.event())
                .time(announcement.at())
                .detail(EventDetail.of(announcement, settings.stack()))
                .build();
    }

    private static String busHint(String bus, AwsFailure failure) {
        return switch (failure.kind()) {
            case DENIED -> "The function's role needs events:PutEvents for " + bus + ".";
            case REFUSED ->
                    "Does the event bus " + bus + " (PGVIGIL_EVENT_BUS) exist in this region?";
            default -> usualHint(failure);
        };
    }

    private static String usualHint(AwsFailure failure) {
        return switch (failure.kind()) {
            case CREDENTIALS -> "Check the function's role, or the credentials of this shell.";
            case INTERRUPTED -> "It is tried again.";
            default -> "Can the function reach the service in its region? It is tried again.";
        };
    }

    private static Problem refused(SdkException e, String service, String hint) {
        var failure = AwsFailure.of(e);
        return new Problem(
                ErrorCode.ANNOUNCEMENT_FAILED,
                service + " did not take it: " + failure,
                hint,
                failure.transientFailure() || failure.kind() == AwsFailure.Kind.INTERRUPTED,
                e);
    }
}
