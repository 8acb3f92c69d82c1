package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.backup.BackupRequested;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
            description =
                    "logical (default); physical: the whole server, with the WAL it needs to start;"
                            + " wal: what the server's log has got since the last time.")
    private BackupKind kind = BackupKind.LOGICAL;

    @Option(
            names = "--level",
            paramLabel = "N",
            description = "zstd level, 1 (fast) to 19 (small); default 3.")
    private @Nullable Integer level;

    @Option(
            names = "--slot",
            paramLabel = "NAME",
            description = "The replication slot of a harvest (kind wal); else named after the server.")
    private @Nullable String slot;

    @Option(
            names = "--without-slot-limit",
            description =
                    "Make a slot although the server has no max_slot_wal_keep_size: unread, it can fill"
                            + " the server's disk.")
    private boolean unlimitedSlot;

    @Override
    public Integer call() {
        var source = Optional.ofNullable(url).map(text -> Urls.parse(text, SECRET));
        try (var screen = Screen.of(common.json())) {
            var functions =
                    new Functions(
                            common.store(),
                            source.isPresent() ? Optional.empty() : common.configuration(),
                            source.map(Urls::secrets).orElse(Map.of()),
                            screen);
            functions.catchUp();
            if (kind == BackupKind.WAL) return harvested(functions, request(source), screen);
            var results = made(functions, Json.bytes(request(source)));
            screen.close();
            if (common.json()) System.out.println(Json.line(Map.of("backups", results)));
            else results.forEach(result -> System.out.print(result.words(common.store() + "")));
            return results.stream().allMatch(Result::good) && !results.isEmpty()
                    ? ExitStatus.DONE.code()
                    : results.stream().anyMatch(Result::worthTryingAgain)
                            ? ExitStatus.UNREACHABLE.code()
                            : ExitStatus.FAILED.code();
        }
    }

    private int harvested(Functions functions, BackupRequested request, Screen screen) {
        var ordered = functions.call("backup", Json.bytes(request));
        functions.await();
        screen.close();
        var answers = new ArrayList<Map<String, Object>>();
        var status = ExitStatus.DONE;
        for (var run : ordered.get("runs")) {
            var id = new RunId(run.get("run").asText());
            var answer = new LinkedHashMap<String, Object>();
            answer.put("server", run.get("server").asText());
            try {
                var record = VerifyCommand.ended(functions, id.value(), Harvest.class);
                answer.put("harvest", record);
                if (!common.json()) System.out.print(words(record));
            } catch (Problem problem) {
                answer.put("problem", Failure.of(problem));
                status = problem.code().exitStatus();
                if (!common.json())
                    System.out.printf(
                            "FAILED  %s%n  %s%n",
                            run.get("server").asText(),
                            String.valueOf(problem.getMessage()).replace("\n", "\n  "));
            }
            answers.add(answer);
        }
        if (common.json()) System.out.println(Json.line(Map.of("harvests", answers)));
        return status.code();
    }

    private static String words(Harvest harvest) {
        var text =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                """
                                harvested  %s  up to %s on timeline %d, as of %s
                                  %,d segments stored, %s of WAL in %s
                                """,
                                harvest.server(),
                                harvest.end(),
                                harvest.timeline(),
                                harvest.at(),
                                harvest.segments(),
                                Screen.size(harvest.bytes()),
                                Screen.seconds(
                                        Duration.between(harvest.started(), harvest.finished())
                                                        .toMillis()
                                                / 1000.0)));
        harvest.notices().forEach(notice -> text.append("  note: ").append(notice).append('\n'));
        return text.toString();
    }

    /// Orders backups, waits, and says what became of each database.
    static List<Result> made(Functions functions, byte[] event) {
        var ordered = functions.call("backup", event);
        var closed = functions.await();
        var results = new ArrayList<Result>();
        for (var run : ordered.get("runs"))
            closed.forEach((id, close) -> {
                if (id.value().equals(run.get("run").asText()))
                    results.addAll(results(functions, run, close));
            });
        return results;
    }

    private BackupRequested request(Optional<Urls> source) {
        var named =
                source.flatMap(Urls::database).or(() -> common.database().map(DatabaseName::value));
        return new BackupRequested(
                source.map(found ->
                                common.server()
                                        .orElseGet(() ->
                                                ServerName.of(
                                                        found.ref().host(), found.ref().port())))
                        .or(common::server),
                kind != BackupKind.LOGICAL
                        ? List.of()
                        : named.map(DatabaseName::new).map(List::of).orElse(List.of()),
                Optional.of(kind),
                source.map(Urls::ref),
                selection(),
                Optional.ofNullable(level),
                Optional.empty(),
                Optional.ofNullable(slot),
                unlimitedSlot);
    }

    private Optional<Selection> selection() {
        var selection =
                new Selection(schemas, excludeSchemas, tables, excludeTables, excludeTableData);
        return selection.complete() ? Optional.empty() : Optional.of(selection);
    }

    private static List<Result> results(Functions functions, JsonNode run, JsonNode closed) {
        var results = new ArrayList<Result>();
        for (var outcome : closed.path("outcomes"))
            results.add(
                    new Result(
                            run.get("server").asText(),
                            outcome.get("database").asText(),
                            Optional.of(outcome.get("backup").asText()),
                            Optional.ofNullable(outcome.get("sealed"))
                                    .flatMap(key -> manifest(functions, run, outcome)),
                            Optional.ofNullable(outcome.get("failure"))));
        // A task that died has no outcomes; then the run itself says why.
        if (closed.has("why") && results.stream().allMatch(Result::good))
            results.add(
                    new Result(
                            run.get("server").asText(),
                            run.path("databases").path(0).asText("?"),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(closed.get("why"))));
        return results;
    }

    private static Optional<Manifest> manifest(
            Functions functions, JsonNode run, JsonNode outcome) {
        var key =
                Layout.of(
                        new ServerName(run.get("server").asText()),
                        new DatabaseName(outcome.get("database").asText()),
                        new BackupId(outcome.get("backup").asText()),
                        Layout.MANIFEST);
        return functions.store().document(key).map(Manifests::read);
    }

    /// One line of the answer.
    record Result(
            String server,
            String database,
            Optional<String> backup,
            Optional<Manifest> manifest,
            Optional<JsonNode> problem) {

        boolean good() {
            return manifest.isPresent() && problem.isEmpty();
        }

        boolean worthTryingAgain() {
            return problem.map(why -> why.path("transientFailure").asBoolean()).orElse(false);
        }

        @com.fasterxml.jackson.annotation.JsonValue
        Map<String, Object> json() {
            var shape = new LinkedHashMap<String, Object>();
            backup.ifPresent(id -> shape.put("backup", id));
            shape.put("server", server);
            shape.put("database", database);
            shape.put("state", good() ? "sealed" : "failed");
            manifest.ifPresent(sealed -> {
                sealed.physical().ifPresent(base -> shape.put("physical", base));
                shape.put("tables", sealed.totals().tables());
                shape.put("rows", sealed.totals().rows());
                shape.put("archiveBytes", sealed.totals().archiveBytes());
                shape.put("storedBytes", sealed.totals().storedBytes());
                shape.put("seconds", sealed.duration().toMillis() / 1000.0);
                shape.put("notices", sealed.notices());
                shape.put("warnings", sealed.warnings());
            });
            problem.ifPresent(why -> shape.put("problem", why));
            return shape;
        }

        String words(String store) {
            if (!good())
                return "FAILED  %s/%s%n  %s: %s%n  HINT: %s%n"
                        .formatted(
                                server,
                                database,
                                problem.map(why -> why.path("code").asText()).orElse("PGV-9001"),
                                problem.map(why -> why.path("what").asText()).orElse("no reason"),
                                problem.map(why -> why.path("hint").asText()).orElse(""));
            var sealed = manifest.orElseThrow();
            var totals = sealed.totals();
            if (sealed.physical().isPresent())
                return String.format(
                        Locale.ROOT,
                        """
                        sealed  %s  %s
                          %,d files, WAL %s to %s; %s copied, stored as %s in %s
                        """,
                        server,
                        sealed.backup(),
                        sealed.physical().get().files(),
                        sealed.physical().get().begin(),
                        sealed.physical().get().end(),
                        Screen.size(totals.archiveBytes()),
                        Screen.size(totals.storedBytes()),
                        Screen.seconds(sealed.duration().toMillis() / 1000.0));
            return String.format(
                    Locale.ROOT,
                    """
                    sealed  %s/%s  %s
                      %,d tables, %,d rows%s; %s of archive stored as %s in %s
                      prove it:  pgvigil verify %s --store %s
                    """,
                    server,
                    database,
                    sealed.backup(),
                    totals.tables(),
                    totals.rows(),
                    totals.largeObjects() == 0
                            ? ""
                            : String.format(
                                    Locale.ROOT, ", %,d large objects", totals.largeObjects()),
                    Screen.size(totals.archiveBytes()),
                    Screen.size(totals.storedBytes()),
                    Screen.seconds(sealed.duration().toMillis() / 1000.0),
                    sealed.backup(),
                    store);
        }
    }
}
