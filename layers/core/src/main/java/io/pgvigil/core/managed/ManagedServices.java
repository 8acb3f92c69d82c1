package io.pgvigil.core.managed;

import java.util.Optional;

/// What a service says of the servers that it runs.
public interface ManagedServices {
    /// Where nobody can be asked.
    ManagedServices NONE = _ -> Optional.empty();

    /// What is known of the backups of the server that has this name; empty when the service does not
    /// know the name. Throws a problem, transient where waiting helps, when it cannot be asked.
    Optional<ManagedBackups> find(ManagedHost host);
}
