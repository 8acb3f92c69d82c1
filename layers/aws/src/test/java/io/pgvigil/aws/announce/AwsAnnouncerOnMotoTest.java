package io.pgvigil.aws.announce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgvigil.aws.Clients;
import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.MotoServer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.sns.SnsClient;

/// What subscribers of a topic and rules of a bus get to see, with queues in their place.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AwsAnnouncerOnMotoTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Pattern BODY = Pattern.compile("<Body>(.*?)</Body>", Pattern.DOTALL);

    private final MotoServer moto = MotoServer.start();
    private final Clients clients = new Clients(moto.environment(), FakeAws.credentials());
    private final SnsClient sns = clients.build(SnsClient.builder(), "SNS", LONG);
    private final EventBridgeClient events =
            clients.build(EventBridgeClient.builder(), "EVENTBRIDGE", LONG);

    @AfterAll
    void stop() {
        sns.close();
        events.close();
        moto.close();
    }

    @Test
    void a_subscription_can_filter_by_severity_and_gets_subject_and_text() throws IOException {
        var topic = sns.createTopic(create -> create.name("mails")).topicArn();
        queue("pagers");
        sns.subscribe(subscribe ->
                subscribe
                        .topicArn(topic)
                        .protocol("sqs")
                        .endpoint(queueArn("pagers"))
                        .attributes(Map.of("FilterPolicy", "{\"severity\":[\"CRITICAL\"]}")));
        var announcer = AwsAnnouncer.from(Map.of("PGVIGIL_TOPIC", topic), clients);

        announcer.announce(announcement("backup.sealed", Severity.INFO, "all is well"));
        announcer.announce(announcement("run.failed", Severity.CRITICAL, "wake up"));

        var received = received("pagers").orElseThrow();
        assertThat(received).contains("wake up").contains("HINT: look").contains("orders-prod");
        assertThat(received("pagers")).as("one message").isEmpty();
    }

    @Test
    void a_rule_gets_the_event_it_asks_for_and_no_other() throws IOException {
        queue("programs");
        events.putRule(rule ->
                rule.name("failed")
                        .eventPattern(
                                "{\"source\":[\"pgvigil\"],\"detail-type\":[\"pgvigil run.failed\"]}"));
        events.putTargets(targets ->
                targets.rule("failed").targets(one -> one.id("q").arn(queueArn("programs"))));
        var announcer = AwsAnnouncer.from(Map.of("PGVIGIL_EVENT_BUS", "default"), clients);

        announcer.announce(announcement("backup.sealed", Severity.INFO, "all is well"));
        announcer.announce(announcement("run.failed", Severity.CRITICAL, "wake up"));

        var event = new ObjectMapper().readTree(received("programs").orElseThrow());
        assertThat(event.path("source").asText()).isEqualTo("pgvigil");
        assertThat(event.path("detail").path("headline").asText()).isEqualTo("wake up");
        assertThat(event.path("detail").path("details").path("server").asText())
                .isEqualTo("orders-prod");
        assertThat(received("programs")).as("one event").isEmpty();
    }

    @Test
    void a_topic_that_does_not_exist_is_named_with_its_variable() {
        var environment = new HashMap<String, String>();
        environment.put(
                "PGVIGIL_TOPIC", "arn:aws:sns:eu-west-1:" + MotoServer.ACCOUNT + ":nowhere");
        var announcer = AwsAnnouncer.from(environment, clients);

        var problem =
                catchThrowableOfType(
                        Problem.class,
                        () -> announcer.announce(announcement("x", Severity.INFO, "h")));

        assertThat(problem.hint()).contains("PGVIGIL_TOPIC");
        assertThat(problem.transientFailure()).isFalse();
    }

    private void queue(String name) {
        moto.query("sqs", "Action=CreateQueue&Version=2012-11-05&QueueName=" + name);
    }

    private static String queueArn(String name) {
        return "arn:aws:sqs:" + MotoServer.REGION + ":" + MotoServer.ACCOUNT + ":" + name;
    }

    private Optional<String> received(String queue) {
        var answer =
                moto.query(
                        "sqs",
                        "Action=ReceiveMessage&Version=2012-11-05&WaitTimeSeconds=0&QueueUrl="
                                + moto.endpoint()
                                + "/"
                                + MotoServer.ACCOUNT
                                + "/"
                                + queue);
        var body = BODY.matcher(answer);
        return body.find()
                ? Optional.of(
                        body.group(1)
                                .replace("&quot;", "\"")
                                .replace("&#34;", "\"")
                                .replace("&lt;", "<")
                                .replace("&gt;", ">")
                                .replace("&amp;", "&"))
                : Optional.empty();
    }

    private static Announcement announcement(String event, Severity severity, String headline) {
        return new Announcement(
                event,
                severity,
                "20261122T023000Z-backup-5124e0ed",
                headline,
                "something happened\nHINT: look",
                Map.of("server", "orders-prod"),
                Instant.parse("2026-11-22T02:31:00Z"));
    }
}
