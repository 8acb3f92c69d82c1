package io.pgvigil.core.watch;

import io.pgvigil.core.announce.Announcement.Severity;
import io.pgvigil.core.store.Versioned;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What watch knows from one look to the next, `report/watch.json`.
///
/// Announcements go through its outbox: who writes the state that holds a change is the one who tells
/// it, so two looks at the same time tell it once; and what somebody wrote and did not come to tell is
/// told by a later look.
///
/// @param expected since when each kind of work is asked for, by `server work`
/// @param restorable how far services of the cloud can restore servers, as far as they were asked
/// @param outbox what is to be told
/// @param claimed when the outbox was last taken on
public record WatchState(
        int format,
        Instant look,
        Map<String, Instant> expected,
        Map<String, Instant> restorable,
        List<Standing> standing,
        List<Change> outbox,
        Instant claimed)
        implements Versioned {
    public static final int FORMAT = 1;

    /// After this, whoever took on the outbox is taken for dead.
    public static final Duration OUTBOX_PATIENCE = Duration.ofMinutes(5);

    public static final WatchState NONE =
            new WatchState(
                    FORMAT, Instant.EPOCH, Map.of(), Map.of(), List.of(), List.of(), Instant.EPOCH);

    public WatchState {
        expected = Collections.unmodifiableMap(new TreeMap<>(expected));
        restorable = Collections.unmodifiableMap(new TreeMap<>(restorable));
        standing = List.copyOf(standing);
        outbox = List.copyOf(outbox);
    }

    public Map<WatchFacts.Expectation, Instant> expectations(
            List<WatchFacts.Expectation> asked, Instant now) {
        var since = new LinkedHashMap<WatchFacts.Expectation, Instant>();
        asked.forEach(one -> since.put(one, expected.getOrDefault(one + "", now)));
        return since;
    }

    /// The state after a look.
    ///
    /// @param facts where they say that a server was not seen, what stood there stands
    public WatchState after(List<Finding> found, WatchFacts facts, Instant now) {
        var known = new HashMap<String, Standing>();
        standing.forEach(one -> known.put(one.key(), one));
        var next = new ArrayList<Standing>();
        var changes = new ArrayList<>(outbox);
        var keys = new HashSet<String>();
        for (var finding : found) {
            if (!keys.add(finding.key())) continue;
            var before = known.get(finding.key());
            if (before == null) {
                var raised = new Standing(finding, now, finding.severity());
                next.add(raised);
                changes.add(new Change(Change.Kind.RAISED, raised, now));
                continue;
            }
            var severity = severity(finding, before, now);
            var stands = new Standing(with(finding, severity, before), before.first(), severity);
            next.add(stands);
            if (severity.compareTo(before.told()) > 0)
                changes.add(new Change(Change.Kind.ESCALATED, stands, now));
        }
        for (var before : standing) {
            if (keys.contains(before.key())) continue;
            if (before.finding().server().filter(facts.unseen()::containsKey).isPresent())
                next.add(before);
            else changes.add(new Change(Change.Kind.CLEARED, before, now));
        }
        var since = new TreeMap<String, Instant>();
        facts.expected().forEach((one, at) -> since.put(one + "", at));
        var restorable = new TreeMap<String, Instant>();
        facts.restorable().forEach((server, at) -> restorable.put(server + "", at));
        return new WatchState(FORMAT, now, since, restorable, next, changes, now);
    }

    /// What was found out about one place, as it was and as it is; a warning that stands is critical
    /// after a while, and does not become harmless again while it stands.
    private static Severity severity(Finding finding, Standing before, Instant now) {
        var severity = finding.severity();
        if (severity == Severity.WARNING && !before.first().plus(Standing.PATIENCE).isAfter(now))
            severity = Severity.CRITICAL;
        return severity.compareTo(before.told()) < 0 ? before.told() : severity;
    }

    private static Finding with(Finding finding, Severity severity, Standing before) {
        var since = before.finding().since();
        return new Finding(
                finding.kind(),
                severity,
                finding.server(),
                finding.database(),
                finding.about(),
                since.isBefore(finding.since()) ? since : finding.since(),
                finding.what(),
                finding.hint());
    }

    /// Whether somebody else is telling what is in the outbox.
    public boolean busy(Instant now) {
        return !outbox.isEmpty() && claimed.plus(OUTBOX_PATIENCE).isAfter(now);
    }

    /// What of the outbox could not be told is free for whoever looks next.
    public WatchState left(List<Change> untold) {
        return new WatchState(FORMAT, look, expected, restorable, standing, untold, Instant.EPOCH);
    }
}
