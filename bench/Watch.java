import com.sun.management.OperatingSystemMXBean;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.watch.BackupNote;
import io.pgvigil.core.watch.DatabaseHistory;
import io.pgvigil.core.watch.DrillNote;
import io.pgvigil.core.watch.History;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.report.Reports;
import io.pgvigil.report.Sight;
import io.pgvigil.runtime.Announcements;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.watch.Findings;
import io.pgvigil.wire.Histories;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.config.ConfigurationReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/// A look of watch at many databases that were backed up every night of a year, in a directory, and the page
/// of them.
///
/// `Watch DATABASES FOLDER` prints one line of JSON. The store holds what retention leaves of the year; the
/// history remembers the rest, as it does.
final class Watch {
    private static final Instant NOW = Instant.parse("2026-11-25T09:00:00Z");
    private static final Instant LAST_NIGHT = Instant.parse("2026-11-25T02:30:00Z");
    private static final int NIGHTS = 365;
    private static final int PER_SERVER = 10;

    public static void main(String[] arguments) throws IOException {
        var databases = Integer.parseInt(arguments[0]);
        var folder = Path.of(arguments[1]).toAbsolutePath();
        var uri = new StoreUri.Directory(folder.resolve("store"));
        var directory = new DirectoryStore(uri);
        var history = fill(uri.path(), databases);
        new Histories(directory).keep(history);

        var calls = new AtomicInteger();
        var store = counted(directory, calls);
        var configuration = Optional.of(configuration(databases, uri));
        var findings =
                new Findings(
                        store,
                        ConfigurationSource.fixed(configuration),
                        new Announcements(store, Optional.empty(), () -> NOW),
                        Findings.KeySight.NONE,
                        StateLog.SILENT,
                        () -> NOW);
        var begun = System.nanoTime();
        var cpu = cpu();
        var look = findings.look(NOW);
        var lookSeconds = (System.nanoTime() - begun) / 1e9;
        var lookCpu = cpu() - cpu;
        var lookCalls = calls.getAndSet(0);

        begun = System.nanoTime();
        var pages =
                new Reports(
                                store,
                                now -> {
                                    var seen = findings.see(now);
                                    return new Sight.Seen(seen.facts(), seen.findings(), seen.before());
                                },
                                Optional::empty)
                        .make(NOW);
        var pageSeconds = (System.nanoTime() - begun) / 1e9;
        Files.write(folder.resolve("index.html"), pages.html());
        System.out.printf(
                Locale.ROOT,
                "{\"look_s\": %.2f, \"look_cpu_s\": %.2f, \"look_calls\": %d, \"findings\": %d, \"page_s\": %.2f, \"page_calls\": %d,"
                        + " \"page_bytes\": %d, \"json_bytes\": %d}%n",
                lookSeconds,
                lookCpu,
                lookCalls,
                look.findings().size(),
                pageSeconds,
                calls.get(),
                pages.html().length,
                pages.json().length);
    }

    /// Of the whole process, which is what counts on a machine that others use as well.
    private static double cpu() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1e9;
    }

    private static ObjectStore counted(ObjectStore store, AtomicInteger calls) {
        return (ObjectStore)
                Proxy.newProxyInstance(
                        Watch.class.getClassLoader(),
                        new Class<?>[] {ObjectStore.class},
                        (_, method, given) -> {
                            if (!method.getName().equals("uri")) calls.incrementAndGet();
                            try {
                                return method.invoke(store, given);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static Configuration configuration(int databases, StoreUri uri) {
        var servers = new StringBuilder();
        for (var from = 0; from < databases; from += PER_SERVER) {
            var names = new ArrayList<String>();
            for (var i = from; i < Math.min(databases, from + PER_SERVER); i++) names.add("db" + i);
            servers.append(
                    "  %1$s: { connect: { host: %1$s.internal, user: backup, secret: env:PW }, databases: %2$s, profile: prod }%n"
                            .formatted(server(from), names));
        }
        return ConfigurationReader.read(
                "store: " + uri + "\nservers:\n" + servers
                        + "profiles:\n  prod: { logical: 'daily 02:30 UTC', drill: 'weekly sun 06:00 UTC',"
                        + " rpo: 26h, rto: 1h, keep: { daily: 30, weekly: 12, monthly: 12 } }\n",
                "the bench");
    }

    private static ServerName server(int database) {
        return new ServerName("server-" + database / PER_SERVER);
    }

    private static History fill(Path folder, int count) throws IOException {
        var random = new Random(1);
        var databases = new ArrayList<DatabaseHistory>();
        for (var d = 0; d < count; d++) {
            var server = server(d);
            var name = new DatabaseName("db" + d);
            var backups = new ArrayList<BackupNote>();
            var drills = new ArrayList<DrillNote>();
            var rows = 1_000_000L + random.nextInt(50_000_000);
            for (var night = NIGHTS; night >= 0; night--) {
                var due = LAST_NIGHT.minus(Duration.ofDays(night));
                rows += random.nextInt(-2_000, 12_000);
                var id = BackupId.of(due, BackupKind.LOGICAL, "%08x".formatted(random.nextInt()));
                var took = Duration.ofSeconds(120 + rows / 200_000 + random.nextInt(20));
                var stays = night < 30 || night % 7 == 3 && night < 84 || night % 30 == 24;
                var totals = new Manifest.Totals(rows * 500, rows * 90, rows * 90, 12, 1, rows, 0);
                var manifest = manifest(server, name, id, due, due.plus(took), totals);
                if (stays) write(folder, Layout.of(server, name, id, Layout.MANIFEST) + "", Manifests.bytes(manifest));
                var note = BackupNote.of(manifest);
                backups.add(stays ? note : note.goneAt(due.plus(Duration.ofDays(31))));
                if (night % 7 == 3) drills.add(drill(id, due, took));
            }
            databases.add(
                    new DatabaseHistory(
                            server, name, backups, drills, NOW.minusSeconds(random.nextInt(86_000)), List.of()));
        }
        return new History(History.FORMAT, NOW.minusSeconds(900), NOW.minusSeconds(900), databases, List.of());
    }

    private static Manifest manifest(
            ServerName server, DatabaseName name, BackupId id, Instant due, Instant end, Manifest.Totals totals) {
        var run = new RunId(id.value().substring(0, 16) + "-backup-" + id.value().substring(19) + "00");
        return SampleBackup.storeObjects(new InMemoryObjectStore(), server, name, id, run, due, end, totals);
    }

    private static DrillNote drill(BackupId backup, Instant due, Duration took) {
        return new DrillNote(
                new RunId(backup.value().substring(0, 16) + "-verify-0a1b2c3d4e"),
                backup,
                DrillVerdict.PROVEN,
                due.plusSeconds(12_600),
                due.plusSeconds(12_600).plus(took.multipliedBy(3)),
                Optional.of(took.toSeconds() * 2.0),
                List.of(),
                Optional.of(new DrillNote.Checks(3, 3)));
    }

    private static void write(Path folder, String key, byte[] content) throws IOException {
        var file = folder.resolve(key);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }
}
