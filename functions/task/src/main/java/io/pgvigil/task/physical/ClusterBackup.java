package io.pgvigil.task.physical;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.pgvigil.archive.ArchiveException;
import io.pgvigil.archive.tar.TarListener;
import io.pgvigil.archive.tar.TarScanner;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Manifest.ManifestObject;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.LoginSource;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.Running;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.physical.BasebackupFailure;
import io.pgvigil.postgres.physical.ClusterFacts;
import io.pgvigil.postgres.physical.HeldWal;
import io.pgvigil.postgres.physical.PgBasebackup;
import io.pgvigil.postgres.physical.SourceCluster;
import io.pgvigil.task.Archives;
import io.pgvigil.task.Progress;
import io.pgvigil.task.TaskLog;
import io.pgvigil.task.WorkFolder;
import io.pgvigil.task.dump.DatabaseBackup;
import io.pgvigil.task.dump.Deadline;
import io.pgvigil.wire.BaseDocument;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Backs up a whole server: everything up to the point where only the seal is missing.
///
/// The server copies itself into a tar archive, its WAL from begin to end inside, while a slot of ours
/// keeps that WAL from being removed. The archive is compressed and stored as it passes; only a server
/// with several tablespaces needs a disk here, because pg_basebackup writes those to files.
public final class ClusterBackup {
    /// After its last byte pg_basebackup has nothing left to do.
    private static final Duration EXIT_LIMIT = Duration.ofMinutes(1);

    /// What comes on top of the databases' own bytes: WAL, catalogs that all share, tar headers.
    private static final double ON_TOP = 1.1;

    private static final long FIXED_ON_TOP = 1L << 30;

    /// The database through which the server is asked: every server has it.
    public static final DatabaseName ENTRY = new DatabaseName("postgres");

    private final ObjectStore store;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;
    private final String version;
    private final int workers;
    private final Path work;

    /// @param version of pgvigil, for the manifest
    /// @param workers threads that compress
    /// @param work where tablespaces go on their way, where there are several
    public ClusterBackup(
            ObjectStore store,
            Tools tools,
            Progress progress,
            InstantSource clock,
            String version,
            int workers,
            Path work) {
        this.store = store;
        this.tools = tools;
        this.progress = progress;
        this.clock = clock;
        this.version = version;
        this.workers = workers;
        this.work = work;
    }

    /// Stores the archives, backup_manifest, facts and log, in this order, and returns the manifest to
    /// seal.
    public Manifest make(
            Run run, Order.Physical order, LoginSource logins, DatabaseBackup.Claim claim) {
        return new Copy(run, order, logins, claim).make();
    }

    /// One tar archive on its way.
    private record Stored(String role, StoredObject object, BaseDocument.Archive archive) {}

    /// One run of it.
    private final class Copy {
        private final Instant started = clock.instant();
        private final TaskLog log = new TaskLog(clock);
        private final Run run;
        private final Order.Physical order;
        private final LoginSource logins;
        private final DatabaseBackup.Claim claim;
        private final BackupId backup;
        private final SourceCluster source;

        Copy(Run run, Order.Physical order, LoginSource logins, DatabaseBackup.Claim claim) {
            this.run = run;
            this.order = order;
            this.logins = logins;
            this.claim = claim;
            this.backup = RunIds.backup(run.run(), DatabaseName.CLUSTER);
            this.source = new SourceCluster(logins, ENTRY);
        }

        Manifest make() {
            // We hold the server's claim: whatever is under way here is nobody's any more.
            abortLeftovers();
            progress.stage("connect", logins.endpoint().toString(), 0);
            var facts = source.facts();
            var tool = tools.forCopy(facts.version());
            var notices = new ArrayList<>(notices(tool, facts));

            // The slot before the copy: from here on the server keeps the WAL that the copy will
            // need.
            try (var held = HeldWal.take(logins.login(), slot())) {
                log.line("holding WAL from before " + held.flushed() + " with slot " + slot());
                var manifestKey = key(Layout.BACKUP_MANIFEST);
                try (var manifestUpload = store.upload(manifestKey);
                        var packed = compressed(manifestUpload)) {
                    var scan = new BaseScan(packed);
                    var copied =
                            facts.tablespaces().isEmpty()
                                    ? throughPipe(tool, facts, scan)
                                    : throughDisk(tool, facts, scan);
                    var found =
                            scan.found(
                                    held.systemIdentifier(),
                                    new WalSegmentSize(facts.segmentBytes()));
                    var moment = source.moment();
                    packed.close();
                    var objects = new ArrayList<ManifestObject>();
                    copied.archives().forEach(one -> objects.add(object(one.role(), one.object())));
                    claim.requireHeld();
                    objects.add(object("backup_manifest", manifestUpload.complete()));
                    objects.add(object("facts", small(Layout.FACTS, facts(copied))));
                    notices.forEach(log::line);
                    notices.forEach(progress::note);
                    log.line(
                            "WAL from %s to %s is in the copy; what is missing is the seal"
                                    .formatted(found.begin(), found.end()));
                    objects.add(object("log", small(Layout.LOG, log.bytes())));
                    return manifest(tool, facts, held, found, moment, copied, objects, notices);
                } catch (IOException e) {
                    throw failed(e);
                }
            }
        }

        /// @param tarBytes of all archives together
        private record Copied(String command, List<Stored> archives, long tarBytes) {}

        private Copied throughPipe(ToolSet tool, ClusterFacts facts, BaseScan scan) {
            var command = PgBasebackup.toStdout(tool, logins.login(), "pgvigil " + backup);
            log.line("running " + command);
            progress.stage("copy", order.server().value(), facts.bytes());
            try (var running = Processes.start(command, log::line);
                    var deadline = new Deadline(running, order.longest());
                    var upload = store.upload(key(Layout.BASE))) {
                Stored stored;
                try (var frames = new FramedStream(upload, order.level(), workers)) {
                    var bytes = pump(running, deadline, frames, scan);
                    requireSuccess(running, deadline);
                    stored = complete("base", upload, frames, bytes);
                }
                return new Copied(command.toString(), List.of(stored), stored.archive().bytes());
            }
        }

        private long pump(Running running, Deadline deadline, FramedStream frames, BaseScan scan) {
            try {
                return pump(running.stdout(), frames, scan);
            } catch (ArchiveException | IOException e) {
                deadline.throwIfOver();
                // An archive that breaks off is what a failed copy looks like from behind; its own
                // words say why. Where the bytes are wrong it may write for ever.
                var wrong =
                        e instanceof ArchiveException broken
                                && broken.kind() != ArchiveException.Kind.TRUNCATED;
                if (!wrong || !running.isAlive()) requireSuccess(running, deadline);
                if (e instanceof ArchiveException broken)
                    throw Archives.problem("the copy", broken);
                throw failed((IOException) e);
            }
        }

        private long pump(InputStream tar, FramedStream frames, TarListener listener)
                throws IOException {
            var scanner = new TarScanner(new Sectioning(frames, listener));
            while (true) {
                var count = tar.read(frames.room(), frames.roomOffset(), frames.roomLength());
                if (count < 0) break;
                scanner.feed(frames.room(), frames.roomOffset(), count);
                frames.written(count);
                progress.moved(scanner.bytes(), 0);
                if (Thread.currentThread().isInterrupted())
                    throw new Problem(
                            ErrorCode.RUN_CANCELLED,
                            "the backup was cancelled",
                            "Nothing of it was kept; start it again when you are ready.");
            }
            scanner.finish();
            frames.finish();
            return scanner.bytes();
        }

        private void requireSuccess(Running running, Deadline deadline) {
            var status = running.waitFor(EXIT_LIMIT);
            deadline.throwIfOver();
            if (status != 0) throw BasebackupFailure.explain(status, running.stderr());
        }

        private Copied throughDisk(ToolSet tool, ClusterFacts facts, BaseScan scan)
                throws IOException {
            var need = ByteSize.of((long) (facts.bytes() * ON_TOP) + FIXED_ON_TOP);
            var purpose =
                    "backing up a server with "
                            + (facts.tablespaces().size() + 1)
                            + " places for its files";
            try (var folder = WorkFolder.create(work, need, purpose)) {
                var target = folder.path().resolve("base");
                var command =
                        PgBasebackup.toFolder(tool, logins.login(), "pgvigil " + backup, target);
                log.line("running " + command);
                progress.stage("copy", order.server().value(), facts.bytes());
                try (var running = Processes.start(command, log::line);
                        var deadline = new Deadline(running, order.longest())) {
                    var status = running.waitFor(order.longest());
                    deadline.throwIfOver();
                    if (status != 0) throw BasebackupFailure.explain(status, running.stderr());
                }
                progress.stage("store", order.server().value(), facts.bytes());
                var archives = new ArrayList<Stored>();
                archives.add(file(target.resolve("base.tar"), "base", Layout.BASE, scan));
                for (var space : facts.tablespaces())
                    archives.add(
                            file(
                                    target.resolve(space.oid() + ".tar"),
                                    role(space),
                                    space.oid() + ".tar.zst",
                                    TarListener.NONE));
                try (var in = Files.newInputStream(target.resolve("backup_manifest"))) {
                    var buffer = new byte[1 << 16];
                    for (int count; (count = in.read(buffer)) >= 0; )
                        scan.manifestContent(buffer, 0, count);
                }
                return new Copied(
                        command.toString(),
                        archives,
                        archives.stream().mapToLong(one -> one.archive().bytes()).sum());
            }
        }

        private Stored file(Path tar, String role, String name, TarListener listener)
                throws IOException {
            try (var in = Files.newInputStream(tar);
                    var upload = store.upload(key(name));
                    var frames = new FramedStream(upload, order.level(), workers)) {
                var bytes = pump(in, frames, listener);
                var stored = complete(role, upload, frames, bytes);
                // Its space is needed by nobody any more.
                Files.delete(tar);
                return stored;
            } catch (ArchiveException e) {
                throw Archives.problem(tar.getFileName() + "", e);
            }
        }

        private Stored complete(String role, ObjectUpload upload, FramedStream frames, long bytes) {
            // Somebody else may have taken over while we were thought dead.
            claim.requireHeld();
            var stored = upload.complete();
            if (stored.size() != frames.storedBytes())
                throw new Problem(
                        ErrorCode.OBJECT_DAMAGED,
                        "%s has %d bytes in the store, and %d were sent"
                                .formatted(stored.key(), stored.size(), frames.storedBytes()),
                        "Does something between here and the store change what passes?");
            log.line("stored %s, %d bytes for %d".formatted(stored.key(), stored.size(), bytes));
            return new Stored(
                    role,
                    stored,
                    new BaseDocument.Archive(
                            role,
                            bytes,
                            stored.size(),
                            frames.frames(),
                            Optional.of(frames.sections())));
        }

        private byte[] facts(Copied copied) {
            return Json.compactBytes(
                    new BaseDocument(
                            BaseDocument.FORMAT,
                            copied.archives().stream().map(Stored::archive).toList()));
        }

        private StoredObject small(String name, byte[] bytes) {
            try (var upload = store.upload(key(name))) {
                upload.write(bytes, 0, bytes.length);
                return upload.complete();
            }
        }

        private io.pgvigil.core.store.ObjectKey key(String name) {
            return Layout.of(order.server(), DatabaseName.CLUSTER, backup, name);
        }

        private OutputStream compressed(ObjectUpload upload) throws IOException {
            var zstd = new ZstdOutputStreamNoFinalizer(new UploadStream(upload), order.level());
            zstd.setChecksum(true);
            return zstd;
        }

        private void abortLeftovers() {
            try (var uploads =
                    store.pendingUploads(Layout.folder(order.server(), DatabaseName.CLUSTER))) {
                uploads.toList().forEach(store::abort);
            }
        }

        private String slot() {
            return "pgvigil_" + backup.value().substring(backup.value().lastIndexOf('-') + 1);
        }

        private List<String> notices(ToolSet tool, ClusterFacts facts) {
            var notices = new ArrayList<String>();
            if (tool.olderThan(facts.version()))
                notices.add(
                        "tool older than server: pg_basebackup "
                                + tool.version()
                                + " and PostgreSQL "
                                + facts.version());
            if (!facts.checksums())
                notices.add(
                        "the server's pages have no checksums: damage on its disk is copied unnoticed");
            return notices;
        }

        private Manifest manifest(
                ToolSet tool,
                ClusterFacts facts,
                HeldWal held,
                BaseScan.Found found,
                SourceCluster.Moment moment,
                Copied copied,
                List<ManifestObject> objects,
                List<String> notices) {
            var physical =
                    new Physical(
                            found.begin(),
                            found.end(),
                            found.timeline(),
                            facts.segmentBytes(),
                            found.segments(),
                            facts.inRecovery(),
                            facts.checksums(),
                            moment.at(),
                            Optional.of(moment.nextTransaction()),
                            moment.end().map(end -> new Physical.Seen(end, moment.at())),
                            facts.tablespaces().stream()
                                    .map(space ->
                                            new Physical.Tablespace(
                                                    space.oid(),
                                                    space.name(),
                                                    space.location(),
                                                    role(space)))
                                    .toList(),
                            found.files());
            return new Manifest(
                    Manifest.FORMAT,
                    backup,
                    BackupKind.PHYSICAL,
                    order.server(),
                    DatabaseName.CLUSTER,
                    run.run(),
                    Optional.of(held.systemIdentifier()),
                    facts.version().toString(),
                    new Manifest.Tool(
                            "pg_basebackup",
                            tool.version().toString(),
                            tool.olderThan(facts.version())),
                    version,
                    copied.command(),
                    Selection.EVERYTHING,
                    new Manifest.Snapshot(
                            moment.at(),
                            Optional.of(found.begin()),
                            Optional.of(found.end()),
                            found.timeline()),
                    started,
                    clock.instant(),
                    new Manifest.Shape(
                            facts.version().major(),
                            facts.encoding(),
                            facts.collate(),
                            facts.ctype(),
                            "libc",
                            Optional.empty(),
                            facts.superuser()),
                    new Manifest.Totals(
                            facts.bytes(),
                            copied.tarBytes(),
                            objects.stream().mapToLong(ManifestObject::size).sum(),
                            0,
                            0,
                            0,
                            0),
                    new Manifest.Compression("zstd", order.level()),
                    objects,
                    List.of(),
                    notices,
                    StockRecovery.line(store.uri(), objects, physical),
                    Optional.of(physical));
        }
    }

    private static String role(ClusterFacts.Space space) {
        return "tablespace-" + space.oid();
    }

    private static ManifestObject object(String role, StoredObject stored) {
        return new ManifestObject(
                role, stored.key(), stored.size(), stored.crc32c().orElse(""), stored.versionId());
    }

    private static Problem failed(IOException e) {
        if (e.getCause() instanceof Problem problem) return problem;
        return new Problem(
                ErrorCode.LOCAL_IO_FAILED,
                "the copy could not be passed on: " + e.getMessage(),
                "Did pg_basebackup end, or is the disk full? Its last words are in the log.",
                e);
    }
}
