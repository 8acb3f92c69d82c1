package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.ArchiveHeader;
import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.Fingerprint;
import io.pgvigil.archive.facts.TableFacts;
import io.pgvigil.archive.fixpoint.Comparison.Equal;
import io.pgvigil.archive.fixpoint.Comparison.Rewritten;
import io.pgvigil.archive.fixpoint.Comparison.Unproven;
import io.pgvigil.archive.fixpoint.Difference.EntryChanged;
import io.pgvigil.archive.fixpoint.Difference.Property;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Decides whether two archives describe the same database.
///
/// The first was restored, the second is the dump of what came of it. They are compared entry by
/// entry, row sum by row sum and large object by large object; `docs/fixpoint.md` lists what is
/// normalised before, and nothing else is.
public final class Fixpoint {

    // Planner statistics: a matter of ANALYZE, not of the data.
    private static final String IGNORED_KIND = "STATISTICS DATA";

    private static final Set<String> SHARED_NAMES =
            Set.of("OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY");

    // Beyond this many entries of one name, the best partner is not worth a search for each.
    private static final int PAIRS_WEIGHED = 10_000;

    private static final Pattern MAJOR = Pattern.compile("(\\d+)(?:[.a-z ].*)?", Pattern.DOTALL);

    private final ArchiveFacts original;
    private final ArchiveFacts again;
    private final boolean thirdGiven;
    private final Map<Key, List<String>> thirdDefinitions;

    private final List<Difference> differences = new ArrayList<>();
    private final List<Rewritten> rewritten = new ArrayList<>();
    private final List<Unproven> unproven = new ArrayList<>();
    private final TreeMap<String, Integer> equalEntries = new TreeMap<>();

    private Fixpoint(ArchiveFacts original, ArchiveFacts again, Optional<ArchiveFacts> third) {
        this.original = original;
        this.again = again;
        this.thirdGiven = third.isPresent();
        this.thirdDefinitions =
                third.map(ArchiveFacts::entries).orElse(List.of()).stream()
                        .filter(entry -> !entry.definition().isEmpty())
                        .collect(
                                Collectors.groupingBy(
                                        Key::of,
                                        Collectors.mapping(
                                                Normal::normalised, Collectors.toList())));
    }

    /// Compares without a third generation: whatever the server rewrites is a difference, and
    /// [Comparison#thirdGenerationWanted] says whether making one is worth it.
    public static Comparison compare(ArchiveFacts original, ArchiveFacts again) {
        return compare(original, again, Optional.empty());
    }

    /// @param third the dump of a scratch database restored from `again`; its definitions suffice
    public static Comparison compare(
            ArchiveFacts original, ArchiveFacts again, Optional<ArchiveFacts> third) {
        return new Fixpoint(original, again, third).compare();
    }

    private Comparison compare() {
        // Another major words everything differently: no use in naming a thousand entries.
        if (!sameMajors(original.header(), again.header()))
            return new Comparison(differences, List.of(), List.of(), Equal.NOTHING);

        compareEntries();
        var tables = compareTables();
        var largeObjects = LargeObjects.compare(original, again, differences);

        return new Comparison(
                differences,
                rewritten,
                unproven,
                new Equal(equalEntries, tables.count(), tables.rows(), largeObjects));
    }

    // ---- header

    private boolean sameMajors(ArchiveHeader one, ArchiveHeader two) {
        if (!major(one.dumpVersion()).equals(major(two.dumpVersion())))
            headerDiffers("tool version", one.dumpVersion(), two.dumpVersion());
        if (!major(one.serverVersion()).equals(major(two.serverVersion())))
            headerDiffers("server version", one.serverVersion(), two.serverVersion());
        if (one.version().compareTo(two.version()) != 0)
            headerDiffers("format", one.version().toString(), two.version().toString());
        if (!differences.isEmpty()) return false;

        // Four kinds of entries carry the name: said once here, they differ for that reason.
        if (!one.database().equals(two.database()))
            headerDiffers("database", one.database(), two.database());

        // Another minor of the tool may word a definition differently: no loss, but worth knowing.
        if (!one.dumpVersion().equals(two.dumpVersion()))
            unproven.add(
                    new Unproven(
                            "ARCHIVE HEADER tool version",
                            "pg_dump "
                                    + Excerpts.oneLine(one.dumpVersion())
                                    + " wrote the original and "
                                    + Excerpts.oneLine(two.dumpVersion())
                                    + " the second archive; a difference may come from the tool"));
        return true;
    }

    private void headerDiffers(String field, String one, String two) {
        differences.add(
                new Difference.HeaderDiffers(field, Excerpts.oneLine(one), Excerpts.oneLine(two)));
    }

    private static String major(String version) {
        var parsed = MAJOR.matcher(version);
        return parsed.matches() ? parsed.group(1) : version;
    }

    // ---- entries

    /// What makes two entries candidates for being the same object. Not unique.
    private record Key(String desc, Optional<String> namespace, String tag, String suffix) {
        static Key of(TocEntry entry) {
            return new Key(entry.desc(), entry.namespace(), entry.tag(), suffix(entry));
        }

        // Overloaded operators, and operator classes of several access methods, share a tag; what
        // tells them apart stands in the DROP statement. Default privileges exist per role.
        private static String suffix(TocEntry entry) {
            if (entry.desc().equals("DEFAULT ACL")) return " of " + entry.owner();
            if (!SHARED_NAMES.contains(entry.desc())) return "";
            var drop = entry.dropStatement();
            var start = drop.lastIndexOf(entry.desc().equals("OPERATOR") ? " (" : " USING ");
            return start < 0 ? "" : drop.substring(start).replace(";", "").stripTrailing();
        }
    }

    private static String name(TocEntry entry) {
        return Excerpts.oneLine(entry.title() + Key.suffix(entry));
    }

    /// Everything of an entry that counts. What is missing here is ignored: dump id, oids, data
    /// offset, dependencies and the order of entries.
    private record Whole(
            Key key,
            TocEntry.Section section,
            boolean hadData,
            String definition,
            String dropStatement,
            String copyStatement,
            Optional<String> tablespace,
            Optional<String> accessMethod,
            String relkind,
            String owner) {}

    /// The normalised texts of an entry.
    private record Normal(TocEntry entry, String definition, String copyStatement) {
        static String normalised(TocEntry entry) {
            return PolicyRoles.sorted(entry, ArrayCasts.pushed(Inheritance.unordered(entry)));
        }

        Whole whole() {
            return wholeOf(entry, definition, copyStatement);
        }
    }

    private static Whole wholeOf(TocEntry entry, String definition, String copyStatement) {
        return new Whole(
                Key.of(entry),
                entry.section(),
                entry.hadData(),
                definition,
                entry.dropStatement(),
                copyStatement,
                entry.tablespace(),
                entry.accessMethod(),
                entry.relkind(),
                entry.owner());
    }

    private void compareEntries() {
        // The texts as they stand first: nearly all entries are equal, and normalising costs.
        var left =
                leftovers(
                        relevant(original),
                        relevant(again),
                        entry -> wholeOf(entry, entry.definition(), entry.copyStatement()),
                        entry -> entry);
        var normal =
                leftovers(
                        left.original().stream().map(normaliser(original)).toList(),
                        left.again().stream().map(normaliser(again)).toList(),
                        Normal::whole,
                        Normal::entry);

        var added = normal.again().stream().collect(byKey());
        var missing = normal.original().stream().collect(byKey());
        var found = new ArrayList<Difference>();
        for (var candidates : missing.entrySet())
            pair(
                    candidates.getValue(),
                    added.getOrDefault(candidates.getKey(), new ArrayList<>()),
                    found);
        for (var entries : added.values())
            for (var entry : entries) found.add(new Difference.EntryAdded(name(entry.entry())));
        found.sort(Comparator.comparing(Difference::object));
        differences.addAll(found);
    }

    private static List<TocEntry> relevant(ArchiveFacts facts) {
        return facts.entries().stream()
                .filter(entry -> !entry.desc().equals(IGNORED_KIND))
                .filter(entry -> !LargeObjects.covers(entry))
                .toList();
    }

    private static java.util.stream.Collector<Normal, ?, Map<Key, List<Normal>>> byKey() {
        return Collectors.groupingBy(
                normal -> Key.of(normal.entry()),
                LinkedHashMap::new,
                Collectors.toCollection(ArrayList::new));
    }

    private static Function<TocEntry, Normal> normaliser(ArchiveFacts facts) {
        var permuted =
                facts.tables().stream()
                        .filter(table -> table.sorted() || table.viaRoot())
                        .map(TableFacts::dumpId)
                        .collect(Collectors.toSet());
        return entry ->
                new Normal(
                        entry,
                        Normal.normalised(entry),
                        permuted.contains(entry.dumpId())
                                ? Inheritance.unorderedCopy(entry.copyStatement())
                                : entry.copyStatement());
    }

    private record Leftovers<T>(List<T> original, List<T> again) {}

    // A multiset difference; whatever is equal is counted.
    private <T> Leftovers<T> leftovers(
            List<T> one, List<T> two, Function<T, Whole> whole, Function<T, TocEntry> entry) {
        Map<Whole, Deque<T>> unmatched = new LinkedHashMap<>();
        for (var candidate : two)
            unmatched
                    .computeIfAbsent(whole.apply(candidate), _ -> new ArrayDeque<>())
                    .add(candidate);
        var left = new ArrayList<T>();
        for (var candidate : one) {
            var equal = unmatched.getOrDefault(whole.apply(candidate), new ArrayDeque<>()).poll();
            if (equal == null) left.add(candidate);
            else equalEntries.merge(entry.apply(candidate).desc(), 1, Integer::sum);
        }
        return new Leftovers<>(left, unmatched.values().stream().flatMap(Deque::stream).toList());
    }

    // Entries of one name that are not equal: the most alike are one entry that changed.
    private void pair(List<Normal> missing, List<Normal> added, List<Difference> found) {
        var weigh = (long) missing.size() * added.size() <= PAIRS_WEIGHED;
        while (!missing.isEmpty() && !added.isEmpty()) {
            var one = missing.getFirst();
            var two = added.getFirst();
            if (weigh)
                for (var first : missing)
                    for (var second : added)
                        if (likeness(first, second) > likeness(one, two)) {
                            one = first;
                            two = second;
                        }
            missing.remove(one);
            added.remove(two);
            changed(one, two, found);
        }
        for (var entry : missing) found.add(new Difference.EntryMissing(name(entry.entry())));
        missing.clear();
    }

    private static int likeness(Normal one, Normal two) {
        var likeness = 0;
        if (one.definition().equals(two.definition())) likeness += 4;
        if (one.entry().dropStatement().equals(two.entry().dropStatement())) likeness += 2;
        if (one.entry().owner().equals(two.entry().owner())) likeness += 1;
        return likeness;
    }

    private void changed(Normal one, Normal two, List<Difference> found) {
        var before = one.entry();
        var after = two.entry();
        definitionChanged(one, two, found);
        text(Property.DROP_STATEMENT, before, before.dropStatement(), after.dropStatement(), found);
        text(Property.COPY_STATEMENT, before, one.copyStatement(), two.copyStatement(), found);
        text(Property.OWNER, before, before.owner(), after.owner(), found);
        text(
                Property.TABLESPACE,
                before,
                before.tablespace().orElse(""),
                after.tablespace().orElse(""),
                found);
        text(
                Property.ACCESS_METHOD,
                before,
                before.accessMethod().orElse(""),
                after.accessMethod().orElse(""),
                found);
        text(Property.RELATION_KIND, before, before.relkind(), after.relkind(), found);
        text(
                Property.SECTION,
                before,
                before.section().toString(),
                after.section().toString(),
                found);
        text(
                Property.DATA,
                before,
                before.hadData() ? "yes" : "no",
                after.hadData() ? "yes" : "no",
                found);
    }

    private void definitionChanged(Normal one, Normal two, List<Difference> found) {
        if (one.definition().equals(two.definition())) return;
        var entry = one.entry();
        var what = what(Property.DEFINITION, entry, one.definition(), two.definition());
        var mayBeRewriting = Skeleton.mayReword(one.definition(), two.definition());
        var judged = thirdDefinitions.get(Key.of(entry));
        if (mayBeRewriting && judged != null && judged.contains(two.definition()))
            rewritten.add(new Rewritten(name(entry), what));
        else
            found.add(
                    new EntryChanged(
                            name(entry),
                            Property.DEFINITION,
                            what,
                            // A third generation that says otherwise has settled it.
                            mayBeRewriting && !thirdGiven));
    }

    private static void text(
            Property property,
            TocEntry entry,
            String before,
            String after,
            List<Difference> found) {
        if (!before.equals(after))
            found.add(
                    new EntryChanged(
                            name(entry), property, what(property, entry, before, after), false));
    }

    private static String what(Property property, TocEntry entry, String before, String after) {
        if (Secrets.neverShown(entry)) return property + " differs";
        // Masked as a whole and cut afterwards: a window might show the tail of a secret.
        var one = Secrets.masked(entry, before);
        var two = Secrets.masked(entry, after);
        return one.equals(two) ? property + " differs" : property + " " + Excerpts.became(one, two);
    }

    // ---- table data

    private record Tables(int count, long rows) {}

    /// The rows of one table, or of all partitions that are loaded through one root.
    private record Content(String object, boolean viaRoot, List<TableFacts> blocks) {
        long rows() {
            return blocks.stream().mapToLong(TableFacts::rows).sum();
        }

        Fingerprint fingerprint() {
            return blocks.stream()
                    .map(TableFacts::fingerprint)
                    .reduce(Fingerprint.EMPTY, Fingerprint::plus);
        }
    }

    private Tables compareTables() {
        unread(original, "original");
        unread(again, "second");
        var before = contents(original);
        var after = contents(again);
        var named = differences.stream().map(Difference::object).collect(Collectors.toSet());
        var count = 0;
        var rows = 0L;
        var found = new ArrayList<Difference>();
        for (var content : before.entrySet()) {
            var one = content.getValue();
            var two = after.remove(content.getKey());
            if (two == null) onOneSide(one, one.rows(), 0, named, found);
            else if (one.rows() != two.rows())
                found.add(new Difference.RowsDiffer(one.object(), one.rows(), two.rows()));
            else if (!one.fingerprint().equals(two.fingerprint()))
                found.add(new Difference.ContentDiffers(one.object(), one.rows()));
            else {
                count += one.blocks().size();
                rows += one.rows();
                notShown(one, two);
            }
        }
        for (var two : after.values()) onOneSide(two, 0, two.rows(), named, found);
        found.sort(Comparator.comparing(Difference::object));
        differences.addAll(found);
        return new Tables(count, rows);
    }

    // A block without a counterpart: its entry has been named as missing, added or changed already,
    // unless the archives are stranger than they should be.
    private static void onOneSide(
            Content content, long before, long after, Set<String> named, List<Difference> found) {
        if (!named.contains(content.object()))
            found.add(new Difference.RowsDiffer(content.object(), before, after));
    }

    private void unread(ArchiveFacts facts, String archive) {
        var read = facts.tables().stream().map(TableFacts::dumpId).collect(Collectors.toSet());
        for (var entry : facts.entries())
            if (entry.desc().equals("TABLE DATA")
                    && entry.hadData()
                    && !read.contains(entry.dumpId()))
                differences.add(new Difference.DataUnread(name(entry), archive));
    }

    private static Map<String, Content> contents(ArchiveFacts facts) {
        var names = new HashMap<Integer, String>();
        for (var entry : facts.entries()) names.put(entry.dumpId(), name(entry));
        var contents = new LinkedHashMap<String, Content>();
        for (var table : facts.tables()) {
            // A root's rows under the root's name, as COPY quotes it; a table's under its entry's.
            var object =
                    table.viaRoot()
                            ? "TABLE DATA " + Excerpts.oneLine(unquoted(table.root()))
                            : names.getOrDefault(
                                    table.dumpId(),
                                    "TABLE DATA "
                                            + Excerpts.oneLine(
                                                    table.schema() + "." + table.table()));
            var key = (table.viaRoot() ? "root " : "table ") + object;
            contents.computeIfAbsent(
                            key, _ -> new Content(object, table.viaRoot(), new ArrayList<>()))
                    .blocks()
                    .add(table);
        }
        return contents;
    }

    private static String unquoted(String qualified) {
        return Sql.tokens(qualified).stream().map(Sql.Token::name).collect(Collectors.joining());
    }

    private void notShown(Content one, Content two) {
        if (one.viaRoot())
            unproven.add(
                    new Unproven(
                            one.object(),
                            "rows are equal over all "
                                    + one.blocks().size()
                                    + " partitions, which are loaded through the root; in which"
                                    + " partition each row lies is not compared"));
        var order = columns(two);
        for (var block : one.blocks()) {
            var now = order.get(place(block));
            if (now == null || now.equals(block.columns()) || !sameSet(now, block.columns()))
                continue;
            unproven.add(
                    new Unproven(
                            one.object(),
                            "the column order of "
                                    + Excerpts.oneLine(place(block))
                                    + " changed, as a restore does to the children of a table;"
                                    + " SELECT * and INSERT without a column list see the new"
                                    + " order"));
            fieldsReordered(block.root());
        }
    }

    // The text of a composite value survives a restore, and with it the old order of its fields.
    private void fieldsReordered(String rowType) {
        var filled =
                original.tables().stream()
                        .filter(table -> table.rows() > 0)
                        .map(table -> List.of(table.schema(), table.table()))
                        .collect(Collectors.toSet());
        for (var table : original.entries())
            if (table.desc().equals("TABLE")
                    && filled.contains(List.of(table.namespace().orElse(""), table.tag()))
                    && Inheritance.hasColumnOf(rowType, table))
                differences.add(
                        new Difference.FieldsReordered(name(table), Excerpts.oneLine(rowType)));
    }

    private static Map<String, List<String>> columns(Content content) {
        var columns = new HashMap<String, List<String>>();
        for (var block : content.blocks()) columns.put(place(block), block.columns());
        return columns;
    }

    private static String place(TableFacts table) {
        return table.schema() + "." + table.table();
    }

    private static boolean sameSet(List<String> one, List<String> two) {
        return new HashSet<>(one).equals(new HashSet<>(two));
    }
}
