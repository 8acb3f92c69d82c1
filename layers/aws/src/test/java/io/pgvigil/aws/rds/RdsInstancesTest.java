package io.pgvigil.aws.rds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.aws.rds.RdsInstances.Deletion;
import io.pgvigil.core.RunId;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.FakeRds;
import io.pgvigil.testkit.FakeRds.When;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.rds.RdsClient;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RdsInstancesTest {
    private static final Instant NOW = Instant.parse("2026-11-22T03:00:00Z");
    private static final Secret PASSWORD = new Secret("9f2c7c1d5f0e4a1b");

    private final FakeRds fake = FakeRds.start(() -> NOW);
    private final RdsClient client = Clients.to(fake.endpoint());
    private final Pace pace =
            new Pace(
                    Duration.ofMillis(10),
                    Duration.ofMillis(10),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(3),
                    Duration.ofMillis(200));
    private final RdsInstances rds = new RdsInstances(client, pace);
    private final WantedInstance wanted = Clients.wanted("one", NOW.plus(Duration.ofHours(12)));

    @AfterEach
    void close() {
        client.close();
        fake.close();
    }

    @Test
    void an_instance_is_private_encrypted_deletable_without_a_trace_and_tagged() {
        rds.create(wanted, PASSWORD);

        var asked = fake.calls("CreateDBInstance").getFirst();
        assertThat(asked.parameters())
                .containsEntry("DBInstanceIdentifier", wanted.id())
                .containsEntry("Engine", "postgres")
                .containsEntry("BackupRetentionPeriod", "0")
                .containsEntry("DeletionProtection", "false")
                .containsEntry("StorageEncrypted", "true")
                .containsEntry("PubliclyAccessible", "false")
                .containsEntry("AutoMinorVersionUpgrade", "false")
                .containsEntry("DBSubnetGroupName", "drills")
                .containsEntry("VpcSecurityGroupIds.VpcSecurityGroupId.1", "sg-0123456789abcdef0");
        assertThat(fake.tags(wanted.id()))
                .containsEntry("pgvigil:managed", "temporary-instance")
                .containsEntry("pgvigil:stack", "pgvigil-test")
                .containsEntry("pgvigil:run", Clients.RUN.value())
                .containsEntry("pgvigil:expires", "2026-11-22T15:00:00Z");
    }

    @Test
    void it_is_waited_for_until_it_is_available() {
        var states = new ArrayList<String>();
        rds.create(wanted, PASSWORD);

        var address = rds.await(wanted, states::add);

        assertThat(address).isEqualTo(new RdsInstances.Address("localhost", 5432));
        assertThat(states).containsExactly("creating", "creating", "available");
        assertThat(rds.isAvailable(wanted.id())).isTrue();
    }

    @Test
    void deleting_takes_no_final_snapshot_and_twice_is_as_good_as_once() {
        rds.create(wanted, PASSWORD);

        assertThat(rds.delete(wanted)).isEqualTo(Deletion.DELETING);
        assertThat(rds.delete(wanted)).isIn(Deletion.DELETING, Deletion.GONE);
        while (!fake.calls().getLast().action().equals("DeleteDBInstance")
                && rds.delete(wanted) != Deletion.GONE) {}

        assertThat(fake.left()).isEmpty();
        assertThat(fake.calls("DeleteDBInstance").getFirst().parameters())
                .containsEntry("SkipFinalSnapshot", "true")
                .containsEntry("DeleteAutomatedBackups", "true");
    }

    @Test
    void what_was_never_made_is_gone() {
        assertThat(rds.delete(wanted)).isEqualTo(Deletion.GONE);
    }

    @Test
    void throttling_and_outages_are_waited_out_at_every_call() {
        for (var action : List.of("CreateDBInstance", "DescribeDBInstances", "DeleteDBInstance"))
            for (var i = 0; i < 3; i++) {
                fake.fail(action, When.BEFORE, "Throttling", 400);
                fake.fail(action, When.BEFORE, "ServiceUnavailable", 503);
            }

        rds.create(wanted, PASSWORD);
        rds.await(wanted, state -> {});
        rds.delete(wanted);

        assertThat(fake.left()).isEmpty();
    }

    @Test
    void a_creation_whose_answer_was_lost_is_taken_over() {
        fake.fail("CreateDBInstance", When.AFTER, "InternalFailure", 500);

        rds.create(wanted, PASSWORD);
        rds.await(wanted, state -> {});

        assertThat(fake.left()).containsExactly(wanted.id());
    }

    @Test
    void what_a_killed_attempt_of_the_same_run_left_is_replaced_for_its_password_died() {
        rds.create(Clients.wanted("killed", NOW.plus(Duration.ofHours(12))), PASSWORD);

        rds.create(wanted, PASSWORD);

        assertThat(fake.calls("DeleteDBInstance")).hasSize(1);
        assertThat(fake.tags(wanted.id())).containsEntry("pgvigil:attempt", "one");
    }

    @Test
    void an_instance_of_the_same_name_that_is_not_ours_is_neither_used_nor_deleted() {
        fake.add(wanted.id(), Map.of("owner", "somebody", "pgvigil:managed", "temporary-instance"));

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> rds.create(wanted, PASSWORD))
                .withMessageContaining("not a temporary one of stack pgvigil-test");
        assertThat(rds.delete(wanted)).isEqualTo(Deletion.NOT_OURS);

        assertThat(fake.left()).containsExactly(wanted.id());
        assertThat(fake.calls("DeleteDBInstance")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"failed", "incompatible-network", "storage-full"})
    void an_instance_that_will_never_be_available_is_not_waited_for(String state) {
        fake.endingIn(state);
        rds.create(wanted, PASSWORD);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> rds.await(wanted, each -> {}))
                .withMessageContaining("became " + state);
    }

    @Test
    void an_instance_that_somebody_deletes_meanwhile_is_not_waited_for() {
        rds.create(wanted, PASSWORD);
        fake.lose(wanted.id());

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> rds.await(wanted, each -> {}))
                .withMessageContaining("is gone before it was available");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DBSubnetGroupNotFoundFault",
                "InstanceQuotaExceeded",
                "AccessDenied",
                "InsufficientDBInstanceCapacity",
                "KMSKeyNotAccessibleFault"
            })
    void a_refusal_is_told_with_its_code_and_not_repeated(String code) {
        fake.fail("CreateDBInstance", When.BEFORE, code, 400);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> rds.create(wanted, PASSWORD))
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo(ErrorCode.INSTANCE_FAILED);
                    assertThat(problem.transientFailure()).isFalse();
                })
                .withMessageContaining(code)
                .withMessageNotContaining(PASSWORD.reveal());

        assertThat(fake.calls("CreateDBInstance")).hasSize(1);
    }

    @Test
    void what_cannot_be_deleted_while_it_is_made_is_deleted_as_soon_as_it_can_be() {
        fake.refusingDeletionWhileCreating().taking(4, 1);
        rds.create(wanted, PASSWORD);

        assertThat(rds.delete(wanted)).isEqualTo(Deletion.DELETING);

        assertThat(fake.calls("DeleteDBInstance").size()).isGreaterThan(1);
        assertThat(fake.left()).isEmpty();
    }

    @Test
    void a_thread_that_was_told_to_stop_still_deletes_and_remains_told_to_stop() {
        rds.create(wanted, PASSWORD);

        Thread.currentThread().interrupt();
        var outcome = rds.delete(wanted);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isEqualTo(Deletion.DELETING);
        assertThat(fake.left()).isEmpty();
    }

    @Test
    void told_to_stop_it_gives_up_within_its_time_and_leaves_the_rest_to_the_sweep() {
        fake.refusingDeletionWhileCreating().taking(1_000_000, 1);
        rds.create(wanted, PASSWORD);
        var begun = System.nanoTime();

        Thread.currentThread().interrupt();
        var outcome = rds.delete(wanted);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isEqualTo(Deletion.LEFT);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void an_interrupt_while_waiting_is_a_cancelled_run() {
        fake.taking(1_000_000, 1);
        rds.create(wanted, PASSWORD);
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> rds.await(wanted, each -> {}))
                .satisfies(
                        problem -> assertThat(problem.code()).isEqualTo(ErrorCode.RUN_CANCELLED));

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void the_nearest_minor_that_is_offered_is_the_same_then_a_newer_then_the_newest() {
        fake.offering("14.9", "15.4", "15.12", "15.12-R1", "16.3");

        assertThat(rds.engineVersion(15, 4)).isEqualTo("15.4");
        assertThat(rds.engineVersion(15, 5)).isEqualTo("15.12");
        assertThat(rds.engineVersion(15, 18)).isEqualTo("15.12");
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> rds.engineVersion(13, 1))
                .withMessageContaining("offers no PostgreSQL 13");
    }

    @Test
    void stacks_and_stores_never_share_a_name_and_a_run_always_has_the_same() {
        var run = new RunId("20261122T030000Z-verify-77f02ef726");

        assertThat(WantedInstance.idOf("a", "s3://b/pg", run))
                .isEqualTo(WantedInstance.idOf("a", "s3://b/pg", run))
                .isNotEqualTo(WantedInstance.idOf("b", "s3://b/pg", run))
                .isNotEqualTo(WantedInstance.idOf("a", "s3://b/pg2", run))
                .matches("pgvigil-[0-9a-f]{8}-20261122t030000z-verify-77f02ef726")
                .hasSizeLessThanOrEqualTo(63);
    }

    @Test
    void what_is_wanted_and_the_request_of_the_sdk_show_no_password() {
        assertThat(wanted.toString()).doesNotContain(PASSWORD.reveal());
        fake.fail("CreateDBInstance", When.BEFORE, "InvalidParameterValue", 400);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> rds.create(wanted, PASSWORD))
                .satisfies(problem ->
                        assertThat(stackTrace(problem)).doesNotContain(PASSWORD.reveal()));
    }

    private static String stackTrace(Throwable e) {
        var text = new java.io.StringWriter();
        e.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }
}
