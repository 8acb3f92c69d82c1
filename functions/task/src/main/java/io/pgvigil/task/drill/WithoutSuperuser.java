package io.pgvigil.task.drill;

import io.pgvigil.archive.fixpoint.Difference;
import io.pgvigil.archive.fixpoint.Difference.EntryChanged;
import io.pgvigil.archive.fixpoint.Difference.EntryMissing;
import io.pgvigil.postgres.restore.Cause;
import io.pgvigil.postgres.restore.RestoreOutcome;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Which differences may be limits of an instance without a superuser rather than of the backup.
///
/// Only words: a difference that is explained is a difference all the same, and stays one until somebody
/// accepts it by name.
final class WithoutSuperuser {
    private final Map<String, String> refused = new HashMap<>();

    /// @param outcome what the server refused for want of a right
    WithoutSuperuser(RestoreOutcome outcome) {
        for (var error : outcome.errors())
            if (error.cause() == Cause.PRIVILEGE_MISSING)
                refused.putIfAbsent(error.title(), error.message());
        for (var line : outcome.globals().refused()) {
            var colon = line.indexOf(": ");
            // "role clerk: permission denied": differences spell the kind in capitals.
            var words = line.substring(0, Math.max(colon, 0)).split(" ", 2);
            if (words.length == 2 && !words[0].equals("membership"))
                refused.putIfAbsent(
                        words[0].toUpperCase(java.util.Locale.ROOT) + " " + words[1],
                        line.substring(colon + 2));
        }
    }

    Optional<String> why(Difference difference) {
        var object = difference.object();
        // The rows of a table are listed under its owner too.
        var said =
                refused.getOrDefault(
                        object, refused.get(object.replaceFirst("^TABLE DATA ", "TABLE ")));
        if (said != null) return Optional.of("the server says: " + said);
        if (object.startsWith("ROLE ") && object.endsWith(" PASSWORD"))
            return Optional.of("it shows no password hashes");
        if (object.startsWith("ROLE ") && object.endsWith(" ATTRIBUTES"))
            return Optional.of("nobody there may give SUPERUSER, REPLICATION or BYPASSRLS");
        if (object.startsWith("ROLE ") && object.contains(" SET "))
            return Optional.of("only a superuser may change some settings");
        if (object.startsWith("MEMBERSHIP ") && difference instanceof EntryChanged)
            return Optional.of("its master user is who grants memberships");
        if (object.startsWith("SUBSCRIPTION ") && difference instanceof EntryMissing)
            return Optional.of("only a superuser's dump holds subscriptions");
        return Optional.empty();
    }
}
