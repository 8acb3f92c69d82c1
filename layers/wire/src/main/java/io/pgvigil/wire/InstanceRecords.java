package io.pgvigil.wire;

import io.pgvigil.core.RunId;
import io.pgvigil.core.drill.InstanceRecord;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectStore;
import java.util.Optional;

/// The records of temporary instances in a store.
public final class InstanceRecords {
    private final ObjectStore store;

    public InstanceRecords(ObjectStore store) {
        this.store = store;
    }

    /// Once it returns, whoever looks at the store knows of the instance. An earlier attempt's record of
    /// the same run is replaced: it has the same name.
    public void write(InstanceRecord record) {
        var key = Layout.instanceRecord(record.run());
        if (store.create(key, Json.bytes(record))) return;
        var before = store.document(key);
        if (before.isPresent() && store.replace(key, Json.bytes(record), before.get().token()))
            return;
        throw new Problem(
                ErrorCode.STORE_FAILED,
                key + " changed while it was written",
                "Is the same run being done twice? Let one of them finish.");
    }

    public Optional<InstanceRecord> of(RunId run) {
        return store.document(Layout.instanceRecord(run))
                .map(document -> Json.read(document, InstanceRecord.class, InstanceRecord.FORMAT));
    }
}
