package io.pgvigil.core.announce;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// One thing worth telling.
///
/// @param event what kind of thing, for programs: `backup.sealed`, `run.failed`, `drill.proven` …
/// @param subject what it is about: a run, a server, a database
/// @param headline one line for people, at most [#LONGEST_HEADLINE] characters of ASCII, because it
///     becomes the subject of a mail
/// @param text for people: what happened and what to do next
/// @param details for programs, in the order given; never a secret
public record Announcement(
        String event,
        Severity severity,
        String subject,
        String headline,
        String text,
        Map<String, String> details,
        Instant at) {
    /// What SNS takes as the subject of a mail.
    public static final int LONGEST_HEADLINE = 100;

    public Announcement {
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    /// What is of interest to people only when it fails: a mail an hour is one that nobody reads, and
    /// that a backup was sealed is one mail already.
    private static final Set<String> ROUTINE = Set.of("wal.harvested", "backup.copied");

    /// Whether people are told, too.
    public boolean forPeople() {
        return severity != Severity.INFO || !ROUTINE.contains(event);
    }

    public enum Severity {
        INFO,
        WARNING,
        CRITICAL
    }
}
