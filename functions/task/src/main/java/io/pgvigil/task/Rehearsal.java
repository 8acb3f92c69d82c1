package io.pgvigil.task;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.postgres.Libpq;
import io.pgvigil.postgres.Processes;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.postgres.sandbox.Sandbox;
import io.pgvigil.postgres.sandbox.SandboxShape;
import io.pgvigil.runtime.Settings;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Backs up and proves a tiny database of its own with every PostgreSQL that is installed.
///
/// The build of the image runs it: an image in which a backup or a drill cannot work is not made, and
/// what Java loads on the way is recorded, so that every later start is short. Run it with the
/// settings of a task and a store of its own; what it leaves there has no value.
public final class Rehearsal {
    private static final ServerName SERVER = new ServerName("rehearsal");
    private static final DatabaseName DATABASE = new DatabaseName("rehearsal");
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int MEMORY = 256 << 20;

    // Random text, so that the stored object is large enough to be sent in parts.
    private static final String ROWS =
            """
            create table orders (id int primary key, token text not null, other text not null);
            insert into orders
              select n, md5(n::text), md5((-n)::text) from generate_series(1, 300000) n;
            create view recent as select * from orders order by id desc limit 10;
            select lo_from_bytea(0, decode(repeat('c0ffee', 1000), 'hex'));
            """;

    private final ObjectStore store;
    private final Runs runs;
    private final Path work;

    private Rehearsal(ObjectStore store, Path work) {
        this.store = store;
        this.runs = new Runs(store);
        this.work = work;
    }

    public static void main(String[] arguments) throws IOException {
        var environment = System.getenv();
        var settings = new Settings(environment);
        var address = settings.required("PGVIGIL_STORE");
        var work = settings.required("PGVIGIL_WORK");
        settings.throwIfAnyProblem();
        var rehearsal =
                new Rehearsal(
                        Stores.open(StoreUri.parse(address), environment),
                        Files.createDirectories(Path.of(work)));
        var sets =
                Tools.find(environment).sets().stream()
                        .filter(ToolSet::hasServer)
                        .sorted(Comparator.comparing(ToolSet::version))
                        .toList();
        if (sets.isEmpty()) throw failed("no PostgreSQL server programs are installed");
        for (var set : sets) rehearsal.with(set);
        System.exit(0);
    }

    private void with(ToolSet set) throws IOException {
        var passfile = work.resolve("rehearsal.passfile");
        try (var server = Sandbox.start(set, SandboxShape.utf8(), work, ByteSize.of(MEMORY))) {
            fill(set, server.login());
            write(passfile, server.login());
            var backup = backedUp(server.login(), passfile);
            prove(backup);
        } finally {
            Files.deleteIfExists(passfile);
        }
        System.out.println("backed up and proven with PostgreSQL " + set.version());
    }

    private void fill(ToolSet set, Login login) {
        sql(set, login, "postgres", "create database " + DATABASE);
        sql(set, login, DATABASE.value(), ROWS);
    }

    private static void sql(ToolSet set, Login login, String database, String sql) {
        var argv = new ArrayList<String>();
        argv.add(set.program("psql").toString());
        argv.addAll(List.of("-X", "-q", "-v", "ON_ERROR_STOP=1"));
        argv.addAll(Libpq.arguments(login));
        argv.addAll(List.of("--dbname=" + database, "--command=" + sql));
        var done = Processes.run(new Command(argv, Libpq.environment(login)), LIMIT);
        if (!done.succeeded()) throw failed(String.join("\n", done.stderr()));
    }

    private static void write(Path passfile, Login login) throws IOException {
        Files.deleteIfExists(passfile);
        Files.createFile(
                passfile,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        var password = login.password().map(Secret::reveal).orElseThrow();
        Files.writeString(passfile, "*:*:*:*:" + password + "\n");
    }

    private BackupId backedUp(Login login, Path passfile) {
        var endpoint = login.endpoint();
        var connection =
                new ConnectionRef(
                        endpoint.host(),
                        endpoint.port(),
                        endpoint.user(),
                        endpoint.sslMode().libpqName(),
                        Optional.empty(),
                        Optional.of("passfile:" + passfile));
        var result =
                done(
                        new Order.Backup(
                                SERVER,
                                connection,
                                List.of(DATABASE),
                                List.of(),
                                Selection.EVERYTHING,
                                3,
                                Duration.ofSeconds(10),
                                LIMIT));
        var manifest = result.manifest().orElseThrow(() -> failed(result.toString()));
        // What `seal` does; it runs elsewhere, and this backup protects nobody.
        store.create(
                Layout.of(SERVER, DATABASE, manifest.backup(), Layout.MANIFEST),
                Manifests.bytes(manifest));
        return manifest.backup();
    }

    private void prove(BackupId backup) {
        var result = done(new Order.Drill(SERVER, DATABASE, backup, 2, List.of(), List.of()));
        var place = result.record().orElseThrow(() -> failed(result.toString()));
        var drill =
                Json.read(
                        store.document(place).orElseThrow().content(), Drill.class, place.value());
        if (drill.verdict() != DrillVerdict.PROVEN) throw failed(drill.toString());
    }

    private TaskReport.Result done(Order order) {
        var now = Instant.now();
        var id = RunIds.of(order, now, now.toString());
        runs.ask(Run.asked(id, order, now));
        var status = TaskMain.run(new String[] {id.value()});
        var report = runs.reportOf(id).orElseThrow(() -> failed("run " + id + " left no report"));
        if (status != 0) throw failed(report.toString());
        return report.results().getFirst();
    }

    private static Problem failed(String what) {
        return new Problem(
                ErrorCode.INTERNAL,
                "the rehearsal failed: " + what,
                "The image would not work; its build must not succeed.");
    }
}
