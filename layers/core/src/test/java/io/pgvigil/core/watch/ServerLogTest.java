package io.pgvigil.core.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ServerLogTest {
    private static final Instant BEGIN = Instant.parse("2026-11-22T00:00:00Z");

    @Test
    void a_gap_is_open_until_a_copy_was_begun_behind_it() {
        var log = log(note(1), torn(2), note(3));

        assertThat(log.open(Optional.empty())).isPresent();
        assertThat(log.open(Optional.of(at(1)))).isPresent();
        assertThat(log.open(Optional.of(at(2)))).as("no moment later").isPresent();
        assertThat(log.open(Optional.of(at(3)))).isEmpty();
    }

    @Test
    void nothing_behind_an_open_gap_is_reached() {
        var log = log(note(1), torn(2), note(3));

        assertThat(log.reach(Optional.of(BEGIN))).contains(at(1));
        assertThat(log.reach(Optional.of(at(3)))).contains(at(3));
        assertThat(log(torn(2), note(3)).reach(Optional.of(BEGIN))).isEmpty();
    }

    @Test
    void a_gap_is_not_forgotten_however_many_harvests_follow() {
        var harvests =
                Stream.concat(
                                Stream.of(torn(0), torn(1)),
                                IntStream.range(2, 500).mapToObj(ServerLogTest::note))
                        .toList();

        var log = new ServerLog(new ServerName("orders"), harvests);

        assertThat(log.harvests()).hasSize(ServerLog.LENGTH + 1);
        assertThat(log.open(Optional.of(BEGIN))).map(HarvestNote.Gap::found).contains(at(1));
    }

    @Test
    void a_later_record_of_the_same_run_hides_no_gap() {
        assertThat(torn(2).and(note(3)).gap()).isEqualTo(torn(2).gap());
        assertThat(note(3).and(torn(2)).gap()).isEqualTo(torn(2).gap());
        assertThat(torn(3).and(torn(2)).gap()).isEqualTo(torn(3).gap());
        assertThat(note(2).and(note(3))).isEqualTo(note(3));
    }

    private static ServerLog log(HarvestNote... harvests) {
        return new ServerLog(new ServerName("orders"), List.of(harvests));
    }

    private static HarvestNote note(int hour) {
        return note(hour, Optional.empty());
    }

    private static HarvestNote torn(int hour) {
        return note(hour, Optional.of(new HarvestNote.Gap(at(hour), "a gap")));
    }

    private static HarvestNote note(int hour, Optional<HarvestNote.Gap> gap) {
        return new HarvestNote(
                new RunId("20261122T000000Z-wal-0a1b2c3d4e"),
                "7301234567890123456",
                new Lsn(hour),
                at(hour),
                at(hour),
                1,
                1,
                List.of(),
                gap);
    }

    private static Instant at(int hour) {
        return BEGIN.plus(Duration.ofHours(hour));
    }
}
