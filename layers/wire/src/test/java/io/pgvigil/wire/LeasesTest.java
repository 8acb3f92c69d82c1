package io.pgvigil.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.testkit.InMemoryObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LeasesTest {
    private static final ObjectKey KEY =
            Layout.backupLease(Samples.ORDERS, new DatabaseName("app"));
    private static final RunId FIRST = new RunId("20261122T023000Z-backup-1111111111");
    private static final RunId SECOND = new RunId("20261122T023000Z-backup-2222222222");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final Set<Long> dead = new HashSet<>();
    private Instant now = Samples.NIGHT;

    private final Leases here = leases("here", 1);
    private final Leases hereToo = leases("here", 2);
    private final Leases elsewhere = leases("elsewhere", 1);

    @Test
    void a_claim_keeps_everybody_else_out() {
        taken(here.claim(KEY, FIRST));

        assertThat(elsewhere.claim(KEY, SECOND)).isInstanceOf(Leases.Claim.Busy.class);
        assertThat(hereToo.claim(KEY, SECOND)).isInstanceOf(Leases.Claim.Busy.class);
        assertThat(elsewhere.held(KEY)).isTrue();
    }

    @Test
    void a_claim_that_was_given_back_is_free_at_once() {
        taken(here.claim(KEY, FIRST)).close();

        assertThat(here.held(KEY)).isFalse();
        taken(elsewhere.claim(KEY, SECOND));
    }

    @Test
    void a_claim_ends_by_itself_at_the_second_it_says() {
        taken(here.claim(KEY, FIRST));

        now = now.plus(Leases.LENGTH).minusMillis(1);
        assertThat(elsewhere.claim(KEY, SECOND)).isInstanceOf(Leases.Claim.Busy.class);
        now = now.plusMillis(1);
        taken(elsewhere.claim(KEY, SECOND));
    }

    @Test
    void renewing_moves_the_end() {
        var held = taken(here.claim(KEY, FIRST));

        now = now.plus(Leases.LENGTH).minusSeconds(1);
        held.renew();
        now = now.plus(Leases.LENGTH).minusSeconds(1);

        assertThat(held.expires()).isAfter(now);
        assertThat(elsewhere.claim(KEY, SECOND)).isInstanceOf(Leases.Claim.Busy.class);
    }

    @Test
    void a_late_renewal_is_fine_when_nobody_came_in_between() {
        var held = taken(here.claim(KEY, FIRST));

        now = now.plus(Duration.ofHours(1));

        assertThatCode(held::renew).doesNotThrowAnyException();
        assertThat(elsewhere.held(KEY)).isTrue();
    }

    @Test
    void who_was_thought_dead_learns_that_the_claim_is_lost() {
        var held = taken(here.claim(KEY, FIRST));
        now = now.plus(Leases.LENGTH);
        taken(elsewhere.claim(KEY, SECOND));

        assertThatThrownBy(held::renew)
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.LEASE_LOST);
                            assertThat(problem.transientFailure()).isFalse();
                        });
        held.close();
        assertThat(elsewhere.held(KEY)).as("the successor's claim").isTrue();
    }

    @Test
    void another_process_with_the_same_run_does_not_share_the_claim() {
        var held = taken(here.claim(KEY, FIRST));
        now = now.plus(Leases.LENGTH);
        taken(hereToo.claim(KEY, FIRST));

        assertThatThrownBy(held::renew).hasMessageContaining(ErrorCode.LEASE_LOST.id());
    }

    @Test
    void who_died_on_this_host_need_not_be_waited_for() {
        taken(here.claim(KEY, FIRST));
        dead.add(1L);

        assertThat(elsewhere.claim(KEY, SECOND))
                .as("nobody elsewhere can know")
                .isInstanceOf(Leases.Claim.Busy.class);
        assertThat(hereToo.held(KEY)).isFalse();
        taken(hereToo.claim(KEY, SECOND));
    }

    @Test
    void a_claim_can_be_ended_for_the_run_that_is_over_and_for_no_other() {
        taken(here.claim(KEY, FIRST));

        elsewhere.endFor(KEY, SECOND);
        assertThat(here.held(KEY)).isTrue();
        elsewhere.endFor(KEY, FIRST);
        assertThat(here.held(KEY)).isFalse();
    }

    @Test
    void a_claim_whose_object_expired_is_free() {
        var held = taken(here.claim(KEY, FIRST));
        store.delete(KEY);

        assertThatThrownBy(held::renew).hasMessageContaining(ErrorCode.LEASE_LOST.id());
        assertThatCode(held::close).doesNotThrowAnyException();
        taken(elsewhere.claim(KEY, SECOND));
    }

    private static Leases.Held taken(Leases.Claim claim) {
        assertThat(claim).isInstanceOf(Leases.Claim.Taken.class);
        return ((Leases.Claim.Taken) claim).held();
    }

    private Leases leases(String name, long pid) {
        return new Leases(
                store,
                () -> now,
                new Leases.Host() {
                    @Override
                    public String name() {
                        return name;
                    }

                    @Override
                    public long pid() {
                        return pid;
                    }

                    @Override
                    public boolean gone(long other) {
                        return dead.contains(other);
                    }
                });
    }
}
