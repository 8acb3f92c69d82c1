package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.backup.BackupRequested;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.report.Reports;
import io.pgvigil.runtime.Stores;
import io.pgvigil.verify.DrillRequested;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Show the main job on a throw-away PostgreSQL: back up, restore, prove.",
            "Then damage a copy of the backup and show the proof failing. Nothing of yours is touched.",
            "With --days a week passes in about a minute instead, with a night and a drill that fail:"
                    + " see what would have been announced, and the page."
        })
final class DemoCommand implements Callable<Integer> {
    private static final String SECRET = "PGVIGIL_DEMO_PASSWORD";
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final ServerName SERVER = new ServerName("demo");

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description = "Keep the demo's store here, to look at afterwards.")
    private @Nullable Path keep;

    @Option(
            names = "--days",
            paramLabel = "N",
            description = "Let so many days pass, 4 to 31, with a clock of the demo's own.")
    private @Nullable Integer days;

    @Option(names = "--open", description = "With --days: show the page in the browser.")
    private boolean open;

    @Override
    public Integer call() {
        if (days == null && open) throw usage("--open goes with --days", "Try --days 7 --open.");
        if (days != null && (days < DemoWeek.FEWEST || days > DemoWeek.MOST))
            throw usage(
                    "--days "
                            + days
                            + " is not between "
                            + DemoWeek.FEWEST
                            + " and "
                            + DemoWeek.MOST,
                    "A week is --days 7.");
        var tools = Tools.find(System.getenv());
        var newest =
                tools.sets().stream()
                        .filter(ToolSet::hasServer)
                        .filter(set -> set.has("psql") && set.has("pg_dump"))
                        .max(Comparator.comparing(ToolSet::version))
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.TOOL_MISSING,
                                        "no PostgreSQL server programs were found",
                                        "Install PostgreSQL 14 or newer (Debian: apt install"
                                                + " postgresql)."));
        try {
            var folder =
                    Files.createTempDirectory(
                            "pgvigil-demo-",
                            // As root the server runs as another user and has to pass through.
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx--x--x")));
            try {
                return days == null ? show(newest, folder) : pass(newest, folder, days);
            } finally {
                remove(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int show(ToolSet tools, Path folder) throws IOException {
        var store = store(folder);
        say("1. A throw-away PostgreSQL " + tools.version() + " with the database of a shop");
        try (var server = DemoServer.start(tools, folder)) {
            server.load("schema.sql", "data.sql");

            say("2. Back it up into " + store);
            var backup = backup(store, server.login());
            System.out.print(backup.words(store.toString()));

            say("3. Prove it: restore into a temporary instance, dump that, compare");
            var proof = verify(store, backup.backup().orElseThrow());
            System.out.print(VerifyCommand.words(proof));

            say("4. Damage a copy: one bit, in the middle of the stored data");
            var copy = new StoreUri.Directory(folder.resolve("damaged"));
            copyTree(store.path(), copy.path());
            flipBit(copy.path().resolve(data(backup).value()));
            var refused = verify(copy, backup.backup().orElseThrow());
            System.out.print(VerifyCommand.words(refused));

            farewell();
            return proof.verdict() == DrillVerdict.PROVEN
                            && refused.verdict() == DrillVerdict.NOT_PROVEN
                    ? ExitStatus.DONE.code()
                    : ExitStatus.FAILED.code();
        }
    }

    private int pass(ToolSet tools, Path folder, int count) throws IOException {
        var now = Instant.now().atOffset(ZoneOffset.UTC);
        var last = now.toLocalDate().minusDays(now.toLocalTime().isBefore(DemoWeek.END) ? 1 : 0);
        var store = store(folder);
        System.out.println(
                count
                        + " days of a small database on PostgreSQL "
                        + tools.version()
                        + ". Only the clock is the demo's: every backup and every restore is real.");
        System.out.println(
                "Times are UTC; a line is what would be announced, by mail for example.");
        try (var server = DemoServer.start(tools, folder)) {
            var week = new DemoWeek(server, store, last, count, System.out);
            var pages = week.pass();
            var page = page(pages, store);
            say("What the page says of the last morning");
            System.out.println("  " + pages.report().answer().headline());
            pages.report().answer().because().forEach(line -> System.out.println("  " + line));
            System.out.println("  Page: " + page);
            if (open) Browser.open(page);
            return (week.standing().isEmpty() ? ExitStatus.DONE : ExitStatus.FAILED).code();
        }
    }

    /// In the store where that is kept, else in a folder of its own, which stays.
    private URI page(Reports.Pages pages, StoreUri.Directory store) throws IOException {
        if (keep == null)
            return ReportCommand.save(
                    Files.createTempDirectory("pgvigil-demo-page-"),
                    pages.html(),
                    pages.json(),
                    pages.csv());
        pages.keep(Stores.open(store, System.getenv()));
        return store.path().resolve(Layout.PAGE.value()).toUri();
    }

    private StoreUri.Directory store(Path folder) {
        return new StoreUri.Directory(
                (keep == null ? folder.resolve("store") : keep).toAbsolutePath().normalize());
    }

    private static Problem usage(String what, String hint) {
        return new Problem(ErrorCode.USAGE_INVALID, what, hint);
    }

    private static void say(String heading) {
        System.out.println();
        System.out.println(heading);
    }

    private static BackupResult backup(StoreUri store, Login login) {
        var endpoint = login.endpoint();
        var connection =
                new ConnectionRef(
                        endpoint.host(),
                        endpoint.port(),
                        endpoint.user(),
                        endpoint.sslMode().libpqName(),
                        Optional.empty(),
                        Optional.of("env:" + SECRET));
        var request =
                new BackupRequested(
                        Optional.of(SERVER),
                        List.of(SHOP),
                        Optional.of(BackupKind.LOGICAL),
                        Optional.of(connection),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        try (var screen = Screen.of(false)) {
            var functions =
                    new Functions(
                            store,
                            Optional.empty(),
                            Map.of(SECRET, login.password().map(Secret::reveal).orElse("")),
                            screen);
            var results = BackupCommand.made(functions, Json.bytes(request));
            screen.close();
            var result = results.getFirst();
            if (!result.good()) {
                System.out.print(result.words(store.toString()));
                throw new Problem(
                        ErrorCode.RUN_FAILED, "the demo's backup failed", "The reason is above.");
            }
            return result;
        }
    }

    private static Drill verify(StoreUri store, String backup) {
        var request =
                new DrillRequested(
                        Optional.of(SERVER),
                        Optional.of(SHOP),
                        Optional.of(backup),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.empty());
        try (var screen = Screen.of(false)) {
            var functions = new Functions(store, Optional.empty(), Map.of(), screen);
            JsonNode ordered = functions.call("verify", Json.bytes(request));
            return VerifyCommand.ended(functions, ordered.get("run").asText(), Drill.class);
        }
    }

    private static ObjectKey data(BackupResult backup) {
        return backup.manifest().orElseThrow().object("data").key();
    }

    static void flipBit(Path file) {
        try (var access = new RandomAccessFile(file.toFile(), "rw")) {
            var middle = access.length() / 2;
            access.seek(middle);
            var before = access.read();
            access.seek(middle);
            access.write(before ^ 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : files.toList()) {
                var target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) Files.createDirectories(target);
                // Drills of the whole backup are no proof of the damaged one.
                else if (!file.toString().contains("/drills/")) Files.copy(file, target);
            }
        }
    }

    static void remove(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList())
                Files.deleteIfExists(file);
        }
    }

    private void farewell() {
        say("The same with a database of your own:");
        System.out.println(
                """
                  export PGPASSWORD=...                      # never in the URL: others can read arguments
                  ./pgvigil backup  postgresql://user@host/database --store ./backups
                  ./pgvigil verify  latest --store ./backups
                  ./pgvigil list    --store ./backups
                  ./pgvigil restore latest-proven --to postgresql://user@host/ --create --store ./backups
                """);
    }
}
