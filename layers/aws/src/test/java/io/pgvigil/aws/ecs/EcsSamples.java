package io.pgvigil.aws.ecs;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskSize;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Orders and settings that the tests share.
final class EcsSamples {
    static final RunId RUN = new RunId("20261122T023000Z-backup-5124e0ed");
    static final Instant ASKED = Instant.parse("2026-11-22T02:30:00Z");
    private static final ServerName SERVER = new ServerName("orders-prod");
    private static final DatabaseName DATABASE = new DatabaseName("orders");
    private static final BackupId BACKUP = new BackupId("20261121T023000Z-l-5124e0ed");
    private static final ConnectionRef CONNECTION =
            new ConnectionRef(
                    "orders.internal",
                    5432,
                    "backup",
                    "verify-full",
                    Optional.empty(),
                    Optional.of("iam"));

    static final Map<String, String> ENVIRONMENT =
            Map.of(
                    "PGVIGIL_STACK", "acme-backups",
                    "PGVIGIL_ECS_CLUSTER",
                            "arn:aws:ecs:eu-west-1:123456789012:cluster/acme-backups",
                    "PGVIGIL_ECS_SUBNETS", "subnet-0a1, subnet-0b2",
                    "PGVIGIL_ECS_SECURITY_GROUPS", "sg-0aa",
                    "PGVIGIL_ECS_DRILL_SECURITY_GROUPS", "sg-0dd",
                    "PGVIGIL_ECS_PUBLIC_IP", "ENABLED",
                    "PGVIGIL_ECS_TASK_BACKUP", task("backup"),
                    "PGVIGIL_ECS_TASK_VERIFY", task("verify"),
                    "PGVIGIL_ECS_TASK_RESTORE", task("restore"));

    private EcsSamples() {}

    static String task(String kind) {
        return "arn:aws:ecs:eu-west-1:123456789012:task-definition/acme-" + kind + ":3";
    }

    static Run backup() {
        return Run.asked(
                RUN,
                new Order.Backup(
                        SERVER,
                        CONNECTION,
                        List.of(DATABASE),
                        List.of(),
                        Selection.EVERYTHING,
                        3,
                        Duration.ofMinutes(5),
                        Duration.ofHours(12)),
                ASKED);
    }

    static Run drill() {
        return Run.asked(
                new RunId("20261122T023000Z-verify-5124e0ed"),
                new Order.Drill(SERVER, DATABASE, BACKUP, 2, List.of(), List.of()),
                ASKED);
    }

    static Run restore() {
        return Run.asked(
                new RunId("20261122T023000Z-restore-5124e0ed"),
                new Order.Restore(
                        SERVER,
                        DATABASE,
                        BACKUP,
                        CONNECTION,
                        DATABASE,
                        List.of(),
                        List.of(),
                        2,
                        true,
                        false,
                        false,
                        false,
                        Optional.empty()),
                ASKED);
    }

    static Run sized(Run run, int cpu, int memory, int disk) {
        return run.sized(Optional.of(new TaskSize(cpu, memory, disk)));
    }
}
