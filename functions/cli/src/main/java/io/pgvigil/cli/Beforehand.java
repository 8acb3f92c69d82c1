package io.pgvigil.cli;

import io.pgvigil.aws.secrets.AwsSecrets;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.AutoKind;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.connect.ConnectionUrl;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.doctor.Examination;
import io.pgvigil.core.doctor.ExaminationRules;
import io.pgvigil.core.doctor.Wish;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.History;
import io.pgvigil.postgres.Logins;
import io.pgvigil.postgres.SourceDatabase;
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.doctor.Examiner;
import io.pgvigil.runtime.Configured;
import io.pgvigil.task.Connections;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Looks at databases that are not backed up yet.
final class Beforehand {
    /// Every cluster has it, and whoever may list databases may connect to it.
    private static final DatabaseName ENTRY = new DatabaseName("postgres");

    private final Map<String, String> environment;
    private final ExaminationRules rules = new ExaminationRules(AutoKind.STANDARD);

    Beforehand(Map<String, String> environment) {
        this.environment = environment;
    }

    /// The database of a URL; every one of its server when it names none.
    List<Examination> of(String url, Wish wish) {
        var parsed = ConnectionUrl.parse(url, environment);
        var login = Logins.of(parsed, environment);
        return examined(
                login.endpoint().toString(),
                _ -> login,
                parsed.database()
                        .<Databases>map(
                                name -> new Databases.Listed(List.of(new DatabaseName(name))))
                        .orElseGet(Databases::all),
                wish);
    }

    /// Those databases of a configured server that there is no backup of.
    List<Examination> of(ServerName name, ServerConfig server, Databases wanted) {
        var connections = new Connections(environment, AwsSecrets.from(environment));
        var ref = Configured.connection(server.connect());
        return examined(
                name.value(),
                database -> connections.logins(ref, database),
                wanted,
                Wish.of(server.policy()));
    }

    /// What of a server is to be looked at; empty: there are backups of all of it.
    static Optional<Databases> unknown(ServerName name, ServerConfig server, History history) {
        var known =
                history.of(name).stream()
                        .filter(one -> one.newest().isPresent())
                        .map(DatabaseHistory::database)
                        .toList();
        if (known.contains(DatabaseName.CLUSTER)) return Optional.empty();
        return switch (server.databases()) {
            case Databases.All all -> known.isEmpty() ? Optional.of(all) : Optional.empty();
            case Databases.Listed(var names) -> {
                var left = names.stream().filter(one -> !known.contains(one)).toList();
                yield left.isEmpty() ? Optional.empty() : Optional.of(new Databases.Listed(left));
            }
        };
    }

    private List<Examination> examined(
            String place, Function<DatabaseName, LoginSource> logins, Databases wanted, Wish wish) {
        List<DatabaseName> names;
        try {
            names =
                    switch (wanted) {
                        case Databases.Listed(var listed) -> listed;
                        case Databases.All all -> databases(logins.apply(ENTRY), all);
                    };
        } catch (Problem problem) {
            return List.of(refused(place, ENTRY, logins, problem));
        }
        var examiner = new Examiner(Tools.find(environment), InstantSource.system());
        var examined = new ArrayList<Examination>();
        for (var name : names) {
            try {
                var sight = examiner.see(logins.apply(name), name, names);
                examined.add(rules.judge(place, sight, wish));
            } catch (Problem problem) {
                examined.add(refused(place, name, logins, problem));
            }
        }
        return examined;
    }

    private Examination refused(
            String place,
            DatabaseName name,
            Function<DatabaseName, LoginSource> logins,
            Problem problem) {
        return rules.refused(place, name, logins.apply(name).endpoint().user(), problem);
    }

    private static List<DatabaseName> databases(LoginSource logins, Databases all) {
        try (var source = SourceDatabase.connect(logins.login(), ENTRY)) {
            return source.databases().stream().filter(all::includes).toList();
        }
    }
}
