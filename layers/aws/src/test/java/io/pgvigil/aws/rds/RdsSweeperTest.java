package io.pgvigil.aws.rds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.FakeRds;
import io.pgvigil.testkit.FakeRds.When;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.rds.RdsClient;

/// What a sweep deletes and what it leaves, from tags alone.
final class RdsSweeperTest {
    private static final Instant MADE = Instant.parse("2026-11-22T03:00:00Z");
    private static final Instant EXPIRES = MADE.plus(Duration.ofHours(12));

    private final FakeRds fake = FakeRds.start(() -> MADE);
    private final RdsClient client = Clients.to(fake.endpoint());
    private final Set<RunId> over = new HashSet<>();
    private final RdsSweeper sweeper = new RdsSweeper(client, Clients.STACK, over::contains);

    @AfterEach
    void close() {
        client.close();
        fake.close();
    }

    @Test
    void an_instance_past_its_expiry_is_deleted_and_no_record_is_needed_for_it() {
        fake.add("pgvigil-one", tags());

        assertThat(sweeper.sweep(EXPIRES.minusMillis(1)).done()).isEmpty();
        assertThat(fake.left()).containsExactly("pgvigil-one");

        assertThat(sweeper.sweep(EXPIRES).done())
                .containsExactly("deleted instance pgvigil-one: expired at 2026-11-22T15:00:00Z");
        assertThat(fake.left()).isEmpty();
    }

    @Test
    void sweeping_again_while_it_is_being_deleted_is_harmless() {
        fake.add("pgvigil-one", tags());
        sweeper.sweep(EXPIRES);

        assertThat(sweeper.sweep(EXPIRES).done())
                .containsExactly(
                        "instance pgvigil-one is being deleted already: expired at"
                                + " 2026-11-22T15:00:00Z");
        assertThat(fake.calls("DeleteDBInstance")).hasSize(1);
    }

    @Test
    void nobody_elses_instance_is_touched_however_old_and_whatever_its_name() {
        fake.add("orders-prod", Map.of());
        fake.add("orders-copy", Map.of("pgvigil:stack", Clients.STACK));
        fake.add("pgvigil-by-hand", Map.of());
        var other = tags();
        other.put("pgvigil:stack", "pgvigil-other");
        fake.add("pgvigil-other-stack", other);
        var similar = tags();
        similar.put("pgvigil:stack", Clients.STACK + "-2");
        fake.add("pgvigil-similar-stack", similar);
        var before = fake.left();

        var done = sweeper.sweep(EXPIRES.plus(Duration.ofDays(400))).done();

        assertThat(fake.left()).isEqualTo(before);
        assertThat(fake.calls("DeleteDBInstance")).isEmpty();
        assertThat(done)
                .containsExactly(
                        "instance pgvigil-by-hand is named like a temporary one and has no tags of"
                                + " ours: left alone, look at it");
    }

    @Test
    void one_that_cannot_be_deleted_does_not_keep_the_others() {
        // More than a page of the listing.
        for (var i = 1; i <= 7; i++) fake.add("pgvigil-" + i, tags());
        fake.fail("DeleteDBInstance", When.BEFORE, "AccessDenied", 403);
        fake.fail("DeleteDBInstance", When.BEFORE, "InvalidDBInstanceState", 400);
        fake.fail("DeleteDBInstance", When.BEFORE, "DBInstanceNotFound", 404);

        var done = sweeper.sweep(EXPIRES).done();

        assertThat(done).hasSize(7);
        assertThat(done.get(0)).contains("could not be deleted").contains("AccessDenied");
        assertThat(done.get(1)).contains("cannot be deleted while").contains("tries again");
        assertThat(done.get(2)).contains("was gone");
        assertThat(fake.left()).hasSize(3);

        sweeper.sweep(EXPIRES.plus(Duration.ofMinutes(15)));
        assertThat(fake.left()).isEmpty();
    }

    @Test
    void an_expiry_that_was_removed_or_spoiled_counts_as_a_day() {
        var without = tags();
        without.remove("pgvigil:expires");
        fake.add("pgvigil-1", without);
        var spoiled = tags();
        spoiled.put("pgvigil:expires", "never");
        fake.add("pgvigil-2", spoiled);

        assertThat(sweeper.sweep(MADE.plus(Duration.ofHours(23))).done()).isEmpty();
        assertThat(sweeper.sweep(MADE.plus(Duration.ofHours(24))).done()).hasSize(2);
        assertThat(fake.left()).isEmpty();
    }

    @Test
    void an_instance_whose_run_has_ended_goes_before_its_expiry_but_not_at_once() {
        fake.add("pgvigil-one", tags());
        over.add(Clients.RUN);

        assertThat(sweeper.sweep(MADE.plus(Duration.ofMinutes(29))).done()).isEmpty();
        assertThat(sweeper.sweep(MADE.plus(Duration.ofMinutes(30))).done())
                .containsExactly("deleted instance pgvigil-one: its run has ended");
    }

    @Test
    void the_age_of_the_oldest_is_that_of_this_stack() {
        assertThat(sweeper.sweep(MADE).oldest()).isEmpty();
        fake.add("orders-prod", Map.of());
        assertThat(sweeper.sweep(MADE).oldest()).isEmpty();

        fake.add("pgvigil-one", tags());

        assertThat(sweeper.sweep(MADE.plus(Duration.ofMinutes(7))).oldest())
                .contains(Duration.ofMinutes(7));
    }

    @Test
    void when_rds_does_not_list_its_instances_that_is_a_problem_and_not_an_empty_list() {
        fake.fail("DescribeDBInstances", When.BEFORE, "AccessDenied", 403);

        var swept = sweeper.sweep(EXPIRES);

        assertThat(swept.problems())
                .singleElement()
                .asString()
                .contains("list its instances", "AccessDenied");
        assertThat(swept.done()).isEmpty();
    }

    @Test
    void what_was_deleted_is_told_although_the_clusters_cannot_be_listed() {
        fake.add("pgvigil-one", tags());
        fake.fail("DescribeDBClusters", When.BEFORE, "AccessDenied", 403);

        var swept = sweeper.sweep(EXPIRES);

        assertThat(swept.done())
                .containsExactly("deleted instance pgvigil-one: expired at 2026-11-22T15:00:00Z");
        assertThat(swept.oldest()).contains(Duration.ofHours(12));
        assertThat(swept.problems())
                .singleElement()
                .asString()
                .contains("list its clusters", "AccessDenied");
        assertThat(fake.left()).isEmpty();
    }

    @Test
    void without_a_stack_nothing_is_swept() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> Rds.from(Map.of()).sweeper(run -> false))
                .withMessageContaining("PGVIGIL_STACK");
    }

    private static Map<String, String> tags() {
        return new HashMap<>(
                Map.of(
                        "pgvigil:managed",
                        "temporary-instance",
                        "pgvigil:stack",
                        Clients.STACK,
                        "pgvigil:run",
                        Clients.RUN.value(),
                        "pgvigil:expires",
                        EXPIRES.toString(),
                        "pgvigil:attempt",
                        "one"));
    }
}
