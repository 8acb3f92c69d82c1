package io.pgvigil.postgres.restore;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.postgres.ConnectFailure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whether a target has the objects that a partial restore leans on.
public final class Presence {
    private Presence() {}

    /// The entries whose objects the target lacks, in their order. An object of a kind that cannot be
    /// looked up by its name counts as there: the restore itself will tell.
    public static List<TocEntry> missing(RestoreTarget target, List<TocEntry> entries) {
        if (target.existence() == RestoreTarget.Existence.CREATE) return List.copyOf(entries);
        var missing = new ArrayList<TocEntry>();
        try (var session = Session.open(target.login(), target.database())) {
            for (var entry : entries)
                if (question(entry).isPresent() && !session.yes(question(entry).get(), name(entry)))
                    missing.add(entry);
            return missing;
        } catch (SQLException e) {
            throw ConnectFailure.explain(e, target.endpoint(), target.database());
        }
    }

    private static Optional<String> question(TocEntry entry) {
        return switch (entry.desc()) {
            case "TYPE", "DOMAIN" -> Optional.of("select to_regtype(?) is not null");
            case "TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE" ->
                    Optional.of("select to_regclass(?) is not null");
            case "FUNCTION", "PROCEDURE" -> Optional.of("select to_regprocedure(?) is not null");
            case "EXTENSION" ->
                    Optional.of("select count(*) > 0 from pg_extension where extname = ?");
            default -> Optional.empty();
        };
    }

    private static String name(TocEntry entry) {
        if (entry.desc().equals("EXTENSION")) return entry.tag();
        var schema = entry.namespace().map(name -> Identifier.quoted(name) + ".").orElse("");
        // A function's tag holds its argument types, and its name needs quotes of its own.
        var bracket = entry.tag().indexOf('(');
        if (bracket < 0) return schema + Identifier.quoted(entry.tag());
        var name = entry.tag().substring(0, bracket);
        return schema
                + (name.startsWith("\"") ? name : Identifier.quoted(name))
                + withoutNames(entry.tag().substring(bracket));
    }

    /// `(a integer, VARIADIC b text[])` as `to_regprocedure` wants it cannot be told from a type of two
    /// words; pg_dump's tags hold types only, apart from the mode.
    private static String withoutNames(String arguments) {
        return arguments.replaceAll("(?<=[(,] ?)(VARIADIC|INOUT|OUT|IN) ", "");
    }
}
