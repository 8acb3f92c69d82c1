package io.pgvigil.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.ServerName;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrontabTest {
    private static final ServerName ORDERS = new ServerName("orders-prod");
    private static final Invocation PGVIGIL =
            new Invocation("/usr/local/bin/pgvigil", "/etc/pgvigil.yaml");

    @Test
    void lines_of_one_zone_stand_together_below_their_zone() {
        var timetable =
                new Timetable(
                        List.of(
                                entry(Work.LOGICAL, "daily 04:30 Europe/Paris"),
                                entry(Work.PHYSICAL, "weekly sun 05:00 UTC"),
                                entry(Work.WAL, "hourly :15"),
                                entry(Work.DRILL, "monthly 15 06:00 Europe/Paris")));

        assertThat(Crontab.text(timetable, PGVIGIL).lines().filter(line -> !line.startsWith("#")))
                .containsExactly(
                        "",
                        "CRON_TZ=Europe/Paris",
                        "30 4 * * * /usr/local/bin/pgvigil backup --server=orders-prod --kind=logical"
                                + " --config=/etc/pgvigil.yaml",
                        "0 6 15 * * /usr/local/bin/pgvigil verify --all --server=orders-prod"
                                + " --config=/etc/pgvigil.yaml",
                        "",
                        "CRON_TZ=UTC",
                        "0 5 * * 0 /usr/local/bin/pgvigil backup --server=orders-prod --kind=physical"
                                + " --config=/etc/pgvigil.yaml",
                        "15 * * * * /usr/local/bin/pgvigil backup --server=orders-prod --kind=wal"
                                + " --config=/etc/pgvigil.yaml");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    every 15m         | */15 * * * *  | *-*-* *:0/15:00 UTC
                    every 60m         | 0 * * * *     | *-*-* 0/1:00:00 UTC
                    every 6h          | 0 */6 * * *   | *-*-* 0/6:00:00 UTC
                    every 1d          | 0 0 * * *     | *-*-* 00:00:00 UTC
                    hourly            | 0 * * * *     | *-*-* *:00:00 UTC
                    daily 04:30 Europe/Paris | 30 4 * * * | *-*-* 04:30:00 Europe/Paris
                    weekly sat 05:00  | 0 5 * * 6     | Sat *-*-* 05:00:00 UTC
                    weekly sun 05:00  | 0 5 * * 0     | Sun *-*-* 05:00:00 UTC
                    monthly 3 05:00   | 0 5 3 * *     | *-*-03 05:00:00 UTC
                    """)
    void a_schedule_means_the_same_to_cron_and_systemd(String text, String cron, String calendar) {
        var timetable = new Timetable(List.of(entry(Work.LOGICAL, text)));

        assertThat(Crontab.text(timetable, PGVIGIL)).contains("\n" + cron + " /usr/local");
        assertThat(SystemdUnits.calendar(Schedule.parse(text))).containsExactly(calendar);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    30 4 * * *        | *-*-* 4:30:00 UTC
                    */15 8-18 * * 1-5 | Mon,Tue,Wed,Thu,Fri *-*-* 8..18:0/15:00 UTC
                    0 5 1,15 * *      | *-*-1,15 5:0:00 UTC
                    0 5 * jan-mar *   | *-1..3-* 5:0:00 UTC
                    0 5 13 * 5        | *-*-13 5:0:00 UTC & Fri *-*-* 5:0:00 UTC
                    0 5 * * 0         | Sun *-*-* 5:0:00 UTC
                    0 5 * * 5-7       | Sun,Fri,Sat *-*-* 5:0:00 UTC
                    0 5 * * */2       | Sun,Tue,Thu,Sat *-*-* 5:0:00 UTC
                    0 5 */10 * *      | *-*-1/10 5:0:00 UTC
                    """)
    void a_cron_expression_becomes_what_systemd_calls_the_same(String cron, String calendar) {
        var schedule = new Schedule.Cron(cron, ZoneId.of("UTC"), _ -> Optional.empty());

        assertThat(String.join(" & ", SystemdUnits.calendar(schedule))).isEqualTo(calendar);
    }

    @Test
    void a_period_that_does_not_divide_the_day_is_left_to_a_timer_that_counts() {
        var timetable = new Timetable(List.of(entry(Work.WAL, "every 45m")));

        assertThat(Crontab.text(timetable, PGVIGIL))
                .contains("# every 45m cannot be written for cron");
        assertThat(SystemdUnits.files(timetable, PGVIGIL).get("pgvigil-orders-prod-wal.timer"))
                .contains("OnUnitActiveSec=45min")
                .doesNotContain("OnCalendar");
    }

    @Test
    void each_entry_has_a_timer_that_catches_up_and_a_service() {
        var timetable = new Timetable(List.of(entry(Work.DRILL, "weekly sun 05:00 Europe/Paris")));

        assertThat(SystemdUnits.files(timetable, PGVIGIL))
                .containsOnlyKeys(
                        "pgvigil-orders-prod-drill.service", "pgvigil-orders-prod-drill.timer")
                .containsEntry(
                        "pgvigil-orders-prod-drill.timer",
                        """
                        [Unit]
                        Description=pgvigil drill of orders-prod, every Sunday at 05:00 Europe/Paris

                        [Timer]
                        OnCalendar=Sun *-*-* 05:00:00 Europe/Paris
                        Persistent=true

                        [Install]
                        WantedBy=timers.target
                        """)
                .containsEntry(
                        "pgvigil-orders-prod-drill.service",
                        """
                        [Unit]
                        Description=pgvigil drill of orders-prod
                        Wants=network-online.target
                        After=network-online.target

                        [Service]
                        Type=oneshot
                        ExecStart=/usr/local/bin/pgvigil verify --all --server=orders-prod --config=/etc/pgvigil.yaml
                        """);
    }

    @Test
    void a_path_with_blanks_and_percent_signs_arrives_whole() {
        var odd = new Invocation("/opt/my tools/pgvigil", "/etc/100% $HOME/it's.yaml");
        var timetable = new Timetable(List.of(entry(Work.DRILL, "daily")));

        assertThat(Crontab.text(timetable, odd))
                .contains(
                        "'/opt/my tools/pgvigil' verify orders-prod"
                                + " '--config=/etc/100\\% $HOME/it'\\''s.yaml'");
        assertThat(SystemdUnits.files(timetable, odd).get("pgvigil-orders-prod-drill.service"))
                .contains(
                        "ExecStart=\"/opt/my tools/pgvigil\" verify orders-prod"
                                + " \"--config=/etc/100%% $$HOME/it's.yaml\"");
    }

    @Test
    void a_line_break_in_a_path_cannot_smuggle_in_a_second_line() {
        assertThatThrownBy(() -> new Invocation("/usr/bin/pgvigil", "/etc/x\n* * * * * rm"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Timetable.Entry entry(Work work, String schedule) {
        return new Timetable.Entry(ORDERS, work, Schedule.parse(schedule));
    }
}
