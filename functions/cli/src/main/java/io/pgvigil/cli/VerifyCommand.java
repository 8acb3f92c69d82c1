package io.pgvigil.cli;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.ClusterProof;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.drill.InstanceKind;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.runtime.Stores;
import io.pgvigil.verify.DrillRequested;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Prove a backup: restore it into a temporary instance, dump that, and compare.",
            "A physical backup: recover it to its end and to a random moment, and read everything.",
            "Exit code 0: proven; 3: proven except what was accepted; 1: not proven."
        })
final class VerifyCommand implements Callable<Integer> {
    private static final int MOST_DIFFERENCES = 40;
    private static final int MOST_REMARKS = 8;

    @Mixin private Common common = new Common();
    @Mixin private Waiting waiting = new Waiting();
    @Mixin private Retrieving retrieving = new Retrieving();

    @Parameters(
            defaultValue = "latest",
            paramLabel = "BACKUP",
            description = "A backup's id, latest (default), or latest-proven.")
    private String backup = "latest";

    @Option(names = "--jobs", paramLabel = "N", description = "Parallel restore jobs; default 2.")
    private @Nullable Integer jobs;

    @Option(
            names = "--check",
            paramLabel = "SQL",
            description = "A question to the restored database; its first column must be true.")
    private List<String> checks = List.of();

    @Option(
            names = "--instance",
            paramLabel = "KIND",
            description =
                    "What to restore into: sandbox or rds; the profile's choice when not said.")
    private @Nullable String instance;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description =
                    "logical (default) or physical: which of them latest means; with physical,"
                            + " --database says where --check is asked.")
    private @Nullable String kind;

    @Option(
            names = "--all",
            description = "The newest backup of every database, or of every one of --server.")
    private boolean all;

    @Override
    public Integer call() {
        if (all) return everything();
        if (common.remote().isPresent()) return onStack(common.remote().get());
        var drill = drill(request(backup, common.server(), common.database()));
        if (common.json()) System.out.println(Json.line(shape(drill)));
        else System.out.print(words(drill));
        return status(drill.verdict());
    }

    private int onStack(Remote remote) {
        var request = request(backup, common.server(), common.database());
        try (var screen = Screen.of(common.json())) {
            var given = waiting.give(remote, "verify", Json.bytes(request), screen);
            if (given.ended().isEmpty()) return given.notAwaited(common);
            screen.close();
            var drill = Waiting.record(given, given.ended().get().getFirst(), Drill.class);
            if (common.json()) System.out.println(Json.line(shape(drill)));
            else System.out.print(words(drill));
            return status(drill.verdict());
        }
    }

    /// One database after the other; the worst verdict is the answer.
    private int everything() {
        var newest = new LinkedHashMap<String, Manifest>();
        new Catalog(Stores.open(common.store(), System.getenv()))
                .backups(common.filter())
                .forEach(one -> newest.put(one.server() + "/" + one.database(), one));
        if (newest.isEmpty())
            throw new Problem(
                    ErrorCode.BACKUP_NOT_FOUND,
                    "there is no backup to prove in " + common.store(),
                    "pgvigil list shows what a store has.");
        var drills = new ArrayList<Drill>();
        if (common.remote().isPresent()) return allOnStack(common.remote().get(), newest.values());
        for (var one : newest.values()) {
            var drill =
                    drill(
                            request(
                                    one.backup().value(),
                                    Optional.of(one.server()),
                                    Optional.of(one.database())));
            drills.add(drill);
            if (!common.json()) System.out.print(words(drill));
        }
        if (common.json())
            System.out.println(
                    Json.line(
                            Map.of("drills", drills.stream().map(VerifyCommand::shape).toList())));
        return worst(drills);
    }

    /// Ordered all at once: the stack lets as many run as its servers may have.
    private int allOnStack(Remote remote, Collection<Manifest> newest) {
        try (var screen = Screen.of(common.json())) {
            var given = new ArrayList<Waiting.Given>();
            for (var one : newest)
                given.add(
                        waiting.order(
                                remote,
                                "verify",
                                Json.bytes(
                                        request(
                                                one.backup().value(),
                                                Optional.of(one.server()),
                                                Optional.of(one.database())))));
            var drills = new ArrayList<Drill>();
            for (var order : given) {
                var done = waiting.await(order, screen);
                if (done.ended().isEmpty()) {
                    done.notAwaited(common);
                    continue;
                }
                drills.add(Waiting.record(done, done.ended().get().getFirst(), Drill.class));
            }
            screen.close();
            if (common.json())
                System.out.println(
                        Json.line(
                                Map.of(
                                        "drills",
                                        drills.stream().map(VerifyCommand::shape).toList())));
            else drills.forEach(drill -> System.out.print(words(drill)));
            return worst(drills);
        }
    }

    private static int worst(List<Drill> drills) {
        return drills.stream()
                .map(Drill::verdict)
                .max(Comparator.naturalOrder())
                .map(VerifyCommand::status)
                .orElse(ExitStatus.DONE.code());
    }

    private Drill drill(DrillRequested request) {
        try (var screen = Screen.of(common.json())) {
            var functions = new Functions(common.store(), common.configuration(), Map.of(), screen);
            functions.catchUp();
            var ordered = functions.call("verify", Json.bytes(request));
            return ended(functions, ordered.get("run").asText(), Drill.class);
        }
    }

    private DrillRequested request(
            String name, Optional<ServerName> server, Optional<DatabaseName> database) {
        var asked = new ArrayList<Check>();
        var whole = kind().equals(Optional.of(BackupKind.PHYSICAL));
        var where = whole ? database.filter(one -> !one.equals(DatabaseName.CLUSTER)) : NOWHERE;
        for (var sql : checks) asked.add(new Check("check " + (asked.size() + 1), sql, where));
        return new DrillRequested(
                server,
                whole ? Optional.of(DatabaseName.CLUSTER) : database,
                Optional.of(name),
                Optional.ofNullable(jobs),
                asked,
                List.of(),
                instance(),
                kind(),
                retrieving.speed());
    }

    private static final Optional<DatabaseName> NOWHERE = Optional.empty();

    private Optional<BackupKind> kind() {
        if (kind == null) return Optional.empty();
        return Optional.of(
                switch (kind) {
                    case "logical" -> BackupKind.LOGICAL;
                    case "physical" -> BackupKind.PHYSICAL;
                    default ->
                            throw new Problem(
                                    ErrorCode.USAGE_INVALID,
                                    "'" + kind + "' is not a kind of backup that can be proven",
                                    "Write logical or physical. WAL is proven together with the"
                                            + " physical backup that it continues.");
                });
    }

    private Optional<String> instance() {
        try {
            return Optional.ofNullable(instance).map(InstanceKind::parse).map(InstanceKind::word);
        } catch (IllegalArgumentException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    String.valueOf(e.getMessage()),
                    "See verify --help.",
                    e);
        }
    }

    /// Waits for a run and reads the record it left; a run that left none fails as it failed.
    static <T> T ended(Functions functions, String run, Class<T> type) {
        var closed =
                functions.await().entrySet().stream()
                        .filter(entry -> entry.getKey().value().equals(run))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.RUN_IN_PROGRESS,
                                        "run " + run + " was started by somebody else",
                                        "Ask again when it has ended."));
        for (var outcome : closed.path("outcomes"))
            if (outcome.has("record")) {
                var key = new ObjectKey(outcome.get("record").asText());
                var document = functions.store().document(key).orElseThrow();
                return Json.read(document.content(), type, key.value());
            }
        if (closed.has("why"))
            throw Json.read(closed.get("why"), Failure.class, "the run's failure").toProblem();
        throw new Problem(
                ErrorCode.RUN_FAILED,
                "run " + run + " left no record: " + closed,
                "This is a defect of ours.");
    }

    static int status(DrillVerdict verdict) {
        return switch (verdict) {
            case PROVEN -> ExitStatus.DONE.code();
            case PROVEN_EXCEPT -> ExitStatus.PARTLY.code();
            case NOT_PROVEN -> ExitStatus.FAILED.code();
        };
    }

    static Map<String, Object> shape(Drill drill) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("format", drill.format());
        shape.put("verdict", drill.verdict().word());
        shape.put("backup", drill.backup());
        shape.put("server", drill.server());
        shape.put("database", drill.database());
        shape.put("drill", drill.drill());
        shape.put("started", drill.started());
        shape.put("finished", drill.finished());
        shape.put("reasons", drill.reasons());
        shape.put("differences", drill.differences());
        shape.put("accepted", drill.accepted());
        shape.put("rewritten", drill.rewritten());
        shape.put("unproven", drill.unproven());
        shape.put("restoreErrors", drill.restoreErrors());
        shape.put("checks", drill.checks());
        shape.put("equal", drill.equal());
        shape.put("seconds", drill.seconds());
        shape.put("sandbox", drill.sandbox());
        drill.physical().ifPresent(proof -> shape.put("physical", proof));
        return shape;
    }

    static String words(Drill drill) {
        var text = new StringBuilder();
        var head =
                switch (drill.verdict()) {
                    case PROVEN -> "PROVEN";
                    case PROVEN_EXCEPT -> "PROVEN EXCEPT";
                    case NOT_PROVEN -> "NOT PROVEN";
                };
        text.append(
                "%s  %s/%s  %s%n"
                        .formatted(head, drill.server(), drill.database(), drill.backup()));
        drill.reasons().forEach(reason -> text.append("  ").append(reason).append('\n'));
        if (!drill.equal().isEmpty())
            text.append("  equal: ").append(counts(drill.equal())).append('\n');
        drill.physical().ifPresent(proof -> text.append(words(proof)));
        list(text, "different", drill.differences(), MOST_DIFFERENCES);
        list(text, "restore error", drill.restoreErrors(), MOST_DIFFERENCES);
        list(text, "accepted", drill.accepted(), MOST_DIFFERENCES);
        list(text, "rewritten by the server, stable", drill.rewritten(), MOST_REMARKS);
        list(text, "not proven", drill.unproven(), MOST_REMARKS);
        for (var check : drill.checks())
            text.append(
                    "  %s: %s (%s)%n"
                            .formatted(
                                    check.name(),
                                    check.passed() ? "holds" : "does not hold",
                                    check.answer()));
        text.append("  in ").append(drill.sandbox()).append(": ");
        text.append(
                "%s, whole drill %s%n"
                        .formatted(
                                drill.recovery()
                                        .map(seconds -> "recovery " + Screen.seconds(seconds))
                                        .orElse("nothing recovered"),
                                Screen.seconds(drill.seconds().getOrDefault("total", 0.0))));
        return text.toString();
    }

    private static String words(ClusterProof proof) {
        var text = new StringBuilder();
        for (var recovery : proof.recoveries())
            text.append(
                    String.format(
                            Locale.ROOT,
                            "  recovered: %s, replayed to %s on timeline %d%s; %,d rows read; %s%n",
                            recovery.target(),
                            recovery.reached(),
                            recovery.timeline(),
                            recovery.lastCommit().map(at -> ", last commit " + at).orElse(""),
                            recovery.rows(),
                            Screen.seconds(recovery.seconds())));
        proof.seed()
                .ifPresent(seed ->
                        text.append("  the second moment was chosen at random, seed ")
                                .append(seed)
                                .append('\n'));
        text.append(
                String.format(
                        Locale.ROOT,
                        "  read: %,d databases, %,d tables, %,d rows, %,d large objects%n",
                        proof.databases().size(),
                        proof.tables(),
                        proof.rows(),
                        proof.largeObjects()));
        return text.toString();
    }

    private static String counts(Map<String, Long> equal) {
        var parts = new ArrayList<String>();
        equal.forEach(
                (name, count) -> parts.add(String.format(Locale.ROOT, "%,d %s", count, name)));
        return String.join(", ", parts);
    }

    private static void list(StringBuilder text, String name, List<String> lines, int most) {
        lines.stream().limit(most).forEach(line -> text.append("  %s: %s%n".formatted(name, line)));
        if (lines.size() > most)
            text.append(
                    "  %s: … and %,d more, all in --json%n".formatted(name, lines.size() - most));
    }
}
