package io.pgvigil.retention;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.retention.BackupFacts;
import io.pgvigil.core.retention.BackupRef;
import io.pgvigil.core.retention.Budget;
import io.pgvigil.core.retention.Decision;
import io.pgvigil.core.retention.Lane;
import io.pgvigil.core.retention.Proof;
import io.pgvigil.core.retention.Stop;
import io.pgvigil.core.retention.WalHoldings;
import io.pgvigil.core.retention.WalRules;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.wire.Concurrently;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The harvested log of every server: what of it may go, and its going.
final class Logs {
    private static final int DELETES_IN_FLIGHT = 16;
    private static final int AT_ONCE = 1_000;

    private Logs() {}

    static List<WalRules.Decided> decide(
            Inventory.Found found, Decision decision, Budget budget, Instant now) {
        var facts = new HashMap<BackupRef, BackupFacts>();
        found.facts().backups().forEach(backup -> facts.put(backup.ref(), backup));
        var gone = decision.expired();
        var decided = new ArrayList<WalRules.Decided>();
        for (var log : found.logs()) {
            var lane = new Lane(log.server(), DatabaseName.CLUSTER, BackupKind.PHYSICAL);
            var bases =
                    found.bases().stream()
                            .filter(base -> base.ref().server().equals(log.server()))
                            .filter(base -> base.system().equals(log.system()))
                            .filter(base -> !gone.contains(base.ref()))
                            .flatMap(base ->
                                    Optional.ofNullable(facts.get(base.ref())).stream()
                                            .map(backup -> base(base, backup, found)))
                            .toList();
            decided.add(
                    WalRules.decide(
                            log,
                            bases,
                            Optional.ofNullable(found.facts().policies().get(lane)),
                            decision.stops().stream()
                                    .filter(stop -> stop.lane().equals(lane))
                                    .map(Stop::why)
                                    .findFirst(),
                            budget,
                            now));
        }
        return decided;
    }

    private static WalRules.Base base(
            Inventory.Base base, BackupFacts backup, Inventory.Found found) {
        return new WalRules.Base(
                base.ref(),
                base.system(),
                backup.finished(),
                base.physical().begin(),
                base.physical().timeline(),
                base.physical().segmentBytes(),
                backup.whole() && backup.proof() != Proof.FAILED,
                found.facts().leased().containsKey(base.ref()));
    }

    /// Deletes what was decided, the oldest first.
    ///
    /// @param kept backups that were to go and did not, so that the log they need was not counted
    /// @param meanwhile after every so many, however long it takes
    static List<AuditRecord.Wal> carryOut(
            ObjectStore store,
            List<WalRules.Decided> decided,
            Set<BackupRef> kept,
            Runnable meanwhile) {
        var outcomes = new ArrayList<AuditRecord.Wal>();
        for (var one : decided) {
            if (one.changesNothing()) continue;
            if (kept.stream().anyMatch(ref -> ref.server().equals(one.log().server()))) {
                outcomes.add(
                        AuditRecord.Wal.of(one)
                                .outcome(
                                        "a backup of the server stays after all; the next run looks again"));
                continue;
            }
            var keys = one.names().stream().map(name -> key(one.log(), name)).toList();
            for (var from = 0; from < keys.size(); from += AT_ONCE) {
                keys.subList(from, Math.min(keys.size(), from + AT_ONCE)).stream()
                        .gather(
                                Concurrently.map(
                                        DELETES_IN_FLIGHT,
                                        key -> {
                                            store.delete(key);
                                            return key;
                                        }))
                        .forEach(_ -> {});
                meanwhile.run();
            }
            outcomes.add(AuditRecord.Wal.of(one).outcome(AuditRecord.DELETED));
        }
        return outcomes;
    }

    private static ObjectKey key(WalHoldings log, String name) {
        return Layout.segment(
                log.server(), log.system(), TimelineId.ofDigits(name.substring(0, 8)), name);
    }
}
