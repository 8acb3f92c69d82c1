package io.pgvigil.task.drill;

import io.pgvigil.aws.rds.TemporaryRestore;
import io.pgvigil.aws.rds.TemporaryRestores;
import io.pgvigil.aws.rds.WantedInstance;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Endpoint;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.ClusterProof;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.drill.InstanceRecord;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunIds;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.postgres.Tools;
import io.pgvigil.task.Progress;
import io.pgvigil.task.Stopwatch;
import io.pgvigil.wire.InstanceRecords;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Proves that RDS can restore a server that it runs: has it restored into a temporary one, reads every
/// row of it, asks the owner's questions, and deletes it.
///
/// The order is the safety, as in [RdsHost]: the record first, then the copy, and its deletion on every
/// way out. What a killed drill leaves carries its own expiry.
public final class ManagedDrill {
    private static final int PASSWORD_BYTES = 24;
    private static final DatabaseName ENTRY = new DatabaseName("postgres");

    private final TemporaryRestores rds;
    private final InstanceRecords records;
    private final RdsHost.Owner owner;
    private final Tools tools;
    private final Progress progress;
    private final InstantSource clock;

    public ManagedDrill(
            TemporaryRestores rds,
            InstanceRecords records,
            RdsHost.Owner owner,
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

    public static ManagedDrill from(
            Map<String, String> environment,
            ObjectStore store,
            Tools tools,
            Progress progress,
            InstantSource clock) {
        return new ManagedDrill(
                TemporaryRestores.from(environment),
                new InstanceRecords(store),
                RdsHost.Owner.from(environment, store),
                tools,
                progress,
                clock);
    }

    /// Always comes to a verdict unless the drill itself could not be done.
    public Drill run(Run run, Order.ManagedDrill order) {
        return new Proof(run, order).perform();
    }

    private final class Proof {
        private final Run run;
        private final Order.ManagedDrill order;
        private final Instant started = clock.instant();
        private final Stopwatch watch = new Stopwatch();
        private final List<String> reasons = new ArrayList<>();
        private final List<String> unproven = new ArrayList<>();
        private final List<Drill.CheckResult> checks = new ArrayList<>();
        private final List<ClusterProof.Content> contents = new ArrayList<>();

        Proof(Run run, Order.ManagedDrill order) {
            this.run = run;
            this.order = order;
        }

        Drill perform() {
            owner.requireAuthority();
            var wanted =
                    new TemporaryRestore(
                            WantedInstance.idOf(owner.stack(), owner.store(), run.run()),
                            owner.stack(),
                            run.run(),
                            started.plus(order.rds().longest()),
                            order.source(),
                            order.rds());
            progress.stage("restore", wanted.id() + " in RDS", 0);
            records.write(
                    InstanceRecord.planned(
                            run.run(), owner.stack(), wanted.id(), started, wanted.expires()));
            try {
                var password = new Secret(random());
                var made = rds.make(wanted, password, progress::note);
                watch.lap("restore");
                look(made, password);
                return record(made.description());
            } finally {
                end(wanted);
            }
        }

        private void look(TemporaryRestores.Made made, Secret password) {
            var login =
                    new Login(
                            new Endpoint(
                                    made.address().host(),
                                    made.address().port(),
                                    made.user(),
                                    SslMode.VERIFY_FULL,
                                    Optional.of(owner.authority().toString())),
                            Optional.of(password));
            RdsHost.awaitAnswer(login);
            watch.lap("sign-in");
            var reading = new ManagedReading(login, tools, progress);
            try {
                reading.prepare();
                var databases = reading.databases();
                contents.addAll(reading.read(databases));
                watch.lap("read");
                ask(login, databases);
                watch.lap("checks");
            } catch (Problem problem) {
                requireUsable(made, problem);
                throw problem;
            }
            reasons.addAll(reading.reasons());
            unproven.addAll(reading.unproven());
            // That something could not be read may be because there is nothing any more.
            if (!reasons.isEmpty() || checks.stream().anyMatch(check -> !check.passed()))
                requireUsable(
                        made,
                        new Problem(
                                ErrorCode.INSTANCE_FAILED,
                                "the temporary server stopped answering",
                                "Try again."));
        }

        private void requireUsable(TemporaryRestores.Made made, Problem failure) {
            if (failure.code() == ErrorCode.RUN_CANCELLED || rds.isAvailable(made)) return;
            throw new Problem(
                    ErrorCode.INSTANCE_FAILED,
                    "instance " + made.instance() + " is not available any more",
                    "Did somebody delete or change it? The events of RDS say. Try again.",
                    failure);
        }

        private void ask(Login login, List<DatabaseName> databases) {
            progress.stage("checks", order.checks().size() + "", 0);
            for (var database : databases)
                checks.addAll(
                        Checks.ask(
                                login,
                                database,
                                order.checks().stream()
                                        .filter(check -> concerns(check, database, databases))
                                        .map(check ->
                                                new Check(
                                                        check.name() + " in " + database,
                                                        check.sql()))
                                        .toList()));
            for (var check : order.checks())
                check.database()
                        .filter(name -> !databases.contains(name))
                        .ifPresent(name ->
                                checks.add(
                                        new Drill.CheckResult(
                                                check.name() + " in " + name,
                                                false,
                                                "the server has no such database")));
        }

        /// A question for every database is not asked where nobody keeps anything.
        private static boolean concerns(
                Check check, DatabaseName database, List<DatabaseName> all) {
            return check.database()
                    .map(database::equals)
                    .orElse(!database.equals(ENTRY) || all.size() == 1);
        }

        private Drill record(String description) {
            var failed = checks.stream().filter(check -> !check.passed()).count();
            if (failed > 0) reasons.add(failed + " of " + checks.size() + " checks do not hold");
            var seconds = new LinkedHashMap<>(watch.seconds());
            seconds.put("recovery", watch.sum("restore", "sign-in"));
            return new Drill(
                    Drill.FORMAT,
                    run.run(),
                    RunIds.backup(run.run(), DatabaseName.CLUSTER),
                    order.server(),
                    DatabaseName.CLUSTER,
                    reasons.isEmpty() ? DrillVerdict.PROVEN : DrillVerdict.NOT_PROVEN,
                    started,
                    clock.instant(),
                    reasons,
                    List.of(),
                    List.of(),
                    List.of(),
                    unproven,
                    List.of(),
                    checks,
                    Map.of(),
                    seconds,
                    description,
                    Optional.of(new ClusterProof(List.of(), Optional.empty(), contents)));
        }
    }

    /// Orders the deletion and says so where it could not be ordered. Throws nothing.
    private void end(TemporaryRestore wanted) {
        new Ending(records, progress, clock)
                .of("server " + wanted.id(), wanted.run(), wanted.expires(), rds.delete(wanted));
    }

    private static String random() {
        var bytes = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
