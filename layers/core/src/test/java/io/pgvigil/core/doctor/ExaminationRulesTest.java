package io.pgvigil.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.AutoKind;
import io.pgvigil.core.config.Drills;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.doctor.Examination.Item;
import io.pgvigil.core.drill.InstanceKind;
import io.pgvigil.core.drill.InstanceRules;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.watch.Readiness.Mark;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class ExaminationRulesTest {
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final Sight.Readable OPEN = new Sight.Readable(Closed.NOTHING, 0, 0);
    private static final Sight.Log READY =
            log(OptionalLong.of(1024), 0, List.of(), Optional.empty());
    private static final Program HERE = Program.found("17.4", "/usr/lib/postgresql/17/bin", false);
    private static final Wish PRODUCTION = Wish.of(Profile.defaults().firstEntry().getValue());

    private static final Optional<Schedule> DAILY =
            Profile.defaults().firstEntry().getValue().logical();
    private static final Optional<RdsPlacement> PLACE =
            Optional.of(
                    new RdsPlacement(
                            "drills",
                            List.of("sg-0a1b2c3d"),
                            RdsPlacement.DEFAULT_CLASS,
                            Optional.empty(),
                            Optional.empty(),
                            RdsPlacement.DEFAULT_LONGEST));

    private final ExaminationRules rules = new ExaminationRules(AutoKind.STANDARD);

    @Test
    void what_works_needs_nothing() {
        var one = judge(sight(OPEN, READY, Service.NONE, 17, 50), PRODUCTION);

        assertThat(one.ready()).isTrue();
        assertThat(one.remedies()).isEmpty();
        assertThat(one.choice().orElseThrow().kind()).isEqualTo(BackupKind.LOGICAL);
    }

    @Test
    void a_large_database_is_copied_and_only_then_is_replication_needed() {
        var without =
                log(
                        OptionalLong.of(1024),
                        0,
                        List.of(),
                        Optional.of(new Trouble("pg_hba.conf has no line", "Add one.")));

        var large = judge(sight(OPEN, READY, Service.NONE, 17, 500), Wish.AUTO);
        var refused = judge(sight(OPEN, without, Service.NONE, 17, 500), Wish.AUTO);

        assertThat(mark(large, Item.PHYSICAL)).isEqualTo(Mark.READY);
        assertThat(mark(large, Item.LOGICAL)).isEqualTo(Mark.NOT_ASKED);
        assertThat(refused.choice().orElseThrow().why()).contains("pg_hba.conf has no line");
        assertThat(mark(refused, Item.LOGICAL)).isEqualTo(Mark.READY);
        assertThat(mark(refused, Item.PHYSICAL)).isEqualTo(Mark.NOT_ASKED);
        assertThat(refused.ready()).isTrue();
    }

    @Test
    void before_fourteen_each_object_is_opened() {
        var closed =
                new Sight.Readable(
                        new Closed(
                                List.of("private"),
                                List.of("app.\"Odd\""),
                                List.of("app.s"),
                                List.of(),
                                0),
                        0,
                        0);

        var thirteen = judge(sight(closed, READY, Service.NONE, 13, 1), Wish.AUTO);
        var fourteen = judge(sight(closed, READY, Service.NONE, 14, 1), Wish.AUTO);

        assertThat(thirteen.remedies())
                .extracting(Remedy::sql)
                .containsExactly(
                        "grant usage on schema private to \"ba\"\"ckup\";",
                        "grant select on table app.\"Odd\" to \"ba\"\"ckup\";",
                        "grant select on sequence app.s to \"ba\"\"ckup\";");
        assertThat(fourteen.remedies())
                .extracting(Remedy::sql)
                .containsExactly("grant pg_read_all_data to \"ba\"\"ckup\";");
        assertThat(thirteen.ready()).isFalse();
    }

    @Test
    void what_a_server_has_too_little_of_is_named_and_raised() {
        var full =
                new Sight.Log(
                        "minimal",
                        OptionalLong.empty(),
                        4,
                        4,
                        3,
                        2,
                        0,
                        List.of(),
                        Optional.empty());

        var one = judge(sight(OPEN, full, Service.NONE, 17, 1), PRODUCTION);

        assertThat(line(one, Item.PHYSICAL).evidence())
                .contains("wal_level is minimal", "1 of 3 WAL senders", "all 4 replication slots");
        assertThat(line(one, Item.WAL).evidence()).contains("max_slot_wal_keep_size");
        assertThat(one.remedies())
                .allMatch(Remedy::asked)
                .extracting(Remedy::sql)
                .containsExactly(
                        "alter system set wal_level = 'replica';",
                        "alter system set max_wal_senders = 4;",
                        "alter system set max_replication_slots = 6;",
                        "alter system set max_slot_wal_keep_size = '10GB'; select pg_reload_conf();");
    }

    @Test
    void what_a_service_keeps_to_itself_is_not_granted() {
        var closed =
                new Sight.Log(
                        "replica",
                        OptionalLong.empty(),
                        0,
                        0,
                        0,
                        0,
                        0,
                        List.of("reader"),
                        Optional.empty());

        var rds = judge(sight(OPEN, closed, Service.RDS, 17, 1), PRODUCTION);
        var google = judge(sight(OPEN, closed, Service.CLOUD_SQL, 17, 500), PRODUCTION);

        assertThat(mark(rds, Item.PHYSICAL)).isEqualTo(Mark.UNKNOWN);
        assertThat(mark(rds, Item.WAL)).isEqualTo(Mark.UNKNOWN);
        assertThat(rds.ready()).isTrue();
        assertThat(mark(google, Item.WAL)).isEqualTo(Mark.NOT_READY);
        assertThat(google.choice().orElseThrow().kind()).isEqualTo(BackupKind.LOGICAL);
        assertThat(rds.notes()).isEmpty();
        assertThat(rds.remedies()).isEmpty();
        assertThat(google.remedies()).isEmpty();
    }

    @Test
    void a_standby_that_may_lose_its_log_is_a_note_and_no_obstacle() {
        var one = log(OptionalLong.of(1024), 0, List.of("reader"), Optional.empty());
        var two = log(OptionalLong.of(1024), 0, List.of("a", "b"), Optional.empty());
        var kept = log(OptionalLong.of(1024), 64, List.of("reader"), Optional.empty());

        var told = judge(sight(OPEN, one, Service.NONE, 17, 1), PRODUCTION);

        assertThat(told.ready()).isTrue();
        assertThat(told.remedies()).isEmpty();
        assertThat(told.notes())
                .singleElement()
                .asString()
                .startsWith("standby reader uses no slot, and wal_keep_size is 0: ");
        assertThat(judge(sight(OPEN, two, Service.NONE, 17, 1), PRODUCTION).notes())
                .singleElement()
                .asString()
                .startsWith("the standbys a, b use no slots, ");
        assertThat(judge(sight(OPEN, kept, Service.NONE, 17, 1), PRODUCTION).notes()).isEmpty();
    }

    @Test
    void missing_programs_are_no_matter_of_sql() {
        var missing = Program.missing(new Trouble("no pg_dump for 17", "Install it."));
        var sight = sight(OPEN, READY, Service.NONE, 17, 1, missing);

        var one = judge(sight, Wish.AUTO);

        assertThat(line(one, Item.LOGICAL).evidence()).isEqualTo("no pg_dump for 17");
        assertThat(line(one, Item.LOGICAL).hint()).contains("Install it.");
        assertThat(one.remedies()).isEmpty();
        assertThat(one.ready()).isFalse();
    }

    @Test
    void what_a_service_proves_by_its_own_restore_needs_no_programs_here() {
        var rds = withoutServerPrograms(Service.RDS);
        var sandboxed = profile(Optional.empty(), new InstanceRules(InstanceKind.SANDBOX, PLACE));
        var placed = profile(Optional.empty(), new InstanceRules(InstanceKind.RDS, PLACE));
        var dumped = profile(DAILY, new InstanceRules(InstanceKind.RDS, PLACE));
        var nowhere = profile(Optional.empty(), InstanceRules.SANDBOX);

        for (var profile : List.of(sandboxed, placed, dumped)) {
            var drill = line(judge(rds, Wish.of(profile)), Item.DRILL);
            assertThat(drill.mark()).isEqualTo(Mark.UNKNOWN);
            assertThat(drill.evidence()).startsWith("a drill has Amazon RDS restore the server");
            assertThat(drill.hint().orElseThrow()).contains("AllowRdsDrills");
            assertThat(judge(rds, Wish.of(profile)).ready()).isTrue();
        }
        assertThat(line(judge(rds, Wish.of(nowhere)), Item.DRILL).hint().orElseThrow())
                .contains("drill.rds");
    }

    @Test
    void dumps_of_such_a_server_and_every_other_server_are_proven_with_programs_of_this_host() {
        var rds = withoutServerPrograms(Service.RDS);
        var plain = withoutServerPrograms(Service.NONE);
        var dumped = profile(DAILY, new InstanceRules(InstanceKind.SANDBOX, PLACE));
        var placed = profile(Optional.empty(), new InstanceRules(InstanceKind.SANDBOX, PLACE));

        for (var one : List.of(judge(rds, Wish.of(dumped)), judge(plain, Wish.of(placed)))) {
            assertThat(mark(one, Item.DRILL)).isEqualTo(Mark.NOT_READY);
            assertThat(line(one, Item.DRILL).evidence()).isEqualTo("no initdb for 17");
        }
    }

    private static Profile profile(Optional<Schedule> logical, InstanceRules instance) {
        var like = Profile.defaults().firstEntry().getValue();
        return new Profile(
                KindChoice.LOGICAL,
                logical,
                like.physical(),
                like.wal(),
                new Drills(like.drill().schedule(), List.of(), instance),
                like.rpo(),
                like.rto(),
                like.keep(),
                like.tiers(),
                like.lock(),
                List.of(),
                List.of(),
                List.of(),
                Optional.empty());
    }

    private static Sight withoutServerPrograms(Service service) {
        var sight = sight(OPEN, READY, service, 17, 1);
        var missing = Program.missing(new Trouble("no initdb for 17", "Install it."));
        return new Sight(
                sight.endpoint(),
                sight.database(),
                sight.server(),
                sight.role(),
                sight.readable(),
                sight.log(),
                new Sight.Programs(HERE, HERE, missing));
    }

    @Test
    void who_may_not_connect_is_told_how() {
        var problem = new Problem(ErrorCode.PRIVILEGE_MISSING, "may not connect", "Grant it.");

        var one = rules.refused("orders", SHOP, "backup", problem);

        assertThat(one.ready()).isFalse();
        assertThat(one.remedies())
                .extracting(Remedy::sql)
                .containsExactly("grant connect on database \"shop\" to \"backup\";");
    }

    @Test
    void the_estimate_grows_with_the_database_and_says_what_it_assumed() {
        var small = judge(sight(OPEN, READY, Service.NONE, 17, 1), Wish.AUTO).estimate();
        var large = judge(sight(OPEN, READY, Service.NONE, 17, 90), Wish.AUTO).estimate();

        // 40 MB a second up to 10 GB, 80 above: docs/cost.md
        assertThat(small.orElseThrow().backup()).hasSeconds(25);
        assertThat(large.orElseThrow().backup()).hasSeconds(1125);
        assertThat(small.orElseThrow().stored()).isEqualTo(ByteSize.of(250_000_000));
        assertThat(large.orElseThrow().month()).isGreaterThan(10 * small.orElseThrow().month());
        assertThat(large.orElseThrow().stack()).isBetween(5.0, 15.0);
        assertThat(large.orElseThrow().assumed()).contains("80 MB a second", "us-east-1");
    }

    private Examination judge(Sight sight, Wish wish) {
        return rules.judge("orders", sight, wish);
    }

    private static Examination.Line line(Examination one, Item item) {
        return one.lines().stream().filter(line -> line.item() == item).findFirst().orElseThrow();
    }

    private static Mark mark(Examination one, Item item) {
        return line(one, item).mark();
    }

    private static Sight.Log log(
            OptionalLong slotLimit,
            long keep,
            List<String> withoutSlot,
            Optional<Trouble> refused) {
        return new Sight.Log("replica", slotLimit, 10, 1, 10, 1, keep, withoutSlot, refused);
    }

    private static Sight sight(
            Sight.Readable readable, Sight.Log log, Service service, int major, int gigabytes) {
        return sight(readable, log, service, major, gigabytes, HERE);
    }

    private static Sight sight(
            Sight.Readable readable,
            Sight.Log log,
            Service service,
            int major,
            int gigabytes,
            Program dump) {
        var size = ByteSize.of(gigabytes * 1_000_000_000L);
        return new Sight(
                "backup@orders.internal:5432",
                SHOP,
                new Sight.Server(major + ".4", major, service, false, size, size, size, 1, 0, 0),
                new Sight.Role("ba\"ckup", false, true, true),
                readable,
                log,
                new Sight.Programs(dump, HERE, HERE));
    }
}
