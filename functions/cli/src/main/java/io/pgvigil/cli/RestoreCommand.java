package io.pgvigil.cli;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.wal.Point;
import io.pgvigil.restore.RestoreRequested;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Bring a backup, or part of it, into a database, or a physical backup into a data folder.",
            "A target that is not empty is refused unless --clean or --replace says otherwise;"
                    + " --dry-run says what would be done.",
            "restore --server NAME --all brings back globals and every database of a server."
        })
final class RestoreCommand implements Callable<Integer> {
    private static final String SECRET = "PGVIGIL_TARGET_PASSWORD";

    @Mixin private Common common = new Common();
    @Mixin private Waiting waiting = new Waiting();
    @Mixin private Retrieving retrieving = new Retrieving();
    @Mixin private RdsRestore rds = new RdsRestore();

    @Parameters(
            arity = "0..1",
            paramLabel = "BACKUP",
            description =
                    "A backup's id, latest, or latest-proven (default; for a folder: latest).")
    private @Nullable String backup;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "URL|FOLDER|rds:ID",
            description =
                    "postgresql://user@host/database; without a database, the backup's own. A folder"
                            + " (/data or ./data), empty or not there: a data folder of this host."
                            + " rds:NEW-ID: a new server, restored by RDS itself.")
    private String target = "";

    @Option(names = "--create", description = "Create the target database.")
    private boolean create;

    @Option(names = "--clean", description = "Drop what is in the way in the target first.")
    private boolean clean;

    @Option(
            names = "--replace",
            description = "Restore beside the target, check, swap the names, keep the old one.")
    private boolean replace;

    @Option(names = "--all", description = "Every database of --server, with its globals.")
    private boolean all;

    @Option(names = "--schema", paramLabel = "NAME", description = "Only this schema.")
    private List<String> schemas = List.of();

    @Option(names = "--table", paramLabel = "SCHEMA.TABLE", description = "Only this table.")
    private List<String> tables = List.of();

    @Option(
            names = "--into-schema",
            paramLabel = "NAME",
            description =
                    "A new schema of the target for --table, as it was --at a moment; taken from a"
                            + " physical backup and the WAL behind it, or from the logical one that is"
                            + " named. Nothing else there is touched.")
    private @Nullable String intoSchema;

    @Option(
            names = "--tablespace",
            paramLabel = "NAME=FOLDER",
            description = "Where to put a tablespace of a physical backup; else where it was.")
    private Map<String, String> tablespaces = Map.of();

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "Recover to a time, with its offset: 2026-11-22T10:42:16+01:00.")
    private @Nullable String at;

    @Option(names = "--lsn", paramLabel = "LSN", description = "Recover to a WAL position.")
    private @Nullable String lsn;

    @Option(names = "--xid", paramLabel = "ID", description = "Recover up to a transaction.")
    private @Nullable String xid;

    @Option(names = "--name", paramLabel = "NAME", description = "Recover to a restore point.")
    private @Nullable String name;

    @Option(names = "--immediate", description = "Recover to the end of the base backup.")
    private boolean immediate;

    @Option(
            names = "--timeline",
            paramLabel = "N",
            description = "Recover along this timeline; default: the newest.")
    private @Nullable Integer timeline;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description =
                    "Parallel jobs of pg_restore, default 2; of a physical backup fetches at a time, default 4.")
    private @Nullable Integer jobs;

    @Option(names = "--dry-run", description = "Say what would be done and stop.")
    private boolean dryRun;

    @Option(
            names = "--secret",
            paramLabel = "REF",
            description = "With --stack: the target password's Secrets Manager ARN, or iam.")
    private @Nullable String secret;

    @Override
    public Integer call() {
        if (RdsRestore.is(target))
            return rds.restore(
                    target,
                    point(),
                    common.server(),
                    common.configuration(),
                    dryRun,
                    common.json());
        if (target.matches("\\.{0,2}/.*")) return folder();
        var to = Urls.parse(target, SECRET);
        var uri = common.store();
        var connection =
                common.remote().isPresent() ? to.elsewhere(Optional.ofNullable(secret)) : to.ref();
        var records =
                all
                        ? everything(uri, to, connection)
                        : one(uri, to.secrets(), request(to, connection)).stream().toList();
        if (records.isEmpty()) return ExitStatus.DONE.code();
        if (common.json())
            System.out.println(
                    Json.line(
                            Map.of(
                                    "restores",
                                    records.stream().map(RestoreCommand::shape).toList())));
        else records.forEach(record -> System.out.print(words(record)));
        return records.stream().allMatch(record -> record.failure().isEmpty())
                ? ExitStatus.DONE.code()
                : ExitStatus.FAILED.code();
    }

    /// A data folder on this host.
    private int folder() {
        if (intoSchema != null)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--into-schema is for a database, and " + target + " is a folder",
                    "Name the database: --to postgresql://user@host/database.");
        if (all)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--all does not go with a folder",
                    "A physical backup is of every database anyway.");
        var folder = Path.of(target).toAbsolutePath().normalize();
        if (common.remote().isPresent())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a stack's tasks cannot write to " + folder + " on this host",
                    "Leave out --stack and name its store: --store s3://…, which the stack's outputs"
                            + " show.");
        var record =
                one(
                                common.store(),
                                Map.of(),
                                new RestoreRequested(
                                        common.server(),
                                        Optional.empty(),
                                        Optional.of(Optional.ofNullable(backup).orElse("latest")),
                                        Optional.empty(),
                                        Optional.empty(),
                                        schemas,
                                        tables,
                                        Optional.ofNullable(jobs),
                                        create,
                                        clean,
                                        replace,
                                        dryRun,
                                        Optional.of(folder.toString()),
                                        tablespaces,
                                        point(),
                                        Optional.empty(),
                                        Optional.empty()))
                        .orElseThrow();
        if (common.json())
            System.out.println(Json.line(Map.of("restores", List.of(shape(record)))));
        else {
            System.out.print(words(record));
            if (record.failure().isEmpty() && !dryRun)
                System.out.printf(
                        "  next, as the user that is to run the server:%n    chown -R postgres: %s*   # if"
                                + " you are somebody else%n    pg_ctl -D %s start%n",
                        folder, folder);
        }
        return record.failure().isEmpty() ? ExitStatus.DONE.code() : ExitStatus.FAILED.code();
    }

    private Optional<Point> point() {
        var points = new ArrayList<Point>();
        var along = Optional.ofNullable(timeline);
        if (at != null) points.add(new Point(Point.Kind.TIME, at, along));
        if (lsn != null) points.add(new Point(Point.Kind.LSN, lsn, along));
        if (xid != null) points.add(new Point(Point.Kind.XID, xid, along));
        if (name != null) points.add(new Point(Point.Kind.NAME, name, along));
        if (immediate) points.add(new Point(Point.Kind.IMMEDIATE, "", along));
        if (points.size() > 1)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "there are " + points.size() + " points to recover to",
                    "Give one of --at, --lsn, --xid, --name and --immediate.");
        if (points.isEmpty() && along.isPresent())
            points.add(new Point(Point.Kind.LATEST, "", along));
        // Read now, so that a time without an offset is refused before anything is done.
        points.forEach(Point::target);
        return points.stream().findFirst();
    }

    private RestoreRequested request(Urls to, ConnectionRef connection) {
        if (intoSchema != null) return rescue(to, connection, intoSchema);
        if (point().isPresent())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a point in time is for a whole server, and " + target + " is a database",
                    "Bring tables back with --table and --into-schema, or recover everything into a"
                            + " folder: --to /data/rescued.");
        return new RestoreRequested(
                common.server(),
                common.database(),
                Optional.of(Optional.ofNullable(backup).orElse("latest-proven")),
                Optional.of(connection),
                to.database().map(DatabaseName::new),
                schemas,
                tables,
                Optional.ofNullable(jobs),
                create,
                clean,
                replace,
                dryRun);
    }

    private RestoreRequested rescue(Urls to, ConnectionRef connection, String schema) {
        if (all)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--all does not go with --into-schema",
                    "Name the tables, each with --table.");
        return new RestoreRequested(
                common.server(),
                common.database(),
                Optional.ofNullable(backup),
                Optional.of(connection),
                to.database().map(DatabaseName::new),
                schemas,
                tables,
                Optional.ofNullable(jobs),
                create,
                clean,
                replace,
                dryRun,
                Optional.empty(),
                tablespaces,
                point(),
                Optional.of(schema),
                Optional.empty());
    }

    private List<RestoreRecord> everything(StoreUri uri, Urls to, ConnectionRef connection) {
        if (common.server().isEmpty() || backup != null || !schemas.isEmpty() || !tables.isEmpty())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--all needs --server, and goes with neither a backup nor a selection",
                    "It restores the newest backup of every database of that server.");
        var catalog = new Catalog(Stores.open(uri, System.getenv()));
        var newest = new LinkedHashMap<DatabaseName, Manifest>();
        catalog.backups(common.filter()).stream()
                .filter(manifest -> manifest.kind() == BackupKind.LOGICAL)
                .filter(manifest -> manifest.selection().complete())
                .forEach(manifest -> newest.put(manifest.database(), manifest));
        if (newest.isEmpty())
            throw new Problem(
                    ErrorCode.BACKUP_NOT_FOUND,
                    "there is no whole backup of server " + common.server().get() + " in " + uri,
                    "pgvigil list shows what there is.");
        var records = new ArrayList<RestoreRecord>();
        for (var manifest : newest.values())
            one(
                            uri,
                            to.secrets(),
                            new RestoreRequested(
                                    Optional.of(manifest.server()),
                                    Optional.of(manifest.database()),
                                    Optional.of(manifest.backup().value()),
                                    Optional.of(connection),
                                    Optional.of(manifest.database()),
                                    List.of(),
                                    List.of(),
                                    Optional.ofNullable(jobs),
                                    // Every cluster comes with this one; it cannot be created.
                                    !manifest.database().value().equals("postgres"),
                                    clean,
                                    replace,
                                    dryRun))
                    .ifPresent(records::add);
        return records;
    }

    /// Empty: a stack was told, and nobody waits.
    private Optional<RestoreRecord> one(
            StoreUri uri, Map<String, String> secrets, RestoreRequested wanted) {
        var request = wanted.retrieving(retrieving.speed());
        try (var screen = Screen.of(common.json())) {
            if (common.remote().isPresent()) return onStack(common.remote().get(), request, screen);
            var functions = new Functions(uri, common.configuration(), secrets, screen);
            var ordered = functions.call("restore", Json.bytes(request));
            return Optional.of(
                    VerifyCommand.ended(
                            functions, ordered.get("run").asText(), RestoreRecord.class));
        }
    }

    private Optional<RestoreRecord> onStack(
            Remote remote, RestoreRequested request, Screen screen) {
        var given = waiting.give(remote, "restore", Json.bytes(request), screen);
        if (given.ended().isEmpty()) {
            given.notAwaited(common);
            return Optional.empty();
        }
        return Optional.of(
                Waiting.record(given, given.ended().get().getFirst(), RestoreRecord.class));
    }

    private static Map<String, Object> shape(RestoreRecord record) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("backup", record.backup());
        shape.put("database", record.database());
        shape.put("target", record.target());
        shape.put("state", state(record));
        shape.put("plan", record.plan());
        shape.put("warnings", record.warnings());
        shape.put("errors", record.errors());
        record.kept().ifPresent(kept -> shape.put("kept", kept));
        if (!record.rows().isEmpty()) shape.put("rows", record.rows());
        shape.put("seconds", record.seconds());
        record.failure().ifPresent(failure -> shape.put("problem", failure));
        return shape;
    }

    private static String state(RestoreRecord record) {
        if (record.failure().isPresent()) return "failed";
        return record.dryRun() ? "planned" : "restored";
    }

    private static String words(RestoreRecord record) {
        var text = new StringBuilder();
        text.append(
                "%s  %s -> %s%n"
                        .formatted(
                                state(record).toUpperCase(java.util.Locale.ROOT),
                                record.backup(),
                                record.target()));
        if (record.dryRun())
            record.plan().forEach(step -> text.append("  would: ").append(step).append('\n'));
        record.rows()
                .forEach((table, count) ->
                        text.append(
                                String.format(
                                        java.util.Locale.ROOT, "  %s: %,d rows%n", table, count)));
        record.warnings().forEach(line -> text.append("  note: ").append(line).append('\n'));
        record.errors().forEach(line -> text.append("  error: ").append(line).append('\n'));
        record.kept()
                .ifPresent(kept ->
                        text.append("  the database that was there is kept as ")
                                .append(kept)
                                .append('\n'));
        record.failure()
                .ifPresent(why ->
                        text.append(
                                "  %s: %s%n  HINT: %s%n"
                                        .formatted(why.code(), why.what(), why.hint())));
        if (record.failure().isEmpty() && !record.dryRun())
            text.append(
                    "  took %s%n"
                            .formatted(
                                    Screen.seconds(record.seconds().getOrDefault("total", 0.0))));
        return text.toString();
    }
}
