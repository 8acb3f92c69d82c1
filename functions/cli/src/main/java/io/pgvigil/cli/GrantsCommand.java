package io.pgvigil.cli;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.ConnectionUrl;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.postgres.Grants;
import io.pgvigil.postgres.Logins;
import io.pgvigil.postgres.ServerVersion;
import io.pgvigil.postgres.SourceDatabase;
import io.pgvigil.wire.Json;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "grants",
        mixinStandardHelpOptions = true,
        description = {
            "Print the least SQL that a backup role needs.",
            "With a URL, look at that database and name what is missing there."
        })
final class GrantsCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Parameters(arity = "0..1", paramLabel = "URL", description = "postgresql://user@host/database")
    private @Nullable String url;

    @Option(names = "--role", defaultValue = "backup", description = "The role; default backup.")
    private String role = "backup";

    @Option(
            names = "--major",
            defaultValue = "17",
            description = "Without a URL: PostgreSQL's major version; default 17.")
    private int major = 17;

    @Override
    public Integer call() {
        var sql = sql();
        System.out.println(common.json() ? Json.line(Map.of("sql", sql)) : sql.stripTrailing());
        return ExitStatus.DONE.code();
    }

    private String sql() {
        if (url == null)
            return Grants.sql(
                    role,
                    common.database().orElse(new DatabaseName("your_database")),
                    ServerVersion.of(major, 0),
                    false);
        var parsed = ConnectionUrl.parse(url, System.getenv());
        var database = new DatabaseName(parsed.database().orElse("postgres"));
        try (var source = SourceDatabase.connect(Logins.of(parsed, System.getenv()), database)) {
            return Grants.sql(role, source, false);
        }
    }
}
