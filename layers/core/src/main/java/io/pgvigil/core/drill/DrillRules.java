package io.pgvigil.core.drill;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.managed.ManagedHost;
import java.util.List;
import java.util.Optional;

/// What a server's owner asks of its drills.
public interface DrillRules {
    DrillRules NONE =
            new DrillRules() {
                @Override
                public List<Check> checks(ServerName server, DatabaseName database) {
                    return List.of();
                }

                @Override
                public List<Acceptance> accepted(ServerName server) {
                    return List.of();
                }
            };

    List<Check> checks(ServerName server, DatabaseName database);

    List<Acceptance> accepted(ServerName server);

    /// The service that runs the server, told by its host's name; empty: none, or nobody knows the server.
    default Optional<ManagedHost> managed(ServerName server) {
        return Optional.empty();
    }

    default InstanceRules instance(ServerName server) {
        return InstanceRules.SANDBOX;
    }
}
