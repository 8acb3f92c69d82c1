package io.pgvigil.core.doctor;

import java.util.Optional;

/// One of PostgreSQL's programs as it was looked for on this host.
///
/// @param found version and folder, in words; empty: `missing` says what to install
/// @param older whether it was released before the server
public record Program(Optional<String> found, boolean older, Optional<Trouble> missing) {
    public static Program found(String version, String folder, boolean older) {
        return new Program(Optional.of(version + " (" + folder + ")"), older, Optional.empty());
    }

    public static Program missing(Trouble trouble) {
        return new Program(Optional.empty(), false, Optional.of(trouble));
    }
}
