package io.pgvigil.archive;

import java.io.IOException;

/// Takes bytes piece by piece, without a copy. The array belongs to the giver and changes after the
/// call returns.
@FunctionalInterface
public interface ByteSink {
    void accept(byte[] bytes, int offset, int length) throws IOException;
}
