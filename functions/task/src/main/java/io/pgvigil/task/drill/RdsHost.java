package io.pgvigil.task.drill;

import io.pgvigil.aws.rds.RdsInstances;
import io.pgvigil.aws.rds.WantedInstance;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.drill.InstanceRecord;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.postgres.ServerVersion;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.Tools;
import io.pgvigil.runtime.Settings;
import io.pgvigil.task.Progress;
import io.pgvigil.wire.InstanceRecords;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Makes temporary instances in RDS and sees to it that they go.
///
/// The order is the safety: the record first, then the instance, and its deletion on every way out. A
/// process that dies in between leaves an instance that carries its own expiry.
public final class RdsHost {
    private static final DatabaseName ENTRY = new DatabaseName("postgres");
    private static final int PASSWORD_BYTES = 24;
    private static final int ATTEMPT_BYTES = 8;
    private static final int CONNECT_ATTEMPTS = 6;
    private static final long CONNECT_PAUSE_MILLIS = 5_000;

    /// Rows take more room than in the source while indexes are built, and WAL its own.
    private static final double ROOM = 1.5;

    private static final int ROOM_GIB = 10;
    private static final long GIB = 1L << 30;

    private static final String RDS_SUPERUSER = "rdsadmin";
    private static final String OWN_USER = "pgvigil_drill";
    private static final Pattern USER = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    /// Names that RDS or PostgreSQL keep for themselves.
    private static final Set<String> RESERVED =
            Set.of(RDS_SUPERUSER, "rdsrepladmin", "rdstopmgr", "admin", "user", "public", "none");

    private static final Pattern MASTER =
            Pattern.compile(
                    "(?m)^GRANT rds_superuser TO ([a-z][a-z0-9_]*)\\b.* GRANTED BY rdsadmin;");

    private final RdsInstances rds;
    private final InstanceRecords records;
    private final Owner owner;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /// Whose instances they are, and whom to trust.
    ///
    /// @param stack whose `watch` sweeps them
    /// @param store the store's address
    /// @param authority certificates that the instances' own are checked against
    public record Owner(String stack, String store, Path authority) {
        static Owner from(Map<String, String> environment, ObjectStore store) {
            var settings = new Settings(environment);
            // An instance that nobody sweeps is not made, and a server that nobody recognises not
            // used.
            var stack = settings.required("PGVIGIL_STACK");
            var authority = settings.required("PGVIGIL_RDS_CA");
            settings.throwIfAnyProblem();
            return new Owner(stack, store.uri().toString(), Path.of(authority));
        }

        /// Before anything costs money.
        void requireAuthority() {
            if (!Files.isReadable(authority))
                throw new Problem(
                        ErrorCode.CONFIG_INVALID,
                        "PGVIGIL_RDS_CA names " + authority + ", which cannot be read",
                        "Name the file with the certificates of RDS; the task's image has it.");
        }
    }

    public RdsHost(
            RdsInstances rds,
            InstanceRecords records,
            Owner owner,
            Tools tools,
            Progress progress,
            InstantSource clock) {
        this.rds = rds;
        this.records = records;
        this.owner = owner;
        this.tools = tools;
        this.progress = progress;
        this.clock = clock;
    }

    public static RdsHost from(
            Map<String, String> environment,
            ObjectStore store,
            Tools tools,
            Progress progress,
            InstantSource clock) {
        return new RdsHost(
                RdsInstances.from(environment),
                new InstanceRecords(store),
                Owner.from(environment, store),
                tools,
                progress,
                clock);
    }

    /// @param globals of the backup; they tell the name of an RDS source's master user
    RdsInstance start(Run run, RdsPlacement place, Manifest manifest, String globals) {
        owner.requireAuthority();
        // Whatever can fail for free fails before anything costs money.
        var source = ServerVersion.parse(manifest.serverVersion());
        var version = rds.engineVersion(source.major(), source.minor());
        var set = tools.forDump(ServerVersion.parse(version));
        var now = clock.instant();
        var wanted =
                new WantedInstance(
                        WantedInstance.idOf(owner.stack(), owner.store(), run.run()),
                        owner.stack(),
                        run.run(),
                        now.plus(place.longest()),
                        secret(ATTEMPT_BYTES),
                        version,
                        storage(manifest.totals().databaseBytes()),
                        masterUser(manifest.shape().superuser(), globals),
                        place);
        progress.stage("sandbox", "instance " + wanted.id() + " in RDS", 0);

        // The record comes first: a process that dies in the next call leaves a trace of what to
        // delete.
        records.write(
                InstanceRecord.planned(
                        run.run(), owner.stack(), wanted.id(), now, wanted.expires()));
        try {
            return made(wanted, set);
        } catch (RuntimeException | Error e) {
            end(wanted);
            throw e;
        }
    }

    private RdsInstance made(WantedInstance wanted, ToolSet set) {
        var password = new Secret(secret(PASSWORD_BYTES));
        rds.create(wanted, password);
        var told = new HashSet<String>();
        var address =
                rds.await(
                        wanted,
                        state -> {
                            if (told.add(state))
                                progress.note("instance " + wanted.id() + " is " + state);
                        });
        var endpoint =
                new Endpoint(
                        address.host(),
                        address.port(),
                        wanted.user(),
                        SslMode.VERIFY_FULL,
                        Optional.of(owner.authority().toString()));
        var login = new Login(endpoint, Optional.of(password));
        return new RdsInstance(this, wanted, login, set, roles(login));
    }

    /// Until it lets us in.
    static void awaitAnswer(Login login) {
        var unused = roles(login);
    }

    private static Set<String> roles(Login login) {
        for (var attempt = 1; ; attempt++)
            try (var connection = SandboxSql.open(login, ENTRY);
                    var statement = connection.createStatement();
                    var rows =
                            statement.executeQuery(
                                    "select rolname from pg_roles where rolname !~ '^pg_'")) {
                var names = new HashSet<String>();
                while (rows.next()) names.add(rows.getString(1));
                return Set.copyOf(names);
            } catch (SQLException e) {
                // Its name may be new to this network's name servers.
                if (attempt == CONNECT_ATTEMPTS) throw unreachable(login, e);
                pause();
            }
    }

    private static Problem unreachable(Login login, SQLException e) {
        return new Problem(
                ErrorCode.INSTANCE_FAILED,
                "the temporary instance does not let the drill in at "
                        + login.endpoint()
                        + ": "
                        + e.getMessage(),
                "drill.rds.security_groups must admit the drill's tasks on its port, and"
                        + " PGVIGIL_RDS_CA hold the certificates of its region.",
                e);
    }

    private static void pause() {
        try {
            Thread.sleep(CONNECT_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.RUN_CANCELLED,
                    "told to stop while connecting to the temporary instance",
                    "Start it again when you are ready; the instance is deleted.",
                    e);
        }
    }

    /// Throws when an instance is not there any more: then nothing was learned about the backup.
    void requireUsable(WantedInstance wanted, Problem failure) {
        if (failure.code() == ErrorCode.RUN_CANCELLED || rds.isAvailable(wanted.id())) return;
        var late = !clock.instant().isBefore(wanted.expires());
        throw new Problem(
                ErrorCode.INSTANCE_FAILED,
                "instance "
                        + wanted.id()
                        + (late ? " reached its longest life" : " is not available any more"),
                late
                        ? "Give drill.rds.longest more than a drill takes."
                        : "Did somebody delete or change it? The events of RDS say. Try again.",
                failure);
    }

    /// Orders the deletion and says so where it could not be ordered. Throws nothing.
    void end(WantedInstance wanted) {
        new Ending(records, progress, clock)
                .of("instance " + wanted.id(), wanted.run(), wanted.expires(), rds.delete(wanted));
    }

    static int storage(long databaseBytes) {
        var gib = (long) Math.ceil(databaseBytes * ROOM / GIB) + ROOM_GIB;
        return (int) Math.max(gib, WantedInstance.SMALLEST_STORAGE_GIB);
    }

    /// The source's own: it owns much of the database, and RDS gives it what it gave there.
    static String masterUser(String superuser, String globals) {
        var name = superuser;
        if (name.equals(RDS_SUPERUSER)) {
            var master = MASTER.matcher(globals);
            name = master.find() ? master.group(1) : OWN_USER;
        }
        var allowed =
                USER.matcher(name).matches()
                        && !RESERVED.contains(name)
                        && !name.startsWith("pg_")
                        && !name.startsWith("rds_");
        return allowed ? name : OWN_USER;
    }

    private String secret(int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
