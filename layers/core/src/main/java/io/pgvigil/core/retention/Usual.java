package io.pgvigil.core.retention;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.store.Versioned;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/// What the backups of a lane usually look like, and which of them look wrong against that.
///
/// Each backup is judged once, in the order of completion: it looks wrong when its archive's size,
/// its rows, its tables, or how far it was compressed is **less than half of the median of the last
/// ten that looked right** and hold the same selection. What looks wrong does not become part of the
/// history, so that seven bad days, or seventy, do not become the new normal; only a person does
/// that, by accepting one.
///
/// - Fewer than three in the history: no judgement, it looks right.
/// - Where the median is small (1 MB, 1000 rows, 4 tables, compressed to a half) chance is as large
///   as a fault, and only nothing at all looks wrong.
/// - Growth is not looked at: whatever was there is still there. Rows that somebody encrypted are the
///   exception, and they show in the compression.
///
/// Kept in the store (`retention/usual/…`): a judgement must not change because retention has deleted
/// what it rested on.
///
/// @param histories the last ten that looked right, by selection
/// @param judged every backup that was judged and is still there, with what looks wrong about it
/// @param accepted those after which a person began the history anew
public record Usual(
        int format, List<History> histories, Map<BackupId, String> judged, Set<BackupId> accepted)
        implements Versioned {
    public static final int FORMAT = 1;
    static final int LENGTH = 10;
    static final int LEAST = 3;
    private static final double SHARE = 0.5;

    public static final Usual UNKNOWN = new Usual(FORMAT, List.of(), Map.of(), Set.of());

    public record History(Selection selection, List<Measures> measures) {
        public History {
            measures = List.copyOf(measures);
        }
    }

    public Usual {
        histories = List.copyOf(histories);
        judged = Collections.unmodifiableMap(new TreeMap<>(judged));
        accepted = Collections.unmodifiableSet(new TreeSet<>(accepted));
    }

    /// What is known after looking at a lane again.
    ///
    /// @param lane oldest first
    /// @param explained backups whose size a person accepted
    Usual after(List<BackupFacts> lane, Set<BackupRef> explained) {
        var open = new HashMap<Selection, List<Measures>>();
        histories.forEach(one -> open.put(one.selection(), new ArrayList<>(one.measures())));
        var verdicts = new HashMap<>(judged);
        var known = new HashSet<>(accepted);
        for (var backup : lane)
            if (explained.contains(backup.ref()) && known.add(backup.ref().backup()))
                // From here on everything is judged again, against what was accepted.
                forget(lane, backup, open, verdicts);
        for (var backup : lane) {
            var id = backup.ref().backup();
            if (verdicts.containsKey(id)) continue;
            var history = open.computeIfAbsent(backup.selection(), _ -> new ArrayList<>());
            if (known.contains(id) && !accepted.contains(id)) history.clear();
            var complaint = complaint(backup.measures(), history);
            verdicts.put(id, complaint);
            if (complaint.isEmpty()) {
                history.add(backup.measures());
                if (history.size() > LENGTH) history.removeFirst();
            }
        }
        var there = new HashSet<BackupId>();
        lane.forEach(backup -> there.add(backup.ref().backup()));
        verdicts.keySet().retainAll(there);
        known.retainAll(there);
        return new Usual(
                FORMAT,
                open.entrySet().stream()
                        .map(one -> new History(one.getKey(), one.getValue()))
                        .sorted(Comparator.comparing(one -> one.selection() + ""))
                        .toList(),
                verdicts,
                known);
    }

    private static void forget(
            List<BackupFacts> lane,
            BackupFacts accepted,
            Map<Selection, List<Measures>> open,
            Map<BackupId, String> verdicts) {
        open.remove(accepted.selection());
        for (var backup : lane)
            if (backup.selection().equals(accepted.selection())
                    && BackupFacts.BY_TIME.compare(backup, accepted) >= 0)
                verdicts.remove(backup.ref().backup());
    }

    /// What looks wrong about a backup; empty when nothing does.
    String complaint(BackupId backup) {
        return judged.getOrDefault(backup, "");
    }

    private record Gauge(
            String words, ToDoubleFunction<Measures> of, double floor, long leastBytes) {
        String complaint(Measures seen, List<Measures> history) {
            // How far a little text is compressed is chance.
            if (seen.archiveBytes() < leastBytes) return "";
            var values = new double[history.size()];
            for (var i = 0; i < values.length; i++) values[i] = of.applyAsDouble(history.get(i));
            Arrays.sort(values);
            var median = values[values.length / 2];
            var value = of.applyAsDouble(seen);
            var wrong = median >= floor ? value < median * SHARE : value == 0 && median > 0;
            return wrong ? String.format(Locale.ROOT, words, value, median) : "";
        }
    }

    private static final List<Gauge> GAUGES =
            List.of(
                    new Gauge(
                            "an archive of %,.0f bytes where %,.0f are usual",
                            Measures::archiveBytes, 1_000_000, 0),
                    new Gauge("%,.0f rows where %,.0f are usual", Measures::rows, 1_000, 0),
                    new Gauge("%,.0f tables where %,.0f are usual", Measures::tables, 4, 0),
                    new Gauge(
                            "compressed %.1f times where %.1f times are usual",
                            Measures::shrunk, 2, 1_000_000));

    /// What looks wrong next to those before it; empty when nothing does, or when too few are known.
    public static String complaint(Measures seen, List<Measures> history) {
        if (history.size() < LEAST) return "";
        for (var gauge : GAUGES) {
            var complaint = gauge.complaint(seen, history);
            if (!complaint.isEmpty()) return complaint;
        }
        return "";
    }
}
