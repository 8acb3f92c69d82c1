package io.pgvigil.core.schedule;

import io.pgvigil.core.ServerName;
import java.util.List;

/// Everything that falls due by itself, server by server.
public record Timetable(List<Entry> entries) {
    public Timetable {
        entries = List.copyOf(entries);
    }

    /// One kind of work for one server, and when.
    public record Entry(ServerName server, Work work, Schedule schedule) {}
}
