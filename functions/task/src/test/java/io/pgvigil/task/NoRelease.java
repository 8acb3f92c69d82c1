package io.pgvigil.task;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.testkit.ForwardingObjectStore;
import java.nio.charset.StandardCharsets;

/// A store that does not answer when a claim is released.
final class NoRelease extends ForwardingObjectStore {
    NoRelease(ObjectStore inner) {
        super(inner);
    }

    @Override
    public boolean replace(ObjectKey key, byte[] content, String token) {
        if (new String(content, StandardCharsets.UTF_8).contains("\"released\" : true"))
            throw new Problem(ErrorCode.STORE_UNREACHABLE, "no answer", "Try again later.");
        return super.replace(key, content, token);
    }
}
