package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.backup.BackupRequested;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.wire.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
            description =
                    "logical; physical: the whole server, with the WAL it needs to start; wal: what the"
                            + " server's log has got since the last time. Without it: as the profile"
                            + " says, and for the whole of a server without one, logical unless it is"
                            + " large (auto).")
    private @Nullable BackupKind kind;

    @Option(
            names = "--level",
            paramLabel = "N",
            description = "zstd level, 1 (fast) to 19 (small); default 3.")
    private @Nullable Integer level;

    @Option(
            names = "--slot",
            paramLabel = "NAME",
            description =
                    "The replication slot of a harvest (kind wal); else named after the server.")
    private @Nullable String slot;

    @Option(
            names = "--without-slot-limit",
            description =
                    "Make a slot although the server has no max_slot_wal_keep_size: unread, it can fill"
                            + " the server's disk.")
    private boolean unlimitedSlot;

    @Option(
            names = "--continuous",
            description =
                    "With kind wal: go on until told to stop (Ctrl-C, SIGTERM), for a loss of a minute at"
                            + " most.")
    private boolean continuous;

    @Option(
            names = "--secret",
            paramLabel = "REF",
            description = "With --stack and a URL: the password's Secrets Manager ARN, or iam.")
    private @Nullable String secret;

    @Override
    public Integer call() {
        if (continuous && kind != BackupKind.WAL)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--continuous is for --kind wal",
                    "Leave it out, or write --kind wal.");
        if (continuous && common.remote().isPresent())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a stack's always-on harvest is a service of its own, not a run",
                    "Name the servers in ContinuousServers of the stack and deploy; or leave out --stack.");
        return common.remote().map(this::onStack).orElseGet(this::here);
    }

    private int onStack(Remote remote) {
        var source = Optional.ofNullable(url).map(text -> Urls.parse(text, SECRET));
        var connection = source.map(found -> found.elsewhere(Optional.ofNullable(secret)));
        try (var screen = Screen.of(common.json())) {
            var event = Json.bytes(request(source, connection));
            var given = waiting.give(remote, "backup", event, screen);
            if (given.ended().isEmpty()) return given.notAwaited(common);
            if (kind == BackupKind.WAL) {
                var ended = given.ended().get();
                screen.close();
                return harvests(
                        ended.stream()
                                .map(run ->
                                        new Harvested(
                                                run.order().server().value(),
                                                () -> Waiting.record(given, run, Harvest.class)))
                                .toList());
            }
            var results = new ArrayList<BackupResult>();
            for (var run : given.ended().get())
                results.addAll(BackupResult.of(run, given.report(run), given.store()));
            screen.close();
            return answer(results, List.of());
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
            if (kind == BackupKind.WAL)
                return harvested(functions, request(source, source.map(Urls::ref)), screen);
            var results = made(functions, Json.bytes(request(source, source.map(Urls::ref))));
            var copies =
                    CopyCommand.Sent.all(
                            functions,
                            source.isPresent()
                                    ? List.of()
                                    : copies(results, common.configuration()));
            screen.close();
            return answer(results, copies);
        }
    }

    private int harvested(Functions functions, BackupRequested request, Screen screen) {
        var ordered = functions.call("backup", Json.bytes(request));
        functions.await();
        screen.close();
        var runs = new ArrayList<Harvested>();
        for (var run : ordered.get("runs"))
            runs.add(
                    new Harvested(
                            run.get("server").asText(),
                            () ->
                                    VerifyCommand.ended(
                                            functions, run.get("run").asText(), Harvest.class)));
        return harvests(runs);
    }

    /// @param record of the harvest, or the problem that there is none
    private record Harvested(String server, Supplier<Harvest> record) {}

    private int harvests(List<Harvested> runs) {
        var answers = new ArrayList<Map<String, Object>>();
        var status = ExitStatus.DONE;
        for (var run : runs) {
            var answer = new LinkedHashMap<String, Object>();
            answer.put("server", run.server());
            try {
                var record = run.record().get();
                answer.put("harvest", record);
                if (!common.json()) System.out.print(words(record));
            } catch (Problem problem) {
                answer.put("problem", Failure.of(problem));
                status = problem.code().exitStatus();
                if (!common.json())
                    System.out.printf(
                            "FAILED  %s%n  %s%n",
                            run.server(),
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

    /// Where what was just sealed is to be as well.
    private static List<Order.Copy> copies(
            List<BackupResult> results, Optional<Configuration> configuration) {
        return results.stream()
                .flatMap(result -> result.manifest().stream())
                .flatMap(manifest ->
                        CopyCommand.of(manifest, configuration).stream()
                                .map(place ->
                                        CopyCommand.order(
                                                manifest, place, Optional.empty(), configuration)))
                .toList();
    }

    /// A backup without its copy is a backup, but not all that was asked for.
    private int answer(List<BackupResult> results, List<CopyCommand.Sent> copies) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("backups", results);
        if (!copies.isEmpty())
            shape.put("copies", copies.stream().map(CopyCommand.Sent::shape).toList());
        if (common.json()) System.out.println(Json.line(shape));
        else {
            results.forEach(result -> System.out.print(result.words(common.place())));
            copies.forEach(copy -> System.out.print(copy.words()));
        }
        var made = status(results);
        return made == ExitStatus.DONE.code()
                        && copies.stream().anyMatch(copy -> copy.problem().isPresent())
                ? ExitStatus.PARTLY.code()
                : made;
    }

    private static int status(List<BackupResult> results) {
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
                kind != null && kind != BackupKind.LOGICAL
                        ? List.of()
                        : named.map(DatabaseName::new).map(List::of).orElse(List.of()),
                Optional.ofNullable(kind),
                connection,
                selection(),
                Optional.ofNullable(level),
                Optional.empty(),
                Optional.ofNullable(slot),
                unlimitedSlot,
                continuous);
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
