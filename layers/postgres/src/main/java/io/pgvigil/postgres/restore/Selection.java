package io.pgvigil.postgres.restore;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A part of an archive: what to restore, and what that needs but does not hold.
///
/// @param entries in the archive's order
/// @param needed what the entries refer to and the target must already have
public record Selection(List<TocEntry> entries, List<Need> needed) {
    public Selection {
        entries = List.copyOf(entries);
        needed = List.copyOf(needed);
    }

    /// Something outside the selection.
    ///
    /// @param by the first entry that refers to it
    public record Need(TocEntry entry, TocEntry by) {
        /// `TABLE app.customers, for FK CONSTRAINT app.orders orders_customer_fkey`
        @Override
        public String toString() {
            return entry.title() + ", for " + by.title();
        }
    }

    private static final int NEAR_NAMES = 5;
    private static final int NEAR_EDITS = 3;

    private static final Set<String> RELATIONS =
            Set.of("TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE");

    /// Belong to the relation they depend on, and name it first in their tag: `orders orders_pkey`.
    private static final Set<String> TAGGED =
            Set.of(
                    "DEFAULT",
                    "CONSTRAINT",
                    "CHECK CONSTRAINT",
                    "FK CONSTRAINT",
                    "TRIGGER",
                    "RULE",
                    "POLICY");

    /// Belong to whatever they depend on.
    private static final Set<String> ATTACHED =
            Set.of(
                    "TABLE DATA",
                    "MATERIALIZED VIEW DATA",
                    "SEQUENCE SET",
                    "SEQUENCE OWNED BY",
                    "INDEX",
                    "STATISTICS",
                    "ROW SECURITY",
                    "ACL",
                    "COMMENT",
                    "SECURITY LABEL");

    /// Belong when both ends do.
    private static final Set<String> BETWEEN = Set.of("TABLE ATTACH", "INDEX ATTACH");

    /// Part of a schema in name only, or of the whole database.
    private static final Set<String> NEVER_BY_SCHEMA =
            Set.of("EXTENSION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA");

    /// What the patterns mean in this archive.
    ///
    /// A table comes with its rows, partitions, sequences, defaults, constraints, indexes, triggers,
    /// policies, grants and comments, and with its schema, which is made where it is missing.
    ///
    /// @param schemas patterns as pg_dump reads them: `app`, `app_*`, `"Mixed"`
    /// @param tables the same for `schema.table`; without a schema, of any schema
    public static Selection resolve(List<TocEntry> toc, List<String> schemas, List<String> tables) {
        return new Resolution(toc).resolve(schemas, tables);
    }

    /// Without the foreign keys that lead out of the selection.
    public Selection withoutForeignKeysOutside() {
        var leading = new HashSet<Integer>();
        for (var need : needed)
            if (need.by().desc().equals("FK CONSTRAINT")) leading.add(need.by().dumpId());
        return new Selection(
                entries.stream().filter(entry -> !leading.contains(entry.dumpId())).toList(),
                needed.stream().filter(need -> !leading.contains(need.by().dumpId())).toList());
    }

    /// With further entries, and whatever those need in turn.
    public Selection including(List<TocEntry> toc, List<TocEntry> more) {
        var resolution = new Resolution(toc);
        entries.forEach(entry -> resolution.chosen.add(entry.dumpId()));
        for (var entry : more) {
            resolution.chosen.add(entry.dumpId());
            entry.namespace()
                    .flatMap(schema ->
                            toc.stream()
                                    .filter(each ->
                                            each.desc().equals("SCHEMA")
                                                    && each.tag().equals(schema))
                                    .findFirst())
                    .ifPresent(schema -> resolution.chosen.add(schema.dumpId()));
            // A base type begins as a shell, which its functions need.
            if (entry.desc().equals("TYPE"))
                toc.stream()
                        .filter(each ->
                                each.desc().equals("SHELL TYPE")
                                        && each.tag().equals(entry.tag())
                                        && each.namespace().equals(entry.namespace()))
                        .forEach(shell -> resolution.chosen.add(shell.dumpId()));
        }
        var all = toc.stream().filter(entry -> resolution.chosen.contains(entry.dumpId())).toList();
        return new Selection(all, resolution.needed(all));
    }

    private static final class Resolution {
        private final List<TocEntry> toc;
        private final Map<Integer, TocEntry> byId = new LinkedHashMap<>();
        private final Map<Integer, List<TocEntry>> dependents = new HashMap<>();
        private final Set<Integer> chosen = new HashSet<>();
        private final ArrayDeque<TocEntry> open = new ArrayDeque<>();

        Resolution(List<TocEntry> toc) {
            this.toc = toc;
            for (var entry : toc) {
                byId.put(entry.dumpId(), entry);
                for (var needed : Set.copyOf(entry.dependencies()))
                    dependents.computeIfAbsent(needed, id -> new ArrayList<>()).add(entry);
            }
        }

        Selection resolve(List<String> schemas, List<String> tables) {
            var unmatched = new ArrayList<String>();
            for (var text : schemas) if (!takeSchema(NamePattern.parse(text))) unmatched.add(text);
            for (var text : tables) if (!takeTables(NamePattern.parse(text))) unmatched.add(text);
            if (!unmatched.isEmpty()) throw matchesNothing(unmatched);
            close();
            var entries = toc.stream().filter(entry -> chosen.contains(entry.dumpId())).toList();
            return new Selection(entries, needed(entries));
        }

        private boolean takeSchema(NamePattern pattern) {
            if (pattern.schema().isPresent()) return false;
            var found = false;
            for (var entry : toc) {
                var itself = entry.desc().equals("SCHEMA") && pattern.matchesName(entry.tag());
                var inside =
                        entry.namespace().filter(pattern::matchesName).isPresent()
                                && !NEVER_BY_SCHEMA.contains(entry.desc());
                if (itself || inside) {
                    take(entry);
                    found = true;
                }
            }
            return found;
        }

        private boolean takeTables(NamePattern pattern) {
            var found = false;
            for (var entry : toc)
                if (RELATIONS.contains(entry.desc())
                        && pattern.matches(entry.namespace().orElse(""), entry.tag())) {
                    take(entry);
                    found = true;
                }
            return found;
        }

        private void take(TocEntry entry) {
            if (chosen.add(entry.dumpId())) open.add(entry);
        }

        private void close() {
            while (!open.isEmpty()) {
                var entry = open.removeFirst();
                for (var dependent : dependents.getOrDefault(entry.dumpId(), List.of()))
                    if (belongs(dependent, entry)) take(dependent);
                // The sequence of a serial column points at its table and not the other way round.
                if (entry.desc().equals("TABLE")) takeOwnedSequences(entry);
                takeSchemaOf(entry);
            }
        }

        private boolean belongs(TocEntry entry, TocEntry to) {
            if (TAGGED.contains(entry.desc()))
                return entry.tag().startsWith(to.tag() + " ")
                        && RELATIONS.contains(to.desc())
                        && entry.namespace().equals(to.namespace());
            // CREATE TABLE … (id … IDENTITY): made by an ALTER TABLE that depends on the table.
            if (BETWEEN.contains(entry.desc()))
                return entry.dependencies().stream()
                        .filter(byId::containsKey)
                        .allMatch(chosen::contains);
            return ATTACHED.contains(entry.desc()) && isAbout(entry, to);
        }

        // A statistics object or an index depends on what its expressions use, too.
        private boolean isAbout(TocEntry entry, TocEntry to) {
            return switch (entry.desc()) {
                case "INDEX", "STATISTICS" -> RELATIONS.contains(to.desc());
                // Its dependency is the sequence; whether the table is wanted is the table's
                // matter.
                case "SEQUENCE OWNED BY" ->
                        to.desc().equals("SEQUENCE")
                                && ownerOf(to)
                                        .map(table -> chosen.contains(table.dumpId()))
                                        .orElse(false);
                default -> true;
            };
        }

        private void takeOwnedSequences(TocEntry table) {
            for (var dependent : dependents.getOrDefault(table.dumpId(), List.of())) {
                if (dependent.desc().equals("SEQUENCE")) take(dependent);
                // Partitions: p1 depends on p, and an attachment ties them.
                if (dependent.desc().equals("TABLE ATTACH"))
                    partitionOf(dependent, table).ifPresent(this::take);
            }
        }

        /// The partition that this attachment adds to `parent`.
        private java.util.Optional<TocEntry> partitionOf(TocEntry attach, TocEntry parent) {
            return attach.dependencies().stream()
                    .map(byId::get)
                    .filter(java.util.Objects::nonNull)
                    .filter(entry ->
                            entry.dumpId() != parent.dumpId()
                                    && entry.tag().equals(attach.tag())
                                    && entry.namespace().equals(attach.namespace()))
                    .findFirst();
        }

        private java.util.Optional<TocEntry> ownerOf(TocEntry sequence) {
            return sequence.dependencies().stream()
                    .map(byId::get)
                    .filter(java.util.Objects::nonNull)
                    .filter(entry -> entry.desc().equals("TABLE"))
                    .findFirst();
        }

        private void takeSchemaOf(TocEntry entry) {
            for (var schema : toc)
                if (schema.desc().equals("SCHEMA")
                        && entry.namespace().filter(schema.tag()::equals).isPresent()) take(schema);
        }

        private List<Need> needed(List<TocEntry> entries) {
            var needed = new LinkedHashMap<Integer, Need>();
            for (var entry : entries) {
                var follow = new ArrayDeque<>(entry.dependencies());
                var seen = new HashSet<Integer>();
                while (!follow.isEmpty()) {
                    var id = follow.removeFirst();
                    var need = byId.get(id);
                    if (need == null || chosen.contains(id) || !seen.add(id)) continue;
                    if (!isStructure(need)) needed.putIfAbsent(id, new Need(need, entry));
                    // A type may need a function; a table that must be there brings its own along.
                    if (!RELATIONS.contains(need.desc())) follow.addAll(need.dependencies());
                }
            }
            return List.copyOf(needed.values());
        }

        /// Schemas, and steps towards an object that is named itself.
        private static boolean isStructure(TocEntry entry) {
            return entry.desc().equals("SCHEMA") || entry.desc().equals("SHELL TYPE");
        }

        private Problem matchesNothing(List<String> patterns) {
            var near = new TreeSet<String>();
            for (var pattern : patterns) near.addAll(near(pattern));
            return new Problem(
                    ErrorCode.SELECTION_MATCHES_NOTHING,
                    "nothing in the archive matches " + String.join(", ", patterns),
                    near.isEmpty()
                            ? "List what the archive holds; names are written schema.table, and upper"
                                    + " case needs double quotes."
                            : "Near are " + String.join(", ", near) + ".");
        }

        private List<String> near(String pattern) {
            var wanted = pattern.replaceAll("[*?\"]", "").toLowerCase(java.util.Locale.ROOT);
            record Near(String name, int distance) {}
            return toc.stream()
                    .filter(entry ->
                            RELATIONS.contains(entry.desc()) || entry.desc().equals("SCHEMA"))
                    .map(entry ->
                            entry.namespace()
                                    .map(schema -> schema + "." + entry.tag())
                                    .orElse(entry.tag()))
                    .map(name -> new Near(name, distance(wanted, name)))
                    .filter(found -> found.distance() <= NEAR_EDITS)
                    .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
                    .limit(NEAR_NAMES)
                    .map(Near::name)
                    .toList();
        }

        /// Edits between the names, with or without the schema; a part counts as near.
        private static int distance(String wanted, String name) {
            var lower = name.toLowerCase(java.util.Locale.ROOT);
            var bare = lower.substring(lower.indexOf('.') + 1);
            var wantedBare = wanted.substring(wanted.indexOf('.') + 1);
            if (wantedBare.length() >= 3 && bare.contains(wantedBare)) return 1;
            return Math.min(edits(wanted, lower), edits(wantedBare, bare) + 1);
        }

        private static int edits(String a, String b) {
            var row = new int[b.length() + 1];
            for (var j = 0; j <= b.length(); j++) row[j] = j;
            for (var i = 1; i <= a.length(); i++) {
                var diagonal = row[0];
                row[0] = i;
                for (var j = 1; j <= b.length(); j++) {
                    var above = row[j];
                    row[j] =
                            Math.min(
                                    Math.min(row[j], row[j - 1]) + 1,
                                    diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                    diagonal = above;
                }
            }
            return row[b.length()];
        }
    }
}
