package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.LargeObjectFacts;
import io.pgvigil.archive.fixpoint.Difference.Property;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Large objects one by one, whatever groups the archive puts them in.
///
/// Tools up to 16 write an entry for each object, later ones a group per owner and privileges, whose
/// `ACL` entry names only the group's first object. One object that changes hands moves between
/// groups and changes two of them; compared by oid, it is the one that is named.
final class LargeObjects {
    private static final Set<String> KINDS = Set.of("BLOB", "BLOBS", "BLOB METADATA");

    private static final Pattern GROUP = Pattern.compile("LARGE OBJECTS? (\\d+)(?:\\.\\.\\d+)?");

    /// @param privileges the GRANT statements with the oid taken out, empty for the default
    /// @param unread whether the archive has data for it that the facts lack
    private record LargeObject(
            String owner, String privileges, Optional<LargeObjectFacts> data, boolean unread) {}

    private LargeObjects() {}

    /// Whether this class, and not the comparison of whole entries, looks after the entry.
    static boolean covers(TocEntry entry) {
        return KINDS.contains(entry.desc())
                || (entry.desc().equals("ACL") && GROUP.matcher(entry.tag()).matches());
    }

    /// Adds what differs to `differences` and returns how many large objects are equal.
    static int compare(ArchiveFacts original, ArchiveFacts again, List<Difference> differences) {
        var before = of(original);
        var after = of(again);
        var equal = 0;
        var oids = new TreeSet<>(before.keySet());
        oids.addAll(after.keySet());
        for (var oid : oids) {
            var one = before.get(oid);
            var two = after.get(oid);
            if (two == null) differences.add(new Difference.LargeObjectMissing(oid));
            else if (one == null) differences.add(new Difference.LargeObjectAdded(oid));
            else {
                var found = compare(oid, one, two);
                if (found.isEmpty()) equal++;
                differences.addAll(found);
            }
        }
        return equal;
    }

    private static List<Difference> compare(long oid, LargeObject one, LargeObject two) {
        var found = new ArrayList<Difference>();
        if (!one.owner().equals(two.owner()))
            found.add(
                    new Difference.LargeObjectChanged(
                            oid,
                            Property.OWNER,
                            "owner " + Excerpts.became(one.owner(), two.owner())));
        if (!one.privileges().equals(two.privileges()))
            found.add(
                    new Difference.LargeObjectChanged(
                            oid,
                            Property.PRIVILEGES,
                            "privileges " + Excerpts.became(one.privileges(), two.privileges())));
        if (one.unread()) found.add(new Difference.DataUnread("LARGE OBJECT " + oid, "original"));
        if (two.unread()) found.add(new Difference.DataUnread("LARGE OBJECT " + oid, "second"));
        if (!one.unread() && !two.unread()) data(oid, one, two).ifPresent(found::add);
        return found;
    }

    private static Optional<Difference> data(long oid, LargeObject one, LargeObject two) {
        var before = one.data();
        var after = two.data();
        if (before.isEmpty() && after.isEmpty()) return Optional.empty();
        String what;
        if (before.isEmpty()) what = "data added";
        else if (after.isEmpty()) what = "data missing";
        else if (before.get().size() != after.get().size())
            what = before.get().size() + " bytes became " + after.get().size();
        else if (!before.get().fingerprint().equals(after.get().fingerprint()))
            what = "as many bytes (" + before.get().size() + "), but not the same";
        else return Optional.empty();
        return Optional.of(new Difference.LargeObjectChanged(oid, Property.DATA, what));
    }

    private static SortedMap<Long, LargeObject> of(ArchiveFacts facts) {
        var owners = new HashMap<Long, String>();
        var groups = new HashMap<Long, List<Long>>();
        var hasData = false;
        for (var entry : facts.entries()) {
            hasData |= entry.desc().equals("BLOBS") && entry.hadData();
            var members = members(entry);
            for (var oid : members) owners.put(oid, entry.owner());
            if (!members.isEmpty()) groups.put(members.getFirst(), members);
        }
        var privileges = privileges(facts, groups);
        var data = new HashMap<Long, LargeObjectFacts>();
        for (var object : facts.largeObjects()) {
            data.put(object.oid(), object);
            owners.putIfAbsent(object.oid(), object.owner());
        }
        for (var oid : privileges.keySet()) owners.putIfAbsent(oid, "");
        var objects = new TreeMap<Long, LargeObject>();
        for (var owned : owners.entrySet()) {
            var oid = owned.getKey();
            var known = Optional.ofNullable(data.get(oid));
            objects.put(
                    oid,
                    new LargeObject(
                            owned.getValue(),
                            privileges.getOrDefault(oid, ""),
                            known,
                            hasData && known.isEmpty()));
        }
        return objects;
    }

    // A BLOB entry is named after its object; a BLOB METADATA entry lists them, one per line.
    private static List<Long> members(TocEntry entry) {
        return switch (entry.desc()) {
            case "BLOB" -> oid(entry.tag()).stream().toList();
            case "BLOB METADATA" ->
                    entry.definition()
                            .lines()
                            .map(LargeObjects::oid)
                            .flatMap(Optional::stream)
                            .toList();
            default -> List.of();
        };
    }

    private static Map<Long, String> privileges(ArchiveFacts facts, Map<Long, List<Long>> groups) {
        var privileges = new HashMap<Long, String>();
        for (var entry : facts.entries()) {
            var group = GROUP.matcher(entry.tag());
            if (!entry.desc().equals("ACL") || !group.matches()) continue;
            var first = Long.parseLong(group.group(1));
            var text = withoutOid(entry.definition(), group.group(1));
            for (var oid : groups.getOrDefault(first, List.of(first)))
                privileges.merge(oid, text, String::concat);
        }
        return privileges;
    }

    private static String withoutOid(String acl, String oid) {
        var tokens = new ArrayList<>(Sql.tokens(acl));
        for (var i = 4; i < tokens.size(); i++)
            if (tokens.get(i).text().equals(oid)
                    && tokens.get(i - 2).word("OBJECT")
                    && tokens.get(i - 4).word("LARGE"))
                tokens.set(i, new Sql.Token(Sql.Kind.NUMBER, "…"));
        return Sql.text(tokens);
    }

    private static Optional<Long> oid(String text) {
        var digits = text.strip();
        return digits.matches("\\d{1,10}") ? Optional.of(Long.valueOf(digits)) : Optional.empty();
    }
}
