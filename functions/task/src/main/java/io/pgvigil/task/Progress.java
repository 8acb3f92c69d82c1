package io.pgvigil.task;

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

    /// Something an operator should read now.
    void note(String message);
}
