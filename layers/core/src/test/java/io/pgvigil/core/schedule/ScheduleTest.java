package io.pgvigil.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # Europe/Paris 2027: 28 March 02:00 becomes 03:00; 31 October 03:00 becomes 02:00
                    daily 02:30 Europe/Paris    | 2027-03-27T00:00:00Z | 2027-03-30T00:00:00Z | 2027-03-27T01:30:00Z 2027-03-28T01:00:00Z 2027-03-29T00:30:00Z
                    daily 02:00 Europe/Paris    | 2027-03-28T00:00:00Z | 2027-03-28T23:00:00Z | 2027-03-28T01:00:00Z
                    daily 03:00 Europe/Paris    | 2027-03-28T00:00:00Z | 2027-03-29T00:00:00Z | 2027-03-28T01:00:00Z
                    daily 04:30 Europe/Paris    | 2027-03-27T00:00:00Z | 2027-03-29T00:00:00Z | 2027-03-27T03:30:00Z 2027-03-28T02:30:00Z
                    daily 02:30 Europe/Paris    | 2027-10-30T00:00:00Z | 2027-11-02T00:00:00Z | 2027-10-30T00:30:00Z 2027-10-31T00:30:00Z 2027-11-01T01:30:00Z
                    daily 03:00 Europe/Paris    | 2027-10-31T00:00:00Z | 2027-11-01T00:00:00Z | 2027-10-31T02:00:00Z
                    weekly sun 02:30 Europe/Paris | 2027-03-22T00:00:00Z | 2027-04-05T00:00:00Z | 2027-03-28T01:00:00Z 2027-04-04T00:30:00Z
                    # Australia/Sydney 2027: 4 April 03:00 becomes 02:00; 3 October 02:00 becomes 03:00
                    daily 02:30 Australia/Sydney | 2027-04-02T12:00:00Z | 2027-04-05T12:00:00Z | 2027-04-02T15:30:00Z 2027-04-03T15:30:00Z 2027-04-04T16:30:00Z
                    daily 02:30 Australia/Sydney | 2027-10-01T12:00:00Z | 2027-10-04T12:00:00Z | 2027-10-01T16:30:00Z 2027-10-02T16:00:00Z 2027-10-03T15:30:00Z
                    # America/New_York 2027: 14 March 02:00 becomes 03:00; 7 November 02:00 becomes 01:00
                    daily 02:30 America/New_York | 2027-03-13T00:00:00Z | 2027-03-16T00:00:00Z | 2027-03-13T07:30:00Z 2027-03-14T07:00:00Z 2027-03-15T06:30:00Z
                    daily 01:30 America/New_York | 2027-11-06T00:00:00Z | 2027-11-09T00:00:00Z | 2027-11-06T05:30:00Z 2027-11-07T05:30:00Z 2027-11-08T06:30:00Z
                    # Lord Howe changes by half an hour: 4 April 02:00 becomes 01:30; 3 October 02:00 becomes 02:30
                    daily 01:45 Australia/Lord_Howe | 2027-04-02T12:00:00Z | 2027-04-05T12:00:00Z | 2027-04-02T14:45:00Z 2027-04-03T14:45:00Z 2027-04-04T15:15:00Z
                    daily 02:15 Australia/Lord_Howe | 2027-10-01T12:00:00Z | 2027-10-04T12:00:00Z | 2027-10-01T15:45:00Z 2027-10-02T15:30:00Z 2027-10-03T15:15:00Z
                    # Samoa skipped the whole of 30 December 2011; that day's run meets the next one's midnight
                    daily 04:30 Pacific/Apia    | 2011-12-29T00:00:00Z | 2012-01-01T00:00:00Z | 2011-12-29T14:30:00Z 2011-12-30T10:00:00Z 2011-12-30T14:30:00Z 2011-12-31T14:30:00Z
                    # Midnight itself can be skipped
                    daily 00:00 Asia/Beirut     | 2026-03-28T12:00:00Z | 2026-03-30T00:00:00Z | 2026-03-28T22:00:00Z 2026-03-29T21:00:00Z
                    # Elapsed time does not care about clocks
                    hourly                      | 2027-10-31T00:00:00Z | 2027-10-31T03:00:00Z | 2027-10-31T01:00:00Z 2027-10-31T02:00:00Z 2027-10-31T03:00:00Z
                    hourly :15                  | 2027-10-31T00:15:00Z | 2027-10-31T02:30:00Z | 2027-10-31T01:15:00Z 2027-10-31T02:15:00Z
                    every 15m                   | 2027-03-28T00:50:00Z | 2027-03-28T01:30:00Z | 2027-03-28T01:00:00Z 2027-03-28T01:15:00Z 2027-03-28T01:30:00Z
                    every 6h                    | 2027-03-28T00:00:00Z | 2027-03-28T23:59:59Z | 2027-03-28T06:00:00Z 2027-03-28T12:00:00Z 2027-03-28T18:00:00Z
                    monthly 1 02:30 UTC         | 2028-02-01T02:30:00Z | 2028-04-01T02:30:00Z | 2028-03-01T02:30:00Z 2028-04-01T02:30:00Z
                    monthly 28 23:00 UTC        | 2027-01-31T00:00:00Z | 2027-04-01T00:00:00Z | 2027-02-28T23:00:00Z 2027-03-28T23:00:00Z
                    weekly sun 05:00 UTC        | 2026-11-22T05:00:00Z | 2026-11-29T05:00:00Z | 2026-11-29T05:00:00Z
                    """)
    void falls_due_at(String schedule, Instant after, Instant until, String expected) {
        assertThat(Schedule.parse(schedule).due(after, until))
                .containsExactlyElementsOf(instants(expected));
    }

    /// Whatever the change of clocks and however often one looks, the union of all looks is the
    /// same: nothing is lost between two looks and nothing is found twice.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "daily 02:30 Europe/Paris",
                "daily 02:00 Australia/Sydney",
                "daily 01:30 America/New_York",
                "daily 01:45 Australia/Lord_Howe",
                "daily 00:00 America/Havana",
                "weekly sun 02:15 Australia/Lord_Howe",
                "monthly 28 02:30 Europe/Paris",
                "every 45m",
                "hourly :59"
            })
    void looking_every_five_minutes_finds_what_one_look_finds(String text) {
        var schedule = Schedule.parse(text);
        var begin = Instant.parse("2027-01-01T00:00:00Z");
        var end = Instant.parse("2028-01-01T00:00:00Z");

        var piecewise = new ArrayList<Instant>();
        for (var at = begin; at.isBefore(end); at = at.plusSeconds(300))
            piecewise.addAll(schedule.due(at, at.plusSeconds(300)));

        assertThat(piecewise).isEqualTo(schedule.due(begin, end)).doesNotHaveDuplicates();
    }

    @Test
    void a_daily_schedule_has_one_instant_for_every_day_of_a_year_with_both_changes() {
        for (var zone :
                List.of(
                        "Europe/Paris",
                        "Australia/Sydney",
                        "America/New_York",
                        "Australia/Lord_Howe"))
            for (var time :
                    List.of("00:00", "01:30", "01:45", "02:00", "02:15", "02:30", "03:00")) {
                var schedule = Schedule.parse("daily " + time + " " + zone);
                var begin = LocalDateTime.of(2027, 1, 1, 0, 0).atZone(ZoneId.of(zone));

                var due =
                        schedule.due(
                                begin.toInstant().minusSeconds(1),
                                begin.plusYears(1).toInstant().minusSeconds(1));

                assertThat(due).as(schedule.toString()).hasSize(365);
            }
    }

    @Test
    void local_times_that_meet_in_one_instant_are_due_once() {
        // Every quarter of an hour by the wall clock; 02:00 to 02:45 do not exist on this day.
        LocalTimes quarters =
                after -> Optional.of(after.withSecond(0).plusMinutes(15 - after.getMinute() % 15));
        var schedule = new Schedule.Cron("*/15 * * * *", ZoneId.of("Europe/Paris"), quarters);

        var due =
                schedule.due(
                        Instant.parse("2027-03-28T00:40:00Z"),
                        Instant.parse("2027-03-28T01:20:00Z"));

        assertThat(due)
                .containsExactly(
                        Instant.parse("2027-03-28T00:45:00Z"),
                        Instant.parse("2027-03-28T01:00:00Z"),
                        Instant.parse("2027-03-28T01:15:00Z"));
    }

    @Test
    void a_repeated_hour_of_a_wall_clock_rhythm_is_silent_the_second_time() {
        LocalTimes quarters =
                after -> Optional.of(after.withSecond(0).plusMinutes(15 - after.getMinute() % 15));
        var schedule = new Schedule.Cron("*/15 * * * *", ZoneId.of("Europe/Paris"), quarters);

        var due =
                schedule.due(
                        Instant.parse("2027-10-31T00:40:00Z"),
                        Instant.parse("2027-10-31T02:00:00Z"));

        assertThat(due)
                .containsExactly(
                        Instant.parse("2027-10-31T00:45:00Z"),
                        Instant.parse("2027-10-31T02:00:00Z"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    hourly                    | hourly                      | every full hour
                    hourly :05                | hourly :05                  | every hour at minute 5
                    daily                     | daily 02:30 UTC             | every day at 02:30 UTC
                    daily 4:30                | daily 04:30 UTC             | every day at 04:30 UTC
                    daily Europe/Paris        | daily 02:30 Europe/Paris    | every day at 02:30 Europe/Paris
                    Daily 04:30 Europe/Paris  | daily 04:30 Europe/Paris    | every day at 04:30 Europe/Paris
                    weekly                    | weekly sun 02:30 UTC        | every Sunday at 02:30 UTC
                    weekly wednesday          | weekly wed 02:30 UTC        | every Wednesday at 02:30 UTC
                    weekly sun 05:00 UTC      | weekly sun 05:00 UTC        | every Sunday at 05:00 UTC
                    weekly 05:00 Asia/Tokyo   | weekly sun 05:00 Asia/Tokyo | every Sunday at 05:00 Asia/Tokyo
                    monthly                   | monthly 1 02:30 UTC         | on day 1 of every month at 02:30 UTC
                    monthly 15 06:00          | monthly 15 06:00 UTC        | on day 15 of every month at 06:00 UTC
                    every 15m                 | every 15m                   | every 15m
                    every 90m                 | every 1h30m                 | every 1h30m
                    """)
    void is_written_in_one_form_and_read_back(String text, String form, String words) {
        var schedule = Schedule.parse(text);

        assertThat(schedule).hasToString(form);
        assertThat(schedule.words()).isEqualTo(words);
        assertThat(Schedule.parse(form)).isEqualTo(schedule);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    fortnightly               | 'fortnightly' is not a schedule
                    ''                        | '' is not a schedule
                    daily 25:00               | '25:00' for a time of day, 00:00 to 23:59
                    daily 04:60               | '04:60' for a time of day
                    daily 4                   | '4' for a time of day, like 04:30
                    daily 04:30 europe/paris  | did you mean Europe/Paris?
                    daily 04:30 Paris         | did you mean Europe/Paris?
                    daily 04:30 +02:00        | '+02:00' is not a time zone
                    daily 04:30 UTC sharp     | 'sharp' too much
                    weekly caturday           | 'caturday' is not a time zone
                    monthly 31                | only 1 to 28 are in every month
                    monthly 0                 | only 1 to 28 are in every month
                    every                     | does not say how often
                    every 1m                  | every 1m is outside 5m to 366d
                    every 400d                | every 400d is outside 5m to 366d
                    every 5m30s               | not whole minutes
                    every day                 | 'day' is not a duration
                    hourly 15                 | '15' for a minute, like :15
                    """)
    void what_is_not_a_schedule_is_refused_with_the_reason(String text, String reason) {
        assertThatThrownBy(() -> Schedule.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void of_several_missed_runs_only_the_newest_is_caught_up() {
        var catchUp =
                Schedule.parse("hourly")
                        .catchUp(
                                Instant.parse("2026-11-22T01:00:00Z"),
                                Instant.parse("2026-11-22T04:10:00Z"),
                                Duration.ofHours(24));

        assertThat(catchUp.run()).contains(Instant.parse("2026-11-22T04:00:00Z"));
        assertThat(catchUp.missed())
                .containsExactly(
                        Instant.parse("2026-11-22T02:00:00Z"),
                        Instant.parse("2026-11-22T03:00:00Z"));
    }

    @Test
    void a_run_older_than_the_window_is_missed_and_not_run() {
        var catchUp =
                Schedule.parse("weekly sun 02:30 UTC")
                        .catchUp(
                                Instant.parse("2026-11-21T00:00:00Z"),
                                Instant.parse("2026-11-24T00:00:00Z"),
                                Duration.ofHours(24));

        assertThat(catchUp.run()).isEmpty();
        assertThat(catchUp.missed()).containsExactly(Instant.parse("2026-11-22T02:30:00Z"));
    }

    @Test
    void a_look_after_years_of_silence_stays_bounded() {
        var catchUp =
                Schedule.parse("daily")
                        .catchUp(
                                Instant.EPOCH,
                                Instant.parse("2026-11-22T03:00:00Z"),
                                Duration.ofHours(24));

        assertThat(catchUp.run()).contains(Instant.parse("2026-11-22T02:30:00Z"));
        assertThat(catchUp.missed()).hasSizeLessThanOrEqualTo(400);
    }

    @Test
    void a_clock_that_went_backwards_makes_nothing_due() {
        var later = Instant.parse("2026-11-22T04:00:00Z");

        assertThat(Schedule.parse("every 5m").due(later, later.minusSeconds(3600))).isEmpty();
    }

    @Test
    void the_latest_instant_is_found_however_far_it_lies_back() {
        var now = Instant.parse("2026-11-22T04:10:00Z");

        assertThat(Schedule.parse("every 5m").latest(now)).contains(now);
        assertThat(Schedule.parse("weekly mon 02:30 UTC").latest(now))
                .contains(Instant.parse("2026-11-16T02:30:00Z"));
        assertThat(Schedule.parse("monthly 28").latest(now))
                .contains(Instant.parse("2026-10-28T02:30:00Z"));
    }

    @Test
    void a_span_without_end_is_refused() {
        assertThatThrownBy(() -> Schedule.parse("daily").due(Instant.EPOCH, Instant.MAX))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Instant> instants(String text) {
        return Arrays.stream(text.split(" ")).map(Instant::parse).toList();
    }
}
