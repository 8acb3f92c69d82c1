package io.pgvigil.core.drill;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import java.util.List;

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

    default InstanceRules instance(ServerName server) {
        return InstanceRules.SANDBOX;
    }
}
