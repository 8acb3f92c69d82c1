package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.backup.BackupRequested;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description = {
            "Back up databases into the store.",
            "With a URL no configuration is needed; a URL without a database means every database"
                    + " of the server. Without a URL the configured servers are backed up.",
            "Give the password in PGPASSWORD or a passfile: arguments can be read by every user of"
                    + " this machine."
        })
final class BackupCommand implements Callable<Integer> {
    private static final String SECRET = "PGVIGIL_SOURCE_PASSWORD";

    @Mixin private Common common = new Common();
    @Mixin private Waiting waiting = new Waiting();

    @Parameters(arity = "0..1", paramLabel = "URL", description = "postgresql://user@host/database")
    private @Nullable String url;

    @Option(names = "--schema", paramLabel = "PATTERN", description = "Only these schemas.")
    private List<String> schemas = List.of();

    @Option(names = "--exclude-schema", paramLabel = "PATTERN", description = "Not these schemas.")
    private List<String> excludeSchemas = List.of();

    @Option(names = "--table", paramLabel = "PATTERN", description = "Only these tables.")
    private List<String> tables = List.of();

    @Option(names = "--exclude-table", paramLabel = "PATTERN", description = "Not these tables.")
    private List<String> excludeTables = List.of();

    @Option(
            names = "--exclude-table-data",
            paramLabel = "PATTERN",
            description = "These tables without their rows.")
    private List<String> excludeTableData = List.of();

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description = "logical (default); physical and wal are not made by this version.")
    private BackupKind kind = BackupKind.LOGICAL;

    @Option(
            names = "--level",
            paramLabel = "N",
            description = "zstd level, 1 (fast) to 19 (small); default 3.")
    private @Nullable Integer level;

    @Option(
            names = "--secret",
            paramLabel = "REF",
            description = "With --stack and a URL: the password's Secrets Manager ARN, or iam.")
    private @Nullable String secret;

    @Override
    public Integer call() {
        return common.remote().map(this::onStack).orElseGet(this::here);
    }

    private int onStack(Remote remote) {
        var source = Optional.ofNullable(url).map(text -> Urls.parse(text, SECRET));
        var connection = source.map(found -> found.elsewhere(Optional.ofNullable(secret)));
        try (var screen = Screen.of(common.json())) {
            var event = Json.bytes(request(source, connection));
            var given = waiting.give(remote, "backup", event, screen);
            if (given.ended().isEmpty()) return given.notAwaited(common);
            var results = new ArrayList<BackupResult>();
            for (var run : given.ended().get())
                results.addAll(BackupResult.of(run, given.report(run), given.store()));
            screen.close();
            return answer(results);
        }
    }

    private int here() {
        var source = Optional.ofNullable(url).map(text -> Urls.parse(text, SECRET));
        try (var screen = Screen.of(common.json())) {
            var functions =
                    new Functions(
                            common.store(),
                            source.isPresent() ? Optional.empty() : common.configuration(),
                            source.map(Urls::secrets).orElse(Map.of()),
                            screen);
            functions.catchUp();
            var results = made(functions, Json.bytes(request(source, source.map(Urls::ref))));
            screen.close();
            return answer(results);
        }
    }

    private int answer(List<BackupResult> results) {
        if (common.json()) System.out.println(Json.line(Map.of("backups", results)));
        else results.forEach(result -> System.out.print(result.words(common.place())));
        return results.stream().allMatch(BackupResult::good) && !results.isEmpty()
                ? ExitStatus.DONE.code()
                : results.stream().anyMatch(BackupResult::worthTryingAgain)
                        ? ExitStatus.UNREACHABLE.code()
                        : ExitStatus.FAILED.code();
    }

    /// Orders backups, waits, and says what became of each database.
    static List<BackupResult> made(Functions functions, byte[] event) {
        var ordered = functions.call("backup", event);
        var closed = functions.await();
        var results = new ArrayList<BackupResult>();
        for (var run : ordered.get("runs"))
            closed.forEach((id, close) -> {
                if (id.value().equals(run.get("run").asText()))
                    results.addAll(results(functions, run, close));
            });
        return results;
    }

    private BackupRequested request(Optional<Urls> source, Optional<ConnectionRef> connection) {
        var named =
                source.flatMap(Urls::database).or(() -> common.database().map(DatabaseName::value));
        return new BackupRequested(
                source.map(found ->
                                common.server()
                                        .orElseGet(() ->
                                                ServerName.of(
                                                        found.ref().host(), found.ref().port())))
                        .or(common::server),
                named.map(DatabaseName::new).map(List::of).orElse(List.of()),
                Optional.of(kind),
                connection,
                selection(),
                Optional.ofNullable(level),
                Optional.empty());
    }

    private Optional<Selection> selection() {
        var selection =
                new Selection(schemas, excludeSchemas, tables, excludeTables, excludeTableData);
        return selection.complete() ? Optional.empty() : Optional.of(selection);
    }

    private static List<BackupResult> results(Functions functions, JsonNode run, JsonNode closed) {
        var results = new ArrayList<BackupResult>();
        for (var outcome : closed.path("outcomes"))
            results.add(
                    new BackupResult(
                            run.get("server").asText(),
                            outcome.get("database").asText(),
                            Optional.of(outcome.get("backup").asText()),
                            Optional.ofNullable(outcome.get("sealed"))
                                    .flatMap(key -> manifest(functions, run, outcome)),
                            Optional.ofNullable(outcome.get("failure"))));
        // A task that died has no outcomes; then the run itself says why.
        if (closed.has("why") && results.stream().allMatch(BackupResult::good))
            results.add(
                    new BackupResult(
                            run.get("server").asText(),
                            run.path("databases").path(0).asText("?"),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(closed.get("why"))));
        return results;
    }

    private static Optional<Manifest> manifest(
            Functions functions, JsonNode run, JsonNode outcome) {
        return BackupResult.sealed(
                functions.store(),
                new ServerName(run.get("server").asText()),
                new DatabaseName(outcome.get("database").asText()),
                new BackupId(outcome.get("backup").asText()));
    }
}
