package io.pgvigil.core.watch;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.announce.Announcement.Severity;
import java.time.Instant;
import java.util.Optional;

/// One thing that is not as it should be.
///
/// @param about tells apart findings of one kind about one database; part of what it is known by
/// @param since when it became so, as far as that is known; the same at every look
/// @param what in words, without the name of server and database
/// @param hint what to do, a sentence
public record Finding(
        FindingKind kind,
        Severity severity,
        Optional<ServerName> server,
        Optional<DatabaseName> database,
        String about,
        Instant since,
        String what,
        String hint) {

    /// Under this it is known from one look to the next.
    public String key() {
        return kind.word() + " " + place() + (about.isEmpty() ? "" : " " + about);
    }

    /// `server/database`, `server`, or `-` for what is about all of them.
    public String place() {
        return server.map(name -> database.map(base -> name + "/" + base).orElse(name + ""))
                .orElse("-");
    }
}
