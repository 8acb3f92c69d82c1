package io.pgvigil.retention;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.store.StoreUri;
import java.time.Instant;
import java.util.Optional;

/// The event: what to do.
///
/// @param action `plan` when absent, `apply`, `hold`, `release` or `accept`
/// @param plan for `apply`: the plan that was agreed to; absent: whatever follows now
/// @param beyondBudget for `plan` and `apply`: consent to delete more than the budget of a run
/// @param backup for the others: a backup's id, `latest` or `latest-proven`
/// @param store a further store that the configuration names; absent: the store itself and, where no plan
///     is named, every further one after it. A hold, its end and an acceptance are about one store
/// @param scheduled when it was to be, where nobody but the clock asked
public record RetentionRequested(
        Optional<String> action,
        Optional<String> plan,
        Optional<Boolean> beyondBudget,
        Optional<ServerName> server,
        Optional<DatabaseName> database,
        Optional<String> backup,
        Optional<String> owner,
        Optional<String> reason,
        Optional<Instant> until,
        Optional<StoreUri> store,
        Optional<Instant> scheduled) {

    /// @param plan the one that was agreed to; empty: whatever follows now
    /// @param store where; empty: in the store itself, and without a plan in every further one
    public static RetentionRequested apply(
            Optional<String> plan, boolean beyondBudget, Optional<StoreUri> store) {
        return new RetentionRequested(
                Optional.of("apply"),
                plan,
                Optional.of(beyondBudget),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                store,
                Optional.empty());
    }
}
