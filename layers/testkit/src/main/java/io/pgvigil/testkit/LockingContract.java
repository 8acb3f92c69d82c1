package io.pgvigil.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.HiddenObject;
import io.pgvigil.core.store.LockMode;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.ObjectStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every promise of [Locking], for every store that can lock to inherit.
public abstract class LockingContract {
    private static final String FOLDER = "orders/app/20261122T023000Z-l-00000001/";
    private static final ObjectKey KEY = new ObjectKey(FOLDER + "data.pgdump.zst");

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final Instant soon = now.plus(1, ChronoUnit.DAYS);
    private final Instant later = now.plus(30, ChronoUnit.DAYS);

    /// An empty store that can lock, the same one each time within a test.
    protected abstract ObjectStore store();

    private Locking locking() {
        return store().locking().orElseThrow();
    }

    @Test
    protected void what_nobody_locked_is_not_locked() {
        store().create(KEY, bytes("data"));

        assertThat(locking().lockOf(KEY)).isEqualTo(ObjectLock.NONE);
    }

    @Test
    protected void a_lock_is_kept_to_the_second() {
        store().create(KEY, bytes("data"));

        locking().lock(KEY, LockMode.GOVERNANCE, soon.plusMillis(123));

        assertThat(locking().lockOf(KEY)).isEqualTo(ObjectLock.until(LockMode.GOVERNANCE, soon));
    }

    @Test
    protected void what_was_uploaded_can_be_locked() {
        try (var upload = store().upload(KEY)) {
            upload.write(bytes("data"), 0, 4);
            upload.complete();
        }

        locking().lock(KEY, LockMode.COMPLIANCE, soon);

        assertThat(locking().lockOf(KEY)).isEqualTo(ObjectLock.until(LockMode.COMPLIANCE, soon));
    }

    @Test
    protected void a_lock_grows_and_never_shrinks() {
        store().create(KEY, bytes("data"));
        locking().lock(KEY, LockMode.GOVERNANCE, soon);

        locking().lock(KEY, LockMode.GOVERNANCE, later);
        locking().lock(KEY, LockMode.GOVERNANCE, soon);

        assertThat(locking().lockOf(KEY)).isEqualTo(ObjectLock.until(LockMode.GOVERNANCE, later));
    }

    @Test
    protected void a_lock_becomes_stricter_and_never_weaker() {
        store().create(KEY, bytes("data"));
        locking().lock(KEY, LockMode.GOVERNANCE, later);

        // Stricter, and as long as before although less was asked for.
        locking().lock(KEY, LockMode.COMPLIANCE, soon);
        assertThat(locking().lockOf(KEY)).isEqualTo(ObjectLock.until(LockMode.COMPLIANCE, later));

        var longest = later.plus(1, ChronoUnit.DAYS);
        locking().lock(KEY, LockMode.GOVERNANCE, longest);
        assertThat(locking().lockOf(KEY)).isEqualTo(ObjectLock.until(LockMode.COMPLIANCE, longest));
    }

    @Test
    protected void a_locked_object_is_refused_to_who_deletes_it_or_found_behind_the_deletion() {
        store().create(KEY, bytes("data"));
        var beside = new ObjectKey(FOLDER + "facts.json");
        store().create(beside, bytes("{}"));
        locking().lock(KEY, LockMode.GOVERNANCE, later);
        assertThat(hidden(FOLDER)).isEmpty();

        var refused = false;
        try {
            store().delete(KEY);
        } catch (Problem problem) {
            assertThat(problem.code()).isEqualTo(ErrorCode.OBJECT_LOCKED);
            refused = true;
        }
        store().delete(beside);

        assertThat(store().stat(KEY).isPresent()).isEqualTo(refused);
        if (refused)
            assertThat(store().document(KEY).orElseThrow().content()).isEqualTo(bytes("data"));
        else
            assertThat(hidden(FOLDER))
                    .contains(new HiddenObject(KEY, ObjectLock.until(LockMode.GOVERNANCE, later)));
        assertThat(hidden("orders/other/")).isEmpty();
        assertThat(locking().hidden(FOLDER, key -> key.name().equals("none"))).isEmpty();
    }

    @Test
    protected void what_is_not_locked_can_be_deleted() {
        store().create(KEY, bytes("data"));

        store().delete(KEY);

        assertThat(store().stat(KEY)).isEmpty();
    }

    @Test
    protected void what_is_not_there_cannot_be_locked() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> locking().lock(KEY, LockMode.GOVERNANCE, later))
                .matches(problem -> problem.code() == ErrorCode.OBJECT_MISSING);
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> locking().lockOf(KEY))
                .matches(problem -> problem.code() == ErrorCode.OBJECT_MISSING);
    }

    private List<HiddenObject> hidden(String prefix) {
        try (var found = locking().hidden(prefix, _ -> true)) {
            return found.toList();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
