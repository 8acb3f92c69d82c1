import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Budget;
import io.pgvigil.core.retention.Facts;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.Measures;
import io.pgvigil.core.retention.Policy;
import io.pgvigil.core.retention.Proof;
import io.pgvigil.core.retention.RetentionRules;
import io.pgvigil.core.retention.Storage;
import io.pgvigil.core.retention.WalHoldings;
import io.pgvigil.core.retention.WalRules;
import io.pgvigil.core.store.StorageClass;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// Decides about many backups of many databases, once, in a new process, as a function does.
///
/// `java -cp layers/core/target/classes bench/Retention.java BACKUPS DATABASES SEGMENTS` prints one line of
/// JSON. A tenth of the backups are physical chains of a base and six increments; a server for each ten
/// databases has harvested log.
final class Retention {
    public static void main(String[] arguments) {
        var backups = Integer.parseInt(arguments[0]);
        var databases = Integer.parseInt(arguments[1]);
        var now = Instant.parse("2026-11-22T06:00:00Z");
        var facts = facts(backups, databases, now);
        var logs = logs(Integer.parseInt(arguments[2]), databases / 10, now);

        var threads = ManagementFactory.getThreadMXBean();
        var cpu = threads.getCurrentThreadCpuTime();
        var begun = System.nanoTime();
        var decision = RetentionRules.decide(facts, Budget.CONSENTED, now);
        var gone = 0L;
        for (var log : logs.keySet()) {
            var decided =
                    WalRules.decide(
                            log,
                            logs.get(log),
                            Optional.of(POLICY),
                            Optional.empty(),
                            Budget.CONSENTED,
                            now);
            gone += decided.names().size();
        }
        var seconds = (System.nanoTime() - begun) / 1e9;
        var cpuSeconds = (threads.getCurrentThreadCpuTime() - cpu) / 1e9;

        var heap =
                ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == java.lang.management.MemoryType.HEAP)
                        .mapToLong(pool -> pool.getPeakUsage().getUsed())
                        .sum();
        System.out.printf(
                Locale.ROOT,
                "{\"backups\": %d, \"databases\": %d, \"decision_s\": %.3f, \"decision_cpu_s\": %.3f, \"heap_peak_mb\": %d,"
                        + " \"expire\": %d, \"stops\": %d, \"segments\": %d, \"segments_expire\": %d}%n",
                decision.verdicts().size(),
                databases,
                seconds,
                cpuSeconds,
                heap >> 20,
                decision.order().size(),
                decision.stops().size(),
                logs.keySet().stream().mapToInt(WalHoldings::segments).sum(),
                gone);
    }

    private static final Policy POLICY =
            new Policy(
                    Keep.tiers(30, 12, 12, 7).wal(Duration.ofDays(14)),
                    ZoneId.of("Europe/Paris"),
                    Optional.of(Duration.ofDays(7)),
                    Optional.empty(),
                    Selection.EVERYTHING,
                    Tiers.STANDARD);

    /// The same number of segments for each server, read as a listing gives them: sixty days, a base every
    /// seven.
    private static Map<WalHoldings, List<WalRules.Base>> logs(int segments, int servers, Instant now) {
        var logs = new LinkedHashMap<WalHoldings, List<WalRules.Base>>();
        var size = 16 << 20;
        var each = servers == 0 ? 0 : segments / servers;
        for (var s = 0; s < servers; s++) {
            var server = new ServerName("server-" + s);
            var system = new SystemIdentifier("73012345678901" + s);
            var log = new WalHoldings(server, system);
            for (var number = 0; number < each; number++)
                log.add("00000001%08X%08X".formatted(number >> 8, number & 0xFF), 4_000_000, false);
            var bases = new ArrayList<WalRules.Base>();
            for (var day = 56; day >= 0; day -= 7) {
                var finished = now.minus(Duration.ofDays(day));
                var ref =
                        new BackupRef(
                                server,
                                DatabaseName.CLUSTER,
                                BackupId.of(finished, BackupKind.PHYSICAL, "%08x".formatted(day)));
                bases.add(
                        new WalRules.Base(
                                ref,
                                system,
                                finished,
                                new Lsn((long) each * (60 - day) / 60 * size),
                                1,
                                size,
                                true,
                                false));
            }
            logs.put(log, bases);
        }
        return logs;
    }

    private static Facts facts(int backups, int databases, Instant now) {
        var random = new Random(1);
        var each = backups / databases;
        var all = new ArrayList<BackupFacts>(backups);
        var policies = new HashMap<Lane, Policy>();
        for (var d = 0; d < databases; d++) {
            var server = new ServerName("server-" + d / 10);
            var database = new DatabaseName("database_" + d);
            var kind = d % 10 == 0 ? BackupKind.PHYSICAL : BackupKind.LOGICAL;
            policies.put(
                    new Lane(server, database, kind),
                    new Policy(
                            Keep.tiers(30, 12, 12, 7),
                            ZoneId.of("Europe/Paris"),
                            Optional.of(Duration.ofDays(1)),
                            Optional.of(Duration.ofDays(7)),
                            Selection.EVERYTHING,
                            Tiers.STANDARD));
            var before = Optional.<BackupRef>empty();
            for (var i = each - 1; i >= 0; i--) {
                var finished = now.minus(Duration.ofDays(i)).minusSeconds(3600 + random.nextInt(600));
                var id = BackupId.of(finished, kind, "%08x".formatted(d * each + i));
                var ref = new BackupRef(server, database, id);
                var base = kind == BackupKind.LOGICAL || i % 7 == 0;
                var rows = 1_000_000L + random.nextInt(10_000);
                all.add(
                        new BackupFacts(
                                ref,
                                kind,
                                finished,
                                Selection.EVERYTHING,
                                true,
                                rows * 20,
                                new Measures(rows * 100, rows * 20, rows, 40),
                                i % 7 == 3 ? Proof.PROVEN : Proof.UNTRIED,
                                base ? Set.of() : Set.copyOf(before.map(List::of).orElse(List.of())),
                                new Storage(
                                        Map.of(StorageClass.STANDARD, rows * 20),
                                        Map.of(StorageClass.STANDARD, 2),
                                        rows * 20,
                                        1,
                                        StorageClass.STANDARD,
                                        Optional.empty())));
                before = Optional.of(ref);
            }
        }
        return new Facts(all, policies, Map.of(), Map.of(), Map.of(), Set.of(), Map.of(), List.of());
    }
}
