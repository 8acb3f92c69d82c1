package io.pgvigil.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.RememberingAnnouncer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

final class AnnouncementsTest {
    private static final ObjectKey RECORD = new ObjectKey("runs/some.announced.json");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final RememberingAnnouncer announcer = new RememberingAnnouncer();
    private Instant now = Instant.parse("2026-11-22T02:34:42Z");
    private final Announcements announcements =
            new Announcements(store, Optional.of(announcer), () -> now);

    @Test
    void a_thing_is_told_once_by_however_many() {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var one = 0; one < 20; one++) threads.submit(() -> tell(announcements, "it"));
        }

        assertThat(announcer.told()).hasSize(1);
        assertThat(tell(announcements, "it")).isTrue();
        assertThat(announcer.told()).hasSize(1);
    }

    @Test
    void what_could_not_be_told_is_an_error_and_told_at_the_next_attempt() {
        announcer.failNext(1);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> tell(announcements, "it"))
                .matches(Problem::transientFailure)
                .extracting(Problem::code)
                .isEqualTo(ErrorCode.ANNOUNCEMENT_FAILED);
        assertThat(tell(announcements, "it")).isTrue();

        assertThat(announcer.told()).hasSize(1);
    }

    @Test
    void who_dies_while_telling_is_waited_for_and_then_replaced() {
        // The claim is written; the telling is the death.
        var dying = new DyingObjectStore(store, 1);
        var doomed = new Announcements(dying, Optional.of(announcer), () -> now);
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> tell(doomed, "it"));

        assertThat(tell(announcements, "it")).isFalse();
        now = now.plus(Duration.ofMinutes(5)).plusSeconds(1);
        assertThat(tell(announcements, "it")).isTrue();

        // It was told before the death, and the dead could not say so.
        assertThat(announcer.told()).hasSize(2);
    }

    @Test
    void another_subject_is_told_anew() {
        tell(announcements, "one mistake");
        tell(announcements, "another mistake");
        tell(announcements, "another mistake");

        assertThat(announcer.heard()).containsExactly("test another mistake", "test one mistake");
    }

    @Test
    void where_nobody_is_to_be_told_nothing_is_written() {
        var silent = new Announcements(store, Optional.empty(), () -> now);

        assertThat(tell(silent, "it")).isTrue();
        assertThat(store.keys()).isEmpty();
    }

    private boolean tell(Announcements some, String subject) {
        return some.tell(
                RECORD,
                subject,
                () ->
                        new Announcement(
                                "test",
                                Announcement.Severity.INFO,
                                subject,
                                "It happened",
                                "It happened.",
                                Map.of(),
                                now));
    }
}
