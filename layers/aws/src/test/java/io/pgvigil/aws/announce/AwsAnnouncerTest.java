package io.pgvigil.aws.announce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgvigil.aws.FakeAws;
import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AwsAnnouncerTest {
    private static final String TOPIC = "arn:aws:sns:eu-west-1:123456789012:acme-backups";
    private static final Map<String, String> ENVIRONMENT =
            Map.of(
                    "PGVIGIL_TOPIC", TOPIC,
                    "PGVIGIL_EVENT_BUS", "default",
                    "PGVIGIL_STACK", "acme-backups");

    private final FakeAws aws = new FakeAws();
    private final AwsAnnouncer announcer = AwsAnnouncer.from(ENVIRONMENT, aws.clients());

    @AfterEach
    void stop() {
        aws.close();
    }

    @Test
    void people_get_a_mail_with_the_details_in_columns() {
        announcer.announce(failed("backup of orders-prod failed"));

        var sent = aws.requests("Publish").getFirst().body();
        assertThat(sent.path("TopicArn").asText()).isEqualTo(TOPIC);
        assertThat(sent.path("Subject").asText()).isEqualTo("backup of orders-prod failed");
        assertThat(sent.path("Message").asText())
                .isEqualTo(
                        """
                        PGV-2001: orders.internal:5432 does not answer
                        HINT: Is it running?

                        run     20261122T023000Z-backup-5124e0ed
                        server  orders-prod
                        why     connection refused
                                twice

                        --\s
                        pgvigil, run.failed, 2026-11-22T02:31:00Z
                        """);
        assertThat(sent.toString())
                .contains("run.failed")
                .contains("CRITICAL")
                .contains("MessageAttributes.entry.1.Name");
    }

    @Test
    void programs_get_an_event_on_the_bus() {
        announcer.announce(failed("backup of orders-prod failed"));

        var entry = aws.requests("PutEvents").getFirst().body().path("Entries").path(0);
        assertThat(entry.path("EventBusName").asText()).isEqualTo("default");
        assertThat(entry.path("Source").asText()).isEqualTo("pgvigil");
        assertThat(entry.path("DetailType").asText()).isEqualTo("pgvigil run.failed");
        assertThat(entry.path("Detail").asText())
                .contains("\"stack\":\"acme-backups\"")
                .contains("\"event\":\"run.failed\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Sicherung für Größe → kaputt | Sicherung f?r Gr??e ? kaputt",
                "'two\nlines\tand a tab'      | two lines and a tab",
                "''                           | pgvigil run.failed"
            })
    void a_subject_is_one_line_of_ascii(String headline, String subject) {
        announcer.announce(failed(headline));

        assertThat(subject()).isEqualTo(subject);
    }

    @Test
    void a_long_subject_is_cut_at_what_sns_takes() {
        announcer.announce(failed("x".repeat(101)));

        assertThat(subject()).hasSize(100).endsWith("...");
    }

    @Test
    void a_text_that_no_mail_can_hold_is_cut_and_says_so() {
        var long_ = announcement("run.failed", "h", "ä".repeat(300_000), Map.of());

        announcer.announce(long_);

        assertThat(aws.requests("Publish").getFirst().body().path("Message").asText())
                .hasSizeLessThan(200_000)
                .endsWith("[cut: the rest did not fit into a mail]\n");
    }

    @Test
    void without_a_bus_there_is_no_event_and_without_a_topic_no_mail() {
        AwsAnnouncer.from(Map.of("PGVIGIL_TOPIC", TOPIC), aws.clients()).announce(failed("h"));

        assertThat(aws.requests("PutEvents")).isEmpty();

        AwsAnnouncer.from(Map.of("PGVIGIL_EVENT_BUS", "default"), aws.clients())
                .announce(failed("h"));

        assertThat(aws.requests("Publish")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "InternalFailure,true",
        "ThrottlingException,true",
        "NotAuthorizedForSourceException,false"
    })
    void an_event_that_failed_inside_an_answer_of_status_200_is_a_failure(
            String code, boolean again) {
        aws.answer(
                "PutEvents",
                200,
                "{\"FailedEntryCount\":1,\"Entries\":[{\"ErrorCode\":\"%s\",\"ErrorMessage\":\"no\"}]}"
                        .formatted(code),
                1);

        var problem = problem();

        assertThat(problem.what()).contains(code).contains("the topic was told");
        assertThat(problem.hint()).contains("PGVIGIL_EVENT_BUS");
        assertThat(problem.transientFailure()).isEqualTo(again);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Throttling | Rate exceeded | true | reach",
                "NotFound | Topic does not exist | false | PGVIGIL_TOPIC",
                "AuthorizationError | User: x is not authorized to perform: SNS:Publish | false | sns:Publish",
                "KMSAccessDenied | The ciphertext refers to a key you may not use | false | kms:GenerateDataKey"
            })
    void a_refused_mail_still_leaves_the_bus_told(
            String code, String message, boolean again, String hint) {
        aws.refuse("Publish", 400, code, message, 10);

        var problem = problem();

        assertThat(problem.what())
                .contains("run.failed")
                .contains(message)
                .contains("the event bus was told");
        assertThat(problem.hint()).contains(hint);
        assertThat(problem.transientFailure()).isEqualTo(again);
        assertThat(aws.requests("PutEvents")).hasSize(1);
    }

    @Test
    void when_both_refuse_both_are_named_and_one_that_may_pass_is_enough_to_try_again() {
        aws.refuse("Publish", 400, "NotFound", "Topic does not exist", 10);
        aws.refuse("PutEvents", 500, "InternalException", "oops", 10);

        var problem = problem();

        assertThat(problem.what()).contains("Topic does not exist").contains("oops");
        assertThat(problem.transientFailure()).isTrue();
    }

    @Test
    void both_calls_together_end_before_a_function_does() {
        assertThat(AwsAnnouncer.CALL_LIMIT.multipliedBy(2)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void everything_that_is_wrong_with_the_settings_is_told_at_once() {
        assertThatThrownBy(() ->
                        AnnounceSettings.from(
                                Map.of("PGVIGIL_TOPIC", "mail me", "PGVIGIL_EVENT_BUS", "a b")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("PGVIGIL_TOPIC=mail me")
                .hasMessageContaining("PGVIGIL_EVENT_BUS=a b");
        assertThatThrownBy(() -> AnnounceSettings.from(Map.of()))
                .hasMessageContaining("neither PGVIGIL_TOPIC nor PGVIGIL_EVENT_BUS");
        assertThatThrownBy(() -> AnnounceSettings.from(Map.of("PGVIGIL_TOPIC", TOPIC + ".fifo")))
                .hasMessageContaining("FIFO");
    }

    private Problem problem() {
        var problem =
                catchThrowableOfType(Problem.class, () -> announcer.announce(failed("headline")));
        assertThat(problem).isNotNull();
        assertThat(problem.code()).isEqualTo(ErrorCode.ANNOUNCEMENT_FAILED);
        return problem;
    }

    private String subject() {
        return aws.requests("Publish").getFirst().body().path("Subject").asText();
    }

    private static Announcement failed(String headline) {
        var details = new LinkedHashMap<String, String>();
        details.put("run", "20261122T023000Z-backup-5124e0ed");
        details.put("server", "orders-prod");
        details.put("why", "connection refused\ntwice");
        return announcement(
                "run.failed",
                headline,
                "PGV-2001: orders.internal:5432 does not answer\nHINT: Is it running?\n",
                details);
    }

    private static Announcement announcement(
            String event, String headline, String text, Map<String, String> details) {
        return new Announcement(
                event,
                Announcement.Severity.CRITICAL,
                "orders-prod",
                headline,
                text,
                details,
                Instant.parse("2026-11-22T02:31:00Z"));
    }
}
