package io.pgvigil.core.run;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.Sha256;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.TreeMap;

/// Derives ids from what was asked and when it was due: asking twice gives the same id twice, and
/// the conditional create of the run's record lets only one through.
public final class RunIds {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    // 10 digits keep a run id within the 36 characters that ECS allows for `startedBy`.
    private static final int RUN_DIGITS = 10;
    private static final int BACKUP_DIGITS = 8;
    private static final int REQUEST_DIGITS = 20;
    private static final int TIME_LENGTH = 16;

    private RunIds() {}

    /// @param due when it was due, or the time stamp of the manual request
    /// @param nonce tells apart requests for the same thing at the same second that are meant to be
    ///     two, such as the request id of a manual call; empty for a schedule
    public static RunId of(Order order, Instant due, String nonce) {
        var what = order.verb() + "\n" + due + "\n" + identity(order) + "\n" + nonce;
        return new RunId(TIME.format(due) + "-" + order.verb() + "-" + digits(what, RUN_DIGITS));
    }

    /// The scheduled drill of a database: whichever backup is the newest when it is ordered, it is one
    /// drill.
    public static RunId scheduledDrill(ServerName server, DatabaseName database, Instant due) {
        var what = "verify\n" + due + "\n" + server + "\n" + database + "\nlatest";
        return new RunId(TIME.format(due) + "-verify-" + digits(what, RUN_DIGITS));
    }

    /// Names a request that has no due time, the same at every delivery however late.
    public static String request(Order order, String nonce) {
        return order.verb()
                + "-"
                + digits(order.verb() + "\n" + identity(order) + "\n" + nonce, REQUEST_DIGITS);
    }

    /// The backup that a run makes of a database, or of the whole server; the time is the run's own.
    public static BackupId backup(RunId run, DatabaseName database) {
        return backup(
                run,
                database.equals(DatabaseName.CLUSTER) ? BackupKind.PHYSICAL : BackupKind.LOGICAL,
                database);
    }

    /// The backup that a run makes of a database; the time is the run's own.
    public static BackupId backup(RunId run, BackupKind kind, DatabaseName database) {
        return BackupId.of(due(run), kind, digits(run + "\n" + database, BACKUP_DIGITS));
    }

    /// When a run was due, to the second.
    public static Instant due(RunId run) {
        return TIME.parse(run.value().substring(0, TIME_LENGTH), Instant::from);
    }

    /// What makes two requests the same request; how a server is reached is not part of it.
    private static String identity(Order order) {
        return switch (order) {
            case Order.Backup backup ->
                    backup.server()
                            + "\n"
                            + backup.databases()
                            + backup.except()
                            + "\n"
                            + backup.selection();
            case Order.Physical physical -> physical.server() + "\n_cluster";
            case Order.Harvest harvest -> harvest.server() + "\n_wal\n" + harvest.slot();
            case Order.Drill drill ->
                    drill.server() + "\n" + drill.database() + "\n" + drill.backup();
            case Order.Copy copy ->
                    copy.server()
                            + "\n"
                            + copy.database()
                            + "\n"
                            + copy.backup()
                            + "\n"
                            + copy.to();
            case Order.Recover recover ->
                    recover.backup()
                            + "\n"
                            + recover.folder()
                            + new TreeMap<>(recover.tablespaces())
                            + recover.point().map(point -> "\n" + point).orElse("");
            case Order.PointInTime restore ->
                    restore.server()
                            + "\n"
                            + restore.source()
                            + "\n"
                            + restore.id()
                            + restore.at().map(at -> "\n" + at).orElse("");
            case Order.ManagedDrill drill -> drill.server() + "\n_rds\n" + drill.source();
            case Order.Restore restore ->
                    restore.backup()
                            + "\n"
                            + restore.target()
                            + "\n"
                            + restore.targetDatabase()
                            + restore.schemas()
                            + restore.tables()
                            + restore.rescue().map(rescue -> "\n" + rescue).orElse("");
        };
    }

    private static String digits(String text, int count) {
        return Sha256.hex(text).substring(0, count);
    }
}
