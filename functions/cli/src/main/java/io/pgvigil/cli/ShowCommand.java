package io.pgvigil.cli;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectLock;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Copies;
import io.pgvigil.wire.Json;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Show everything that is known about one backup.")
final class ShowCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Parameters(
            defaultValue = "latest",
            paramLabel = "BACKUP",
            description = "A backup's id, latest (default), or latest-proven.")
    private String backup = "latest";

    @Override
    public Integer call() {
        var store = Stores.open(common.store(), System.getenv());
        var catalog = new Catalog(store);
        var manifest = catalog.resolve(backup, common.filter());
        var drills =
                catalog.drills(manifest.server(), manifest.database()).stream()
                        .filter(drill -> drill.backup().equals(manifest.backup()))
                        .toList();
        var windows = Windows.of(store, List.of(manifest)).getOrDefault(manifest, List.of());
        var copies = new Copies(store).of(manifest);
        var missing = Offsite.of(store, List.of(manifest), common).missing(manifest);
        var lock = locked(store, manifest);
        if (common.json()) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("manifest", manifest);
            shape.put("drills", drills);
            shape.put("copies", copies);
            shape.put("copiesMissing", missing);
            lock.known().ifPresent(known -> shape.put("lock", shape(known)));
            if (manifest.physical().isPresent()) shape.put("windows", Windows.shape(windows));
            System.out.println(Json.line(shape));
            return ExitStatus.DONE.code();
        }
        System.out.print(words(manifest));
        for (var copy : copies)
            System.out.printf("copy           in %s, checked %s%n", copy.to(), copy.checked());
        for (var place : missing)
            System.out.printf(
                    "copy           not in %s; pgvigil copy %s sends it%n",
                    place, manifest.backup());
        if (!lock.words().isEmpty()) System.out.println("lock           " + lock.words());
        for (var drill : drills)
            System.out.printf(
                    Locale.ROOT,
                    "drill          %s: %s, %s%n",
                    drill.finished(),
                    drill.verdict().word(),
                    drill.recovery()
                            .map(seconds -> "recovery in " + Screen.seconds(seconds))
                            .orElse("nothing was recovered"));
        if (manifest.physical().isPresent()) {
            for (var window : windows)
                System.out.println("recovers       " + Windows.words(window));
            System.out.println();
            System.out.println("Restore it with pgvigil, on the host that is to run the server:");
            System.out.println("  pgvigil restore " + manifest.backup() + " --to /data/rescued");
            System.out.println("Make a data folder of it without pgvigil (PGDATA says where):");
            System.out.println("  " + manifest.restoreWith());
            return ExitStatus.DONE.code();
        }
        if (drills.isEmpty())
            System.out.println(
                    "drill          never tried; pgvigil verify " + manifest.backup() + " does it");
        System.out.println();
        System.out.println("Restore it with pgvigil:");
        System.out.println(
                "  pgvigil restore "
                        + manifest.backup()
                        + " --to postgresql://user@host/ --create");
        System.out.println("Restore it without pgvigil (PGHOST, PGUSER and so on say where to):");
        System.out.println("  " + manifest.restoreWith());
        return ExitStatus.DONE.code();
    }

    /// @param known empty where the store locks nothing, or does not say
    private record Locked(Optional<ObjectLock> known, String words) {}

    /// What holds of all of its objects.
    private static Locked locked(ObjectStore store, Manifest manifest) {
        try {
            return store.locking()
                    .map(locking ->
                            Stream.concat(
                                            manifest.objects().stream().map(object -> object.key()),
                                            Stream.of(
                                                    Layout.of(
                                                            manifest.server(),
                                                            manifest.database(),
                                                            manifest.backup(),
                                                            Layout.MANIFEST)))
                                    .map(locking::lockOf)
                                    .reduce(ObjectLock::weaker)
                                    .orElse(ObjectLock.NONE))
                    .map(lock ->
                            new Locked(
                                    Optional.of(lock), lock.obstacle(Instant.now()).orElse("none")))
                    .orElse(new Locked(Optional.empty(), ""));
        } catch (Problem problem) {
            return new Locked(Optional.empty(), "not known: " + problem.what());
        }
    }

    private static Map<String, Object> shape(ObjectLock lock) {
        var shape = new LinkedHashMap<String, Object>();
        lock.retained()
                .ifPresent(retained -> {
                    shape.put("mode", retained.mode().word());
                    shape.put("until", retained.until());
                });
        shape.put("legalHold", lock.legalHold());
        return shape;
    }

    private static String words(Manifest manifest) {
        var text = new StringBuilder();
        line(text, "backup", manifest.backup() + "");
        line(text, "database", manifest.server() + "/" + manifest.database());
        line(
                text,
                "server",
                "PostgreSQL "
                        + manifest.serverVersion()
                        + manifest.systemIdentifier()
                                .map(id -> ", system identifier " + id)
                                .orElse(""));
        line(
                text,
                "made by",
                manifest.tool().name()
                        + " "
                        + manifest.tool().version()
                        + ", pgvigil "
                        + manifest.pgvigilVersion());
        line(text, "shows", "the moment " + manifest.snapshot().taken() + positions(manifest));
        line(
                text,
                "took",
                Screen.seconds(manifest.duration().toMillis() / 1000.0)
                        + ", finished "
                        + manifest.finished());
        var totals = manifest.totals();
        if (manifest.physical().isPresent()) physical(text, manifest.physical().get());
        else
            line(
                    text,
                    "holds",
                    String.format(
                            Locale.ROOT,
                            "%,d tables, %,d rows, %,d large objects, %,d entries",
                            totals.tables(),
                            totals.rows(),
                            totals.largeObjects(),
                            totals.entries()));
        line(
                text,
                "size",
                "%s stored, %s of archive, %s database"
                        .formatted(
                                Screen.size(totals.storedBytes()),
                                Screen.size(totals.archiveBytes()),
                                Screen.size(totals.databaseBytes())));
        if (!manifest.selection().complete()) line(text, "selection", manifest.selection() + "");
        for (var object : manifest.objects())
            line(
                    text,
                    object.role(),
                    object.key()
                            + ", "
                            + Screen.size(object.size())
                            + ", CRC-32C "
                            + object.crc32c());
        manifest.notices().forEach(notice -> line(text, "notice", notice));
        manifest.warnings().forEach(warning -> line(text, "warning", warning));
        return text.toString();
    }

    private static void physical(StringBuilder text, Physical base) {
        line(
                text,
                "holds",
                String.format(
                        Locale.ROOT,
                        "%,d files, and the WAL from %s to %s on timeline %d",
                        base.files(),
                        base.begin(),
                        base.end(),
                        base.timeline()));
        if (base.standby()) line(text, "copied from", "a standby");
        for (var space : base.tablespaces())
            line(text, "tablespace", space.name() + " at " + space.location());
    }

    private static String positions(Manifest manifest) {
        var snapshot = manifest.snapshot();
        return snapshot.before()
                .flatMap(from -> snapshot.after().map(to -> ", WAL " + from + " to " + to))
                .orElse("");
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-14s %s%n", name, value));
    }
}
