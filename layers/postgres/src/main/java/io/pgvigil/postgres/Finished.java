package io.pgvigil.postgres;

import java.util.List;

/// How a short program ended and what it said.
///
/// @param status its exit status; 128 + n when signal n ended it
/// @param truncated whether it printed more on stdout than was kept
public record Finished(int status, String stdout, List<String> stderr, boolean truncated) {
    public Finished {
        stderr = List.copyOf(stderr);
    }

    public boolean succeeded() {
        return status == 0;
    }
}
