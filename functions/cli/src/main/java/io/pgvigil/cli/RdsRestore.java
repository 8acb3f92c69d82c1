package io.pgvigil.cli;

import io.pgvigil.aws.pitr.RdsPointInTime;
import io.pgvigil.aws.pitr.RdsRestoreWish;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.wal.Point;
import io.pgvigil.core.wal.RecoveryTarget;
import io.pgvigil.wire.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `restore --at TIME --to rds:NEW-ID`: the service's own restore to a moment, with the operator's own
/// rights.
final class RdsRestore {
    static final String PREFIX = "rds:";

    @Option(
            names = "--rds-source",
            paramLabel = "ID",
            description =
                    "With --to rds:NEW-ID: the instance or cluster, or its endpoint; else that of --server"
                            + " in the configuration.")
    private @Nullable String source;

    @Option(
            names = "--rds-class",
            paramLabel = "CLASS",
            description = "Of the new instance, such as db.t4g.medium; else like the source.")
    private @Nullable String instanceClass;

    @Option(
            names = "--rds-subnet-group",
            paramLabel = "NAME",
            description = "Where the new instance is put; else where the source is.")
    private @Nullable String subnetGroup;

    @Option(
            names = "--rds-security-group",
            paramLabel = "SG",
            description = "Who may reach it, repeatable; else those of the source.")
    private List<String> securityGroups = List.of();

    @Option(
            names = "--rds-tag",
            paramLabel = "KEY=VALUE",
            description = "A tag of the new instance, repeatable.")
    private Map<String, String> tags = Map.of();

    static boolean is(String target) {
        return target.startsWith(PREFIX);
    }

    int restore(
            String target,
            Optional<Point> point,
            Optional<ServerName> server,
            Optional<Configuration> configuration,
            boolean dryRun,
            boolean json) {
        var wish = wish(target, point, server, configuration);
        var restores = RdsPointInTime.from(System.getenv());
        if (dryRun) return planned(restores.plan(wish), json);
        var begin = System.nanoTime();
        var restored = restores.restore(wish, line -> System.err.println("  " + line));
        var took = Duration.ofNanos(System.nanoTime() - begin).toMillis() / 1000.0;
        if (json) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("id", restored.id());
            shape.put("instance", restored.instance());
            shape.put("host", restored.host());
            shape.put("port", restored.port());
            shape.put("seconds", took);
            System.out.println(Json.line(Map.of("rds", shape)));
        } else
            System.out.printf(
                    "RESTORED  %s%n  %s:%d, with the users and passwords of the source, in %s%n"
                            + "  next: look at it; it is not deleted, backed up or configured by pgvigil%n",
                    restored.id(), restored.host(), restored.port(), Screen.seconds(took));
        return ExitStatus.DONE.code();
    }

    private static int planned(RdsPointInTime.Plan plan, boolean json) {
        if (json) System.out.println(Json.line(Map.of("rds", plan)));
        else {
            System.out.printf(
                    "PLANNED  %s can be restored up to %s%n", plan.source(), plan.latest());
            plan.steps().forEach(step -> System.out.println("  would: " + step));
        }
        return ExitStatus.DONE.code();
    }

    private RdsRestoreWish wish(
            String target,
            Optional<Point> point,
            Optional<ServerName> server,
            Optional<Configuration> configuration) {
        if (point.filter(one -> one.kind() != Point.Kind.TIME || one.timeline().isPresent())
                .isPresent())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "RDS restores to a time, or to its latest moment, and to nothing else",
                    "Give --at TIME, or leave it out.");
        var at =
                point.map(Point::target)
                        .flatMap(one ->
                                one instanceof RecoveryTarget.Time(var time)
                                        ? Optional.of(time)
                                        : Optional.empty());
        var from =
                Optional.ofNullable(source)
                        .or(() -> host(server, configuration))
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.USAGE_INVALID,
                                        "nothing says what is to be restored",
                                        "Give --server NAME of the configuration, or --rds-source ID."));
        try {
            return new RdsRestoreWish(
                    from,
                    target.substring(PREFIX.length()),
                    at,
                    Optional.ofNullable(subnetGroup),
                    securityGroups,
                    Optional.ofNullable(instanceClass),
                    tags);
        } catch (IllegalArgumentException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    String.valueOf(e.getMessage()),
                    "Write --to rds:NEW-ID, for example --to rds:orders-rescued.");
        }
    }

    private static Optional<String> host(
            Optional<ServerName> server, Optional<Configuration> configuration) {
        return server.flatMap(name ->
                configuration
                        .flatMap(known -> known.server(name))
                        .map(found -> found.connect().host()));
    }
}
