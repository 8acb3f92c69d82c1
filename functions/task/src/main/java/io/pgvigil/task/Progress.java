package io.pgvigil.task;

import io.pgvigil.core.RunId;

/// Where a task tells how far it is; every method returns at once.
public interface Progress {
    Progress NONE =
            new Progress() {
                @Override
                public void stage(String stage, String detail, long expectedBytes) {}

                @Override
                public void moved(long bytes, long rows) {}

                @Override
                public void note(String message) {}
            };

    /// @param expectedBytes how much is to come, 0 when nobody knows
    void stage(String stage, String detail, long expectedBytes);

    /// Totals since the stage began.
    void moved(long bytes, long rows);

    /// What is told from now on is of this run, until the answer is closed.
    default Told of(RunId run) {
        return () -> {};
    }

    interface Told extends AutoCloseable {
        @Override
        void close();
    }

    /// Something an operator should read now.
    void note(String message);
}
