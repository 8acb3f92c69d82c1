package io.pgvigil.task.physical;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.Point;
import io.pgvigil.core.wal.RecoveryPlan;
import io.pgvigil.core.wal.RecoveryPlanner;
import io.pgvigil.postgres.Processes;
import io.pgvigil.task.InOrder;
import io.pgvigil.task.Progress;
import io.pgvigil.task.Space;
import io.pgvigil.task.Stopwatch;
import io.pgvigil.task.StoredBackup;
import io.pgvigil.wire.BackupManifest;
import io.pgvigil.wire.BaseDocument;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.WalCatalog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Makes a data folder of a physical backup, in which a server of the same major starts.
///
/// Says first what it will do; refuses places that are not empty, and disks that are too small. A
/// restore that fails takes away what it has written.
public final class ClusterRestore {
    private static final Duration SYNC_LIMIT = Duration.ofHours(1);

    private static final String SETTINGS =
            "# Recovery, by pgvigil; the last line of a name counts.";

    private final ObjectStore store;
    private final Progress progress;
    private final InstantSource clock;

    public ClusterRestore(ObjectStore store, Progress progress, InstantSource clock) {
        this.store = store;
        this.progress = progress;
        this.clock = clock;
    }

    /// A restore that could not be done ends in a record with its failure, like one that was done.
    public RestoreRecord run(Run run, Order.Recover order, Manifest manifest) {
        return new Restore(run, order, manifest).perform();
    }

    private final class Restore {
        private final Run run;
        private final Order.Recover order;
        private final Manifest manifest;
        private final Physical physical;
        private final Path root;
        private final Path spoolFolder;
        private Optional<WalSpool> spool = Optional.empty();
        private final Map<Physical.Tablespace, Path> spaces = new LinkedHashMap<>();
        private final List<String> plan = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private final WrittenFiles files = new WrittenFiles();
        private final Stopwatch watch = new Stopwatch();

        Restore(Run run, Order.Recover order, Manifest manifest) {
            this.run = run;
            this.order = order;
            this.manifest = manifest;
            this.physical =
                    manifest.physical()
                            .orElseThrow(() ->
                                    new Problem(
                                            ErrorCode.NOT_SUPPORTED_HERE,
                                            "backup "
                                                    + manifest.backup()
                                                    + " is of one database and has no data folder",
                                            "Restore it into a database: --to postgresql://…"));
            this.root = absolute(order.folder());
            this.spoolFolder = absolute(order.folder() + ".wal");
        }

        RestoreRecord perform() {
            var started = clock.instant();
            Optional<Failure> failure = Optional.empty();
            try {
                work();
            } catch (Problem problem) {
                failure = Optional.of(Failure.of(problem));
            } catch (UncheckedIOException e) {
                failure = Optional.of(Failure.of(failed(new IOException(e.getMessage(), e))));
            } catch (IOException e) {
                failure = Optional.of(Failure.of(failed(e)));
            }
            return new RestoreRecord(
                    RestoreRecord.FORMAT,
                    run.run(),
                    manifest.backup(),
                    manifest.server(),
                    manifest.database(),
                    root.toString(),
                    order.dryRun(),
                    started,
                    clock.instant(),
                    plan,
                    warnings,
                    List.of(),
                    Optional.empty(),
                    watch.seconds(),
                    failure);
        }

        private void work() throws IOException {
            var facts = facts();
            choosePlaces();
            var reachable = order.point().map(this::planned);
            describe(reachable);
            requireEmpty(root);
            if (spool.isPresent()) requireEmpty(spoolFolder);
            for (var place : spaces.values()) requireEmpty(place);
            requireSpace(facts);
            if (order.dryRun()) return;
            var made = new ArrayList<Path>();
            var whole = false;
            try {
                make(root, made);
                for (var place : spaces.values()) make(place, made);
                fetch(facts);
                complete();
                compare();
                watch.lap("fetch");
                settle();
                if (spool.isPresent()) {
                    make(spoolFolder, made);
                    prepareRecovery(spool.get());
                    watch.lap("wal");
                }
                Unpacking.release(root);
                sync();
                watch.lap("sync");
                whole = true;
            } finally {
                // Half a data folder is worse than none.
                if (!whole) made.forEach(Restore.this::empty);
            }
        }

        private BaseDocument facts() {
            return Json.read(
                    new StoredBackup(store, manifest, progress).factsDocument(),
                    BaseDocument.class,
                    BaseDocument.FORMAT);
        }

        private void choosePlaces() {
            var unknown = new ArrayList<>(order.tablespaces().keySet());
            for (var space : physical.tablespaces()) {
                unknown.remove(space.name());
                var chosen = order.tablespaces().get(space.name());
                spaces.put(space, absolute(chosen == null ? space.location() : chosen));
            }
            if (!unknown.isEmpty())
                throw new Problem(
                        ErrorCode.USAGE_INVALID,
                        "backup " + manifest.backup() + " has no tablespace " + unknown.getFirst(),
                        physical.tablespaces().isEmpty()
                                ? "It has none besides the two that every server has."
                                : "It has "
                                        + physical.tablespaces().stream()
                                                .map(Physical.Tablespace::name)
                                                .toList()
                                        + ".");
            for (var place : spaces.values())
                if (place.startsWith(root) || root.startsWith(place))
                    throw new Problem(
                            ErrorCode.USAGE_INVALID,
                            "a tablespace cannot be in "
                                    + place
                                    + ", beside or around the data folder "
                                    + root,
                            "Name a place of its own with --tablespace NAME=FOLDER.");
        }

        private RecoveryPlan.Reachable planned(Point point) {
            var log = new WalCatalog(store).of(manifest);
            return switch (new RecoveryPlanner(log.bases(), log.wal())
                    .plan(point.target(), point.chosenTimeline(), Optional.of(manifest.backup()))) {
                case RecoveryPlan.Refused(var code, var what, var hint) ->
                        throw new Problem(code, what, hint);
                case RecoveryPlan.Reachable reachable -> {
                    var fetched = new WalSpool(spoolFolder, log, reachable);
                    // The base alone needs no recovery but its own.
                    if (!fetched.isEmpty() || reachable.settings().size() > 1)
                        spool = Optional.of(fetched);
                    yield reachable;
                }
            };
        }

        private void prepareRecovery(WalSpool wal) throws IOException {
            progress.stage("wal", spoolFolder.toString(), wal.bytes());
            wal.fetch(store, order.jobs(), bytes -> progress.moved(bytes, 0));
            var text = new StringBuilder("\n").append(SETTINGS).append('\n');
            wal.settings()
                    .forEach((name, value) ->
                            text.append(name)
                                    .append(" = '")
                                    .append(value.replace("'", "''"))
                                    .append("'\n"));
            Files.writeString(
                    root.resolve("postgresql.auto.conf"),
                    text,
                    java.nio.file.StandardOpenOption.CREATE,
                    java.nio.file.StandardOpenOption.APPEND);
            Files.createFile(root.resolve("recovery.signal"));
            warnings.add(
                    "the WAL for the recovery is in "
                            + spoolFolder
                            + ", for the same user; remove it when the server is up, and take the settings"
                            + " back: "
                            + wal.settings().keySet().stream()
                                    .map(name -> "alter system reset " + name + ";")
                                    .collect(java.util.stream.Collectors.joining(" ")));
        }

        private void describe(Optional<RecoveryPlan.Reachable> reachable) {
            plan.add(
                    "make the data folder "
                            + root
                            + " from "
                            + ByteSize.of(manifest.object("base").size())
                            + " stored");
            spaces.forEach((space, place) ->
                    plan.add("put tablespace " + space.name() + " into " + place));
            if (spool.isEmpty()) {
                plan.add(
                        "leave a server that recovers to "
                                + physical.end()
                                + ", as of "
                                + physical.ended());
                return;
            }
            warnings.addAll(reachable.orElseThrow().reasons());
            plan.add(
                    "fetch "
                            + spool.get().segments()
                            + " WAL segments into "
                            + spoolFolder
                            + ", "
                            + ByteSize.of(spool.get().bytes()));
            plan.add(
                    "leave a server that recovers to "
                            + order.point().orElseThrow().target().words()
                            + " on timeline "
                            + reachable.orElseThrow().path().timeline());
        }

        private void requireEmpty(Path place) throws IOException {
            if (!Files.exists(place)) return;
            if (!Files.isDirectory(place))
                throw new Problem(
                        ErrorCode.TARGET_NOT_EMPTY,
                        place + " is there and is no folder",
                        "Name a folder that is empty or not there yet.");
            try (var entries = Files.list(place)) {
                if (entries.findAny().isPresent())
                    throw new Problem(
                            ErrorCode.TARGET_NOT_EMPTY,
                            place + " is not empty",
                            "Nothing is ever restored over files. Move them away, or name another"
                                    + " folder; a running server's folder least of all.");
            }
        }

        private void requireSpace(BaseDocument facts) throws IOException {
            var needs = new LinkedHashMap<Object, Need>();
            for (var archive : facts.archives())
                need(
                        spaces.entrySet().stream()
                                .filter(entry -> entry.getKey().role().equals(archive.role()))
                                .map(Map.Entry::getValue)
                                .findFirst()
                                .orElse(root),
                        archive.bytes(),
                        needs);
            if (spool.isPresent()) need(spoolFolder, spool.get().bytes(), needs);
            for (var need : needs.values())
                if (Space.usable(need.place()) < need.bytes())
                    throw new Problem(
                            ErrorCode.SPACE_MISSING,
                            "the restore needs %s on the disk of %s, which has %s"
                                    .formatted(
                                            ByteSize.of(need.bytes()),
                                            need.place(),
                                            ByteSize.of(Space.usable(need.place()))),
                            "Make room, or name a folder on a larger disk.");
        }

        /// @param place one of those on the same disk
        private record Need(Path place, long bytes) {}

        private void need(Path place, long bytes, Map<Object, Need> needs) throws IOException {
            var there = existing(place);
            needs.merge(
                    Space.disk(there),
                    new Need(there, bytes),
                    (one, other) -> new Need(one.place(), one.bytes() + other.bytes()));
        }

        private void make(Path place, List<Path> made) throws IOException {
            made.add(place);
            Files.createDirectories(place);
            // A server refuses a data folder that others can read.
            Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwx------"));
        }

        private void fetch(BaseDocument facts) {
            var total = facts.archives().stream().mapToLong(BaseDocument.Archive::bytes).sum();
            progress.stage("fetch", manifest.object("base").key().value(), total);
            var reader = new FrameReader(store, order.jobs(), writers());
            try (var writeback = new Writeback()) {
                fetch(facts, reader, writeback);
            }
        }

        /// Each computes, too, and wants the next frame to be there when it is done with one.
        private int writers() {
            var processors = Runtime.getRuntime().availableProcessors();
            return Math.clamp(order.jobs() / 2, 1, processors);
        }

        private void fetch(BaseDocument facts, FrameReader reader, Writeback writeback) {
            var before = 0L;
            for (var archive : facts.archives()) {
                var space =
                        spaces.keySet().stream()
                                .filter(one -> one.role().equals(archive.role()))
                                .findFirst();
                var place = space.map(spaces::get).orElse(root);
                var prefix = space.map(one -> "pg_tblspc/" + one.oid() + "/").orElse("");
                var done = before;
                reader.read(
                        manifest.object(archive.role()),
                        archive,
                        () -> new Unpacking(place, prefix, writeback, files),
                        bytes -> progress.moved(done + bytes, 0));
                before += archive.bytes();
            }
        }

        /// What the archives do not bring: the links to tablespaces, and backup_manifest beside several.
        private void complete() throws IOException {
            for (var entry : spaces.entrySet()) {
                var link = root.resolve("pg_tblspc").resolve("" + entry.getKey().oid());
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, entry.getValue());
            }
            var file = root.resolve("backup_manifest");
            if (Files.exists(file)) return;
            try (var in =
                            new ZstdInputStreamNoFinalizer(
                                    store.read(manifest.object("backup_manifest").key()));
                    var out = Files.newOutputStream(file)) {
                in.transferTo(out);
            }
        }

        /// Every file as the server copied it.
        private void compare() {
            files.complaint(new BackupManifest(root.resolve("backup_manifest")))
                    .ifPresent(complaint -> {
                        throw new Problem(
                                ErrorCode.OBJECT_DAMAGED,
                                manifest.backup() + " is not what the server copied: " + complaint,
                                "Restore from another backup.");
                    });
        }

        /// The folder as an operator expects it: tablespaces where they are now, nobody's standby.
        private void settle() throws IOException {
            var map = root.resolve("tablespace_map");
            if (Files.exists(map)) {
                var text = Files.readString(map);
                for (var entry : spaces.entrySet())
                    text =
                            Pattern.compile("(?m)^" + entry.getKey().oid() + " .*$")
                                    .matcher(text)
                                    .replaceAll(
                                            java.util.regex.Matcher.quoteReplacement(
                                                    entry.getKey().oid() + " " + entry.getValue()));
                Files.writeString(map, text);
            }
            if (Files.deleteIfExists(root.resolve("standby.signal")))
                warnings.add(
                        "the source was a standby; standby.signal was left out, so that this server does"
                                + " not follow the source's primary");
            for (var name : List.of("postgresql.conf", "postgresql.auto.conf"))
                if (archives(root.resolve(name)))
                    warnings.add(
                            name
                                    + " sets archive_command: started as it is, this server archives to the"
                                    + " same place as the source; start it with -c archive_mode=off");
            if (!Files.exists(root.resolve("postgresql.conf")))
                warnings.add(
                        "the backup holds no postgresql.conf: on the source it was outside of the data"
                                + " folder");
        }

        private static final Pattern ARCHIVES =
                Pattern.compile("(?m)^\\s*archive_command\\s*=?\\s*'[^']+'");

        private boolean archives(Path file) throws IOException {
            return Files.exists(file)
                    && ARCHIVES.matcher(Files.readString(file, StandardCharsets.ISO_8859_1)).find();
        }

        /// So that a power cut right behind does not take it back.
        private void sync() {
            progress.stage("sync", root.toString(), 0);
            var places = new ArrayList<>(List.of("sync", "-f", root.toString()));
            spaces.values().forEach(place -> places.add(place.toString()));
            if (spool.isPresent()) places.add(spoolFolder.toString());
            var finished = Processes.run(new Command(places, Map.of()), SYNC_LIMIT);
            if (!finished.succeeded())
                warnings.add("the disk was not asked to write everything down: run sync yourself");
        }

        private void empty(Path place) {
            try (var tree = Files.walk(place)) {
                for (var path : tree.sorted(Comparator.reverseOrder()).toList())
                    if (!path.equals(place)) Files.delete(path);
            } catch (IOException e) {
                warnings.add("what was written to " + place + " is still there: " + e.getMessage());
            }
        }
    }

    /// How far a server in this data folder is going to recover; empty when the base is all there is.
    static Map<String, String> settings(Path data) throws IOException {
        var settings = new LinkedHashMap<String, String>();
        var file = data.resolve("postgresql.auto.conf");
        if (!Files.exists(file)) return settings;
        var ours = false;
        for (var line : Files.readAllLines(file)) {
            if (line.equals(SETTINGS)) ours = true;
            var cut = line.indexOf(" = '");
            if (ours && cut > 0)
                settings.put(
                        line.substring(0, cut),
                        line.substring(cut + 4, line.length() - 1).replace("''", "'"));
        }
        return settings;
    }

    private static Path absolute(String folder) {
        return Path.of(folder).toAbsolutePath().normalize();
    }

    private static Path existing(Path place) {
        var path = place;
        while (!Files.exists(path)) {
            var parent = path.getParent();
            if (parent == null) return path;
            path = parent;
        }
        return path;
    }

    private static Problem failed(IOException e) {
        // An interrupt closes the file that is being written.
        if (Thread.currentThread().isInterrupted()) return InOrder.cancelled(e);
        return new Problem(
                ErrorCode.LOCAL_IO_FAILED,
                "the data folder cannot be written: " + e,
                "Is the disk full, or may this user not write there?",
                e);
    }
}
