package io.pgvigil.task.dump;

import com.github.luben.zstd.Zstd;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.postgres.DumpFailure;
import io.pgvigil.postgres.DumpLimits;
import io.pgvigil.postgres.DumpWarnings;
import io.pgvigil.postgres.PgDump;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.Running;
import io.pgvigil.postgres.ServerFacts;
import io.pgvigil.postgres.SourceDatabase;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.task.Progress;
import io.pgvigil.task.TaskLog;
import io.pgvigil.wire.FactsDocument;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Backs up one database: everything up to the point where only the seal is missing.
public final class DatabaseBackup {
    /// After its last byte a dump has nothing left to do.
    private static final Duration EXIT_LIMIT = Duration.ofMinutes(1);

    /// Dumps from a standby: how often one that a recovery conflict ended is made again.
    private static final int CONFLICT_ATTEMPTS = 3;

    private static final Duration GLOBALS_LIMIT = Duration.ofMinutes(10);

    private final ObjectStore store;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;
    private final String version;
    private final int workers;

    /// @param version of pgvigil, for the manifest
    /// @param workers threads that compress
    public DatabaseBackup(
            ObjectStore store,
            Tools tools,
            Progress progress,
            InstantSource clock,
            String version,
            int workers) {
        this.store = store;
        this.tools = tools;
        this.progress = progress;
        this.clock = clock;
        this.version = version;
        this.workers = workers;
    }

    /// A claim that must still be ours before an object appears.
    public interface Claim {
        void requireHeld();
    }

    /// Stores data, globals, facts and log, in this order, and returns the manifest to seal.
    ///
    /// @param logins asked before each connection: a dump may outlast a password
    public Manifest make(
            Run run, Order.Backup order, DatabaseName database, LoginSource logins, Claim claim) {
        var started = clock.instant();
        var log = new TaskLog(clock);
        var backup = RunIds.backup(run.run(), BackupKind.LOGICAL, database);

        // What a run that died left under way costs money until somebody ends it.
        abortLeftovers(order, database);

        for (var attempt = 1; ; attempt++) {
            try {
                return make(run, order, database, logins, claim, backup, started, log);
            } catch (Problem problem) {
                // A standby ends a dump that stands in the way of replay; nothing of it was kept.
                var again =
                        problem.code() == ErrorCode.RECOVERY_CONFLICT
                                && attempt < CONFLICT_ATTEMPTS;
                if (!again) throw problem;
                progress.note(problem.what() + "; trying again");
                log.line("attempt " + attempt + " failed: " + problem.what());
            }
        }
    }

    private Manifest make(
            Run run,
            Order.Backup order,
            DatabaseName database,
            LoginSource logins,
            Claim claim,
            BackupId backup,
            Instant started,
            TaskLog log) {
        progress.stage("connect", database + " at " + logins.endpoint(), 0);
        try (var source = SourceDatabase.connect(logins.login(), database)) {
            var tool = tools.forDump(source.version());
            var facts = source.facts();
            var notices = new ArrayList<>(notices(order, database, tool, facts));

            var dump = dump(order, backup, database, logins, claim, source, facts, tool, log);
            var globals = storeGlobals(order, backup, database, logins, tool, facts, log);
            var factsDocument =
                    FactsDocument.of(
                            dump.pumped().facts(),
                            dump.pumped().frames(),
                            dump.stored().size(),
                            Json.tree(facts));
            var factsObject =
                    storeSmall(
                            order,
                            backup,
                            database,
                            Layout.FACTS,
                            Json.compactBytes(factsDocument));
            if (dump.pumped().facts().tables().isEmpty())
                notices.add("no table data was found: the database, or the selection, is empty");
            notices.forEach(log::line);
            notices.forEach(progress::note);
            log.line("everything is stored; what is missing is the seal");
            var logObject = storeSmall(order, backup, database, Layout.LOG, log.bytes());

            return manifest(
                    run,
                    order,
                    backup,
                    database,
                    started,
                    tool,
                    facts,
                    dump,
                    List.of(
                            object("data", dump.stored()),
                            object("globals", globals),
                            object("facts", factsObject),
                            object("log", logObject)),
                    notices);
        }
    }

    private record Dump(
            ArchivePump.Pumped pumped,
            StoredObject stored,
            String command,
            List<String> warnings) {}

    private Dump dump(
            Order.Backup order,
            BackupId backup,
            DatabaseName database,
            LoginSource logins,
            Claim claim,
            SourceDatabase source,
            ServerFacts facts,
            ToolSet tool,
            TaskLog log) {
        progress.stage("dump", database.value(), facts.database().size().bytes());
        var command =
                PgDump.dump(
                        tool,
                        logins.login(),
                        database,
                        order.selection(),
                        source.snapshot(),
                        new DumpLimits(order.lockTimeout(), order.longest()));
        log.line("running " + command);
        var key = Layout.of(order.server(), database, backup, Layout.DATA);
        try (var running = Processes.start(command, log::line);
                var deadline = new Deadline(running, order.longest());
                var upload = store.upload(key)) {
            var pumped = pump(order, running, deadline, upload);

            // A dump that did not end well can still have written something that parses.
            var status = running.waitFor(EXIT_LIMIT);
            deadline.throwIfOver();
            if (status != 0) throw DumpFailure.explain(status, running.stderr());

            // Somebody else may have taken over while we were thought dead.
            claim.requireHeld();
            progress.stage("store", key.value(), 0);
            var stored = upload.complete();
            if (stored.size() != pumped.storedBytes())
                throw new Problem(
                        ErrorCode.OBJECT_DAMAGED,
                        key
                                + " has "
                                + stored.size()
                                + " bytes in the store, and "
                                + pumped.storedBytes()
                                + " were sent",
                        "Does something between here and the store change what passes?");
            log.line(
                    "stored "
                            + key
                            + ", "
                            + stored.size()
                            + " bytes for "
                            + pumped.facts().archiveBytes());
            return new Dump(
                    pumped,
                    stored,
                    command.toString(),
                    DumpWarnings.of(running.stderr()).stream()
                            .map(warning -> warning.toString())
                            .toList());
        }
    }

    private ArchivePump.Pumped pump(
            Order.Backup order,
            Running running,
            Deadline deadline,
            io.pgvigil.core.store.ObjectUpload upload) {
        try {
            return new ArchivePump(order.level(), workers, progress).run(running.stdout(), upload);
        } catch (Problem problem) {
            deadline.throwIfOver();
            // A broken archive is what a failed dump looks like from behind; its own words say why.
            var broken =
                    problem.code() == ErrorCode.ARCHIVE_TRUNCATED
                            || problem.code() == ErrorCode.ARCHIVE_DAMAGED
                            || problem.code() == ErrorCode.ARCHIVE_INCOMPLETE;
            if (!broken) throw problem;
            // Where the bytes are wrong it may write for ever; where they end it is about to leave,
            // and a
            // signal of ours would hide the status it leaves with.
            if (problem.code() == ErrorCode.ARCHIVE_DAMAGED && running.isAlive()) throw problem;
            var status = running.waitFor(EXIT_LIMIT);
            if (status != 0) throw DumpFailure.explain(status, running.stderr());
            throw problem;
        }
    }

    private StoredObject storeGlobals(
            Order.Backup order,
            BackupId backup,
            DatabaseName database,
            LoginSource logins,
            ToolSet tool,
            ServerFacts facts,
            TaskLog log) {
        progress.stage("globals", order.server().value(), 0);
        // Hours may have passed since the dump connected: its password may not be the one of now.
        var command = PgDump.globals(tool, logins.login(), database, facts.role().readsPasswords());
        log.line("running " + command);
        var finished = Processes.run(command, GLOBALS_LIMIT);
        finished.stderr().forEach(log::line);
        if (!finished.succeeded()) throw DumpFailure.explain(finished.status(), finished.stderr());
        if (finished.truncated())
            throw new Problem(
                    ErrorCode.DUMP_FAILED,
                    "pg_dumpall --globals-only printed more than can be kept",
                    "Roles and tablespaces are expected to fit into a few MB.");
        var sql = finished.stdout().getBytes(StandardCharsets.UTF_8);
        return storeSmall(
                order, backup, database, Layout.GLOBALS, Zstd.compress(sql, order.level()));
    }

    private StoredObject storeSmall(
            Order.Backup order, BackupId backup, DatabaseName database, String name, byte[] bytes) {
        try (var upload = store.upload(Layout.of(order.server(), database, backup, name))) {
            upload.write(bytes, 0, bytes.length);
            return upload.complete();
        }
    }

    private void abortLeftovers(Order.Backup order, DatabaseName database) {
        // We hold the database's claim: whatever is under way here is nobody's any more.
        try (var uploads = store.pendingUploads(Layout.folder(order.server(), database))) {
            uploads.toList().forEach(store::abort);
        }
    }

    private List<String> notices(
            Order.Backup order, DatabaseName database, ToolSet tool, ServerFacts facts) {
        var notices = new ArrayList<String>();
        if (tool.olderThan(facts.version()))
            notices.add(
                    "tool older than server: pg_dump "
                            + tool.version()
                            + " and PostgreSQL "
                            + facts.version()
                            + "; only a drill can call this backup proven");
        previous(order, database, notices)
                .flatMap(Manifest::systemIdentifier)
                .filter(before -> !facts.systemIdentifier().map(before::equals).orElse(true))
                .ifPresent(before -> notices.add(changed(before, facts.systemIdentifier())));
        if (!facts.preparedTransactions().isEmpty())
            notices.add(
                    facts.preparedTransactions().size()
                            + " prepared transactions are in no dump: what they changed is missing");
        return notices;
    }

    private static String changed(SystemIdentifier before, Optional<SystemIdentifier> now) {
        return "the server's system identifier changed from "
                + before
                + " to "
                + now.map(SystemIdentifier::value).orElse("unknown")
                + ": upgraded or rebuilt?";
    }

    /// The newest backup by name: good enough to notice a change, and one read.
    private Optional<Manifest> previous(
            Order.Backup order, DatabaseName database, List<String> notices) {
        Optional<ObjectKey> newest;
        try (var objects = store.list(Layout.folder(order.server(), database))) {
            newest =
                    objects.map(StoredObject::key)
                            .filter(key -> key.name().equals(Layout.MANIFEST))
                            .reduce((first, second) -> second);
        }
        try {
            return newest.flatMap(store::document).map(Manifests::read);
        } catch (Problem problem) {
            if (problem.transientFailure()) throw problem;
            // One bad backup is a reason to make the next one, not to refuse it.
            notices.add("the backup before this one cannot be read: " + problem.what());
            return Optional.empty();
        }
    }

    private Manifest manifest(
            Run run,
            Order.Backup order,
            BackupId backup,
            DatabaseName database,
            Instant started,
            ToolSet tool,
            ServerFacts facts,
            Dump dump,
            List<Manifest.ManifestObject> objects,
            List<String> notices) {
        var about = facts.database();
        var archive = dump.pumped().facts();
        return new Manifest(
                Manifest.FORMAT,
                backup,
                BackupKind.LOGICAL,
                order.server(),
                database,
                run.run(),
                facts.systemIdentifier(),
                facts.version().toString(),
                new Manifest.Tool(
                        "pg_dump", tool.version().toString(), tool.olderThan(facts.version())),
                version,
                dump.command(),
                order.selection(),
                new Manifest.Snapshot(
                        facts.serverTime(),
                        facts.lsn().map(interval -> interval.from()),
                        facts.lsn().map(interval -> interval.to()),
                        facts.timeline().orElse(0)),
                started,
                clock.instant(),
                new Manifest.Shape(
                        facts.version().major(),
                        about.encoding(),
                        about.collate(),
                        about.ctype(),
                        about.localeProvider(),
                        about.locale(),
                        facts.bootstrapSuperuser()),
                new Manifest.Totals(
                        about.size().bytes(),
                        archive.archiveBytes(),
                        dump.stored().size(),
                        archive.entries().size(),
                        archive.tables().size(),
                        archive.rows(),
                        archive.largeObjects().size()),
                new Manifest.Compression("zstd", order.level()),
                objects,
                dump.warnings(),
                notices,
                StockRestore.line(store.uri(), order, database, backup));
    }

    private static Manifest.ManifestObject object(String role, StoredObject stored) {
        return new Manifest.ManifestObject(
                role, stored.key(), stored.size(), stored.crc32c().orElse(""), stored.versionId());
    }
}
