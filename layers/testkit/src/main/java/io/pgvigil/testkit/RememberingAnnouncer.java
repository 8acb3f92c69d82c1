package io.pgvigil.testkit;

import io.pgvigil.core.announce.Announcement;
import io.pgvigil.core.announce.Announcer;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/// Tells nobody and remembers what was told. Can be out of reach for a while.
public final class RememberingAnnouncer implements Announcer {
    private final List<Announcement> told = new ArrayList<>();
    private int failures;

    @Override
    public synchronized void announce(Announcement announcement) {
        if (failures > 0) {
            failures--;
            throw new Problem(
                    ErrorCode.ANNOUNCEMENT_FAILED, "nobody could be told", "It is tried again.");
        }
        told.add(announcement);
    }

    public synchronized void failNext(int times) {
        failures = times;
    }

    public synchronized List<Announcement> told() {
        return List.copyOf(told);
    }

    /// `event subject`, sorted: what was told, whoever told it first.
    public synchronized List<String> heard() {
        return told.stream().map(one -> one.event() + " " + one.subject()).sorted().toList();
    }
}
