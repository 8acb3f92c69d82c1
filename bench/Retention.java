import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Budget;
import io.pgvigil.core.retention.Facts;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.Measures;
import io.pgvigil.core.retention.Policy;
import io.pgvigil.core.retention.Proof;
import io.pgvigil.core.retention.RetentionRules;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// Decides about many backups of many databases, once, in a new process, as a function does.
///
/// `java -cp layers/core/target/classes bench/Retention.java BACKUPS DATABASES` prints one line of JSON.
/// A tenth of the backups are physical chains of a base and six increments.
final class Retention {
    public static void main(String[] arguments) {
        var backups = Integer.parseInt(arguments[0]);
        var databases = Integer.parseInt(arguments[1]);
        var now = Instant.parse("2026-11-22T06:00:00Z");
        var facts = facts(backups, databases, now);

        var threads = ManagementFactory.getThreadMXBean();
        var cpu = threads.getCurrentThreadCpuTime();
        var begun = System.nanoTime();
        var decision = RetentionRules.decide(facts, Budget.CONSENTED, now);
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
                        + " \"expire\": %d, \"stops\": %d}%n",
                decision.verdicts().size(),
                databases,
                seconds,
                cpuSeconds,
                heap >> 20,
                decision.order().size(),
                decision.stops().size());
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
                            Selection.EVERYTHING));
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
                                Optional.empty()));
                before = Optional.of(ref);
            }
        }
        return new Facts(all, policies, Map.of(), Map.of(), Map.of(), Set.of(), List.of());
    }
}
