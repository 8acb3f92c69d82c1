package io.pgvigil.core.announce;

/// Tells the world. May be called again for the same thing when an answer was lost; whoever calls
/// keeps that rare.
public interface Announcer {

    /// Throws a transient `ANNOUNCEMENT_FAILED` when nobody may have heard it.
    void announce(Announcement announcement);
}
