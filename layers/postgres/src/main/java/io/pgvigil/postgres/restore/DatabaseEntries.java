package io.pgvigil.postgres.restore;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.core.DatabaseName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The entries of an archive that are about the database itself: how it is made, its owner, settings,
/// grants, comment and labels.
///
/// pg_restore runs them only with `--create`, and then under the archived name only. We run them
/// ourselves, under the name the target has.
final class DatabaseEntries {
    private static final Set<String> BESIDE = Set.of("ACL", "COMMENT", "SECURITY LABEL");

    private final List<TocEntry> toc;

    DatabaseEntries(List<TocEntry> toc) {
        this.toc = List.copyOf(toc);
    }

    Optional<TocEntry> database() {
        return toc.stream().filter(entry -> entry.desc().equals("DATABASE")).findFirst();
    }

    /// Settings, applied before the objects because they may matter to them.
    List<TocEntry> properties() {
        return toc.stream().filter(entry -> entry.desc().equals("DATABASE PROPERTIES")).toList();
    }

    /// Grants, comment and labels, applied last.
    List<TocEntry> finish() {
        var database = database();
        return toc.stream()
                .filter(entry ->
                        BESIDE.contains(entry.desc())
                                && entry.namespace().orElse("").isEmpty()
                                && database.map(made ->
                                                entry.tag().equals("DATABASE " + made.tag())
                                                        && entry.dependencies()
                                                                .contains(made.dumpId()))
                                        .orElse(false))
                .toList();
    }

    /// Whether pg_restore without `--create` leaves the entry out.
    boolean isOurs(TocEntry entry) {
        return entry.desc().equals("DATABASE")
                || entry.desc().equals("DATABASE PROPERTIES")
                || finish().contains(entry);
    }

    /// The statements of an entry with the database's name exchanged.
    static List<String> named(TocEntry entry, DatabaseName name) {
        return named(entry.definition(), name);
    }

    // In all these statements what follows the first DATABASE outside quotes is the name:
    // ALTER ROLE "x" IN DATABASE a SET …, GRANT CONNECT ON DATABASE a TO …
    static List<String> named(String sql, DatabaseName name) {
        var statements = new ArrayList<String>();
        for (var statement : SqlScript.statements(sql)) {
            var keyword = SqlScript.find(statement, "DATABASE ");
            if (keyword.isEmpty()) {
                statements.add(statement);
                continue;
            }
            var from = keyword.getAsInt() + "DATABASE ".length();
            statements.add(
                    statement.substring(0, from)
                            + Identifier.quoted(name.value())
                            + statement.substring(Identifier.end(statement, from)));
        }
        return statements;
    }

    /// The tablespace that the database itself lies in, where it is not the default.
    static Optional<String> tablespace(String create) {
        var word = SqlScript.find(create, " TABLESPACE = ");
        if (word.isEmpty()) return Optional.empty();
        var from = word.getAsInt() + " TABLESPACE = ".length();
        return Optional.of(
                Identifier.unquoted(create.substring(from, Identifier.end(create, from))));
    }

    static String withoutTablespace(String create) {
        var word = SqlScript.find(create, " TABLESPACE = ");
        if (word.isEmpty()) return create;
        var end = Identifier.end(create, word.getAsInt() + " TABLESPACE = ".length());
        return create.substring(0, word.getAsInt()) + create.substring(end);
    }

    /// `ALTER DATABASE … OWNER TO …` is not in the entry's text: pg_restore makes it from the owner.
    static String owner(DatabaseName name, String owner) {
        return "ALTER DATABASE "
                + Identifier.quoted(name.value())
                + " OWNER TO "
                + Identifier.quoted(owner);
    }
}
