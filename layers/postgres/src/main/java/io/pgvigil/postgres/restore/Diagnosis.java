package io.pgvigil.postgres.restore;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.postgres.restore.RestoreError.Part;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Turns what pg_restore said into errors with causes.
///
/// Three questions, in this order. Which entry was it? Why did it fail? And does it only follow from the
/// failure of another entry, which is then the one to tell people about?
final class Diagnosis {
    private static final int MESSAGE_LENGTH = 300;
    private static final int STATEMENT_LENGTH = 200;
    private static final int COMPARED_LENGTH = 300;

    private static final Set<String> SECRET_KINDS =
            Set.of("SUBSCRIPTION", "USER MAPPING", "SERVER");
    private static final Pattern SECRET_WORDS =
            Pattern.compile(
                    "password|passwd|secret|token|connection '|\\bsubscription\\b|user mapping"
                            + "|create server|alter server|options *\\(",
                    Pattern.CASE_INSENSITIVE);

    private static final Pattern COPY_FAILED = Pattern.compile("COPY failed for table \"(.*?)\": ");
    private static final Pattern FUNCTION_CONTEXT =
            Pattern.compile("(?m)^(?:CONTEXT:  )?(?:SQL|PL/\\w+) function ");
    private static final Pattern COLUMN_CONTEXT =
            Pattern.compile("(?m)^(?:CONTEXT:  )?COPY .*, line \\d+, column ");
    // A name without a dot inside the quotes; functions are named without quotes.
    private static final Pattern UNQUALIFIED_MISSING =
            Pattern.compile(
                    "(?:relation|type|function|operator class|text search configuration) \"?[^\".]+\"?"
                            + " does not exist|function [^.(]+\\(.*\\) does not exist"
                            + "|operator does not exist: ");
    private static final Pattern EXTENSION_NAME =
            Pattern.compile("extension \"(.*?)\"|extension/(.+?)\\.control");

    private record Sign(Pattern pattern, Cause cause) {}

    private static Sign sign(String regex, Cause cause) {
        return new Sign(Pattern.compile(regex), cause);
    }

    /// The first that matches wins; these mean the same whatever the entry.
    private static final List<Sign> SIGNS =
            List.of(
                    sign("No space left on device|could not extend file", Cause.DISK_FULL),
                    sign("role \".*\" does not exist", Cause.ROLE_MISSING),
                    sign(
                            "could not set default_tablespace|tablespace \".*\" does not exist"
                                    + "|parameter \"default_tablespace\"",
                            Cause.TABLESPACE_MISSING),
                    sign(
                            "could not open extension control file|extension \".*\" is not available"
                                    + "|extension \".*\" does not exist"
                                    + "|extension \".*\" has no installation script",
                            Cause.EXTENSION_MISSING),
                    sign("security label provider", Cause.LABEL_PROVIDER_MISSING),
                    sign(
                            "could not access file \"|could not load library|could not find function"
                                    + " \".*\" in file|incompatible library",
                            Cause.LIBRARY_MISSING),
                    sign("deadlock detected", Cause.DEADLOCK),
                    sign(
                            "unrecognized parameter \"|unrecognized configuration parameter"
                                    + "|unrecognized (?:\\w+ )?option",
                            Cause.NEWER_THAN_TARGET),
                    sign(
                            "permission denied|must be owner|must be superuser|must be member of"
                                    + "|must be able to SET ROLE|must have \\w+ (?:privilege|option)",
                            Cause.PRIVILEGE_MISSING),
                    sign(
                            "server closed the connection|terminating connection|connection to server"
                                    + "|could not (?:open|read) (?:from )?input file"
                                    + "|SSL connection has been closed",
                            Cause.STOPPED));

    private final List<TocEntry> toc;
    private final Map<Integer, TocEntry> byId = new LinkedHashMap<>();

    Diagnosis(List<TocEntry> toc) {
        this.toc = List.copyOf(toc);
        toc.forEach(entry -> byId.put(entry.dumpId(), entry));
    }

    List<RestoreError> explain(List<RestoreLog.Said> said) {
        var found = new ArrayList<RestoreError>();
        var lost = new HashSet<Integer>();
        for (var words : said) {
            var error = error(words);
            // What comes after an object could not be made (its owner, say) is no news.
            if (error.entry() > 0 && lost.contains(error.entry())) continue;
            if (error.part() == Part.WHOLE) lost.add(error.entry());
            found.add(error);
        }
        return fold(found);
    }

    private RestoreError error(RestoreLog.Said said) {
        var entry = entryOf(said);
        var part = entry.map(which -> part(which, said)).orElse(Part.UNKNOWN);
        return new RestoreError(
                entry.map(TocEntry::dumpId).orElse(0),
                entry.map(TocEntry::title).orElse("an entry that is not known"),
                message(said, entry),
                Optional.empty(),
                statement(said, entry),
                cause(said, entry),
                part,
                OptionalInt.empty());
    }

    // Which entry

    private Optional<TocEntry> entryOf(RestoreLog.Said said) {
        var claimed = Optional.ofNullable(byId.get(said.entry()));
        if (claimed.filter(entry -> fits(entry, said)).isPresent()) return claimed;
        // Another job's words came between: the statement itself may tell.
        var fitting = toc.stream().filter(entry -> isOf(entry, said)).limit(2).toList();
        return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
    }

    private static boolean fits(TocEntry entry, RestoreLog.Said said) {
        if (isOf(entry, said)) return true;
        if (COPY_FAILED.matcher(said.first()).find()) return false;
        if (said.command().isEmpty()) return true;
        var command = said.command().getFirst();
        return command.contains(" OWNER TO ")
                || command.startsWith("SET ")
                || command.startsWith("SELECT pg_catalog.")
                || command.startsWith("ALTER LARGE OBJECT")
                || command.startsWith("TRUNCATE ")
                || command.startsWith("DROP ")
                || command.matches("(BEGIN|COMMIT|START TRANSACTION);?.*");
    }

    /// Whether the words can only be about this entry or one exactly like it.
    private static boolean isOf(TocEntry entry, RestoreLog.Said said) {
        var copy = COPY_FAILED.matcher(said.first());
        if (copy.find())
            return entry.desc().equals("TABLE DATA")
                    && plain(entry.tag()).equals(plain(copy.group(1)));
        if (said.command().isEmpty()) return false;
        var command = firstLine(String.join("\n", said.command()));
        // A table that is not there at all fails as a query, and its COPY is the entry's own text.
        var own = entry.desc().equals("TABLE DATA") ? entry.copyStatement() : entry.definition();
        return !command.isEmpty() && command.equals(firstLine(own));
    }

    private static Part part(TocEntry entry, RestoreLog.Said said) {
        if (isOf(entry, said)) return Part.WHOLE;
        // Large objects come in one entry for many: which of them failed is not said.
        return entry.desc().startsWith("BLOB") ? Part.UNKNOWN : Part.BESIDE;
    }

    private static String firstLine(String sql) {
        var stripped = sql.strip();
        var end = stripped.indexOf('\n');
        var line = end < 0 ? stripped : stripped.substring(0, end);
        return plain(line.length() > COMPARED_LENGTH ? line.substring(0, COMPARED_LENGTH) : line);
    }

    /// Messages come in the archive's encoding, which need not be ours.
    private static String plain(String text) {
        return text.strip().replaceAll("[^\\x20-\\x7e]+", "?");
    }

    // Why

    private static Cause cause(RestoreLog.Said said, Optional<TocEntry> entry) {
        var words = said.whole();
        var kind = entry.map(TocEntry::desc).orElse("");
        for (var sign : SIGNS) if (sign.pattern().matcher(words).find()) return sign.cause();
        if (said.first().contains("already exists")) return Cause.ALREADY_EXISTS;
        if (kind.equals("SUBSCRIPTION")) return Cause.SUBSCRIPTION;
        if (kind.equals("TRIGGER") && words.matches("(?s).*trigger \".*\" for (table|relation) .*"))
            return Cause.PARTITION_TRIGGER;
        var inFunction = FUNCTION_CONTEXT.matcher(words).find();
        if (UNQUALIFIED_MISSING.matcher(said.first()).find() && inFunction)
            return Cause.SEARCH_PATH;
        if (COPY_FAILED.matcher(said.first()).find()) {
            if (said.first().contains("does not exist") && COLUMN_CONTEXT.matcher(words).find())
                return Cause.NAMES_LATER_OBJECT;
            if (words.contains("violates check constraint") || inFunction)
                return Cause.CHECK_READS_OTHER_DATA;
        }
        return Cause.OTHER;
    }

    // What follows from what

    /// @param entries of which nothing was restored, by dump id
    /// @param data for a table's dump id, the entry of the rows it lacks
    private record Lost(Map<Integer, TocEntry> entries, Map<Integer, TocEntry> data) {}

    private List<RestoreError> fold(List<RestoreError> errors) {
        var lost = new Lost(new LinkedHashMap<>(), new HashMap<>());
        for (var error : errors) {
            var entry = byId.get(error.entry());
            if (entry == null || error.part() != Part.WHOLE) continue;
            lost.entries().put(entry.dumpId(), entry);
            // The only entry a table's data depends on is the table.
            if (entry.desc().equals("TABLE DATA"))
                entry.dependencies().forEach(table -> lost.data().put(table, entry));
        }
        return errors.stream()
                .map(error -> {
                    var root = root(error, lost);
                    return root.map(entry ->
                                    error.because(Cause.FOLLOWS, OptionalInt.of(entry.dumpId())))
                            .orElse(error);
                })
                .toList();
    }

    private Optional<TocEntry> root(RestoreError error, Lost lost) {
        var entry = byId.get(error.entry());
        if (entry == null) return Optional.empty();
        if (error.cause() == Cause.EXTENSION_MISSING && !entry.desc().equals("EXTENSION"))
            return extension(error, lost);
        // Others explain themselves, whatever else went wrong.
        switch (error.cause()) {
            case OTHER, SEARCH_PATH, NAMES_LATER_OBJECT, PARTITION_TRIGGER, SUBSCRIPTION -> {}
            default -> {
                return Optional.empty();
            }
        }
        var needed = needs(entry);
        var roots =
                lost.entries().values().stream()
                        .filter(each -> needed.contains(each.dumpId()))
                        // Of several, the one that does not itself need another that was lost.
                        .min(
                                Comparator.<TocEntry>comparingLong(each ->
                                                needs(each).stream()
                                                        .filter(lost.entries()::containsKey)
                                                        .count())
                                        .thenComparing(TocEntry::dumpId));
        if (roots.isPresent()) return roots;
        if (!error.message().contains("violates foreign key constraint")) return Optional.empty();
        return lost.data().entrySet().stream()
                .filter(data -> needed.contains(data.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static Optional<TocEntry> extension(RestoreError error, Lost lost) {
        var names = EXTENSION_NAME.matcher(error.message());
        if (!names.find()) return Optional.empty();
        var name = Optional.ofNullable(names.group(1)).orElseGet(() -> names.group(2));
        return lost.entries().values().stream()
                .filter(entry -> entry.desc().equals("EXTENSION") && entry.tag().equals(name))
                .findFirst();
    }

    private Set<Integer> needs(TocEntry entry) {
        var needed = new LinkedHashSet<Integer>();
        var open = new ArrayDeque<>(entry.dependencies());
        while (!open.isEmpty()) {
            var id = open.removeFirst();
            var next = byId.get(id);
            // Ids of objects that were not dumped lead nowhere.
            if (next == null || id == entry.dumpId() || !needed.add(id)) continue;
            open.addAll(next.dependencies());
        }
        return needed;
    }

    // In which words

    private static String message(RestoreLog.Said said, Optional<TocEntry> entry) {
        var text = said.first();
        var server = text.indexOf("ERROR:  ");
        if (server >= 0) text = text.substring(server + "ERROR:  ".length());
        // A value from a row is quoted at the end: invalid input syntax for type integer: "x"
        if (COPY_FAILED.matcher(said.first()).find()) text = masked(text, ": \".*$", ": …");
        if (entry.map(TocEntry::desc).filter(SECRET_KINDS::contains).isPresent())
            text = masked(text, "\"[^\"]*\"|'[^']*'", "…");
        for (var line : said.body())
            if (line.startsWith("DETAIL:  Tablespace ")) text += "; " + line.substring(9);
        text = text.strip();
        return text.length() <= MESSAGE_LENGTH ? text : text.substring(0, MESSAGE_LENGTH) + "…";
    }

    private static String masked(String text, String regex, String with) {
        return text.replaceAll(regex, Matcher.quoteReplacement(with));
    }

    private static String statement(RestoreLog.Said said, Optional<TocEntry> entry) {
        if (said.command().isEmpty()) return "";
        if (entry.map(TocEntry::desc).filter(SECRET_KINDS::contains).isPresent()) return "";
        if (SECRET_WORDS.matcher(String.join("\n", said.command())).find()) return "";
        var line = said.command().getFirst().strip();
        return line.length() <= STATEMENT_LENGTH ? line : line.substring(0, STATEMENT_LENGTH) + "…";
    }
}
