package io.pgvigil.runtime;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.DrillRules;
import io.pgvigil.core.drill.InstanceRules;
import io.pgvigil.core.managed.ManagedHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the configuration asks of a server's drills; nothing for a server it does not know.
public final class ProfileRules implements DrillRules {
    private final Optional<Configuration> configuration;

    public ProfileRules(Optional<Configuration> configuration) {
        this.configuration = configuration;
    }

    @Override
    public List<Check> checks(ServerName server, DatabaseName database) {
        if (database.equals(DatabaseName.CLUSTER))
            return known(server).map(ProfileRules::everywhere).orElse(List.of());
        return known(server)
                .map(config ->
                        config.policy().checks().stream()
                                .filter(check ->
                                        check.database().map(database::equals).orElse(true))
                                .map(check -> new Check(check.name(), check.sql()))
                                .toList())
                .orElse(List.of());
    }

    /// A whole server is asked what each of its databases would be asked.
    private static List<Check> everywhere(ServerConfig config) {
        var checks = new ArrayList<Check>();
        for (var check : config.policy().checks()) {
            if (check.database().isEmpty()
                    && config.databases() instanceof Databases.Listed(var names))
                names.forEach(name ->
                        checks.add(new Check(check.name(), check.sql(), Optional.of(name))));
            else checks.add(check);
        }
        return checks;
    }

    @Override
    public List<Acceptance> accepted(ServerName server) {
        return known(server).map(config -> config.policy().drill().accept()).orElse(List.of());
    }

    @Override
    public InstanceRules instance(ServerName server) {
        return known(server)
                .map(config -> config.policy().drill().instance())
                .orElse(InstanceRules.SANDBOX);
    }

    @Override
    public Optional<ManagedHost> managed(ServerName server) {
        return known(server).flatMap(config -> ManagedHost.of(config.connect().host()));
    }

    private Optional<ServerConfig> known(ServerName server) {
        return configuration.flatMap(all -> all.server(server));
    }
}
