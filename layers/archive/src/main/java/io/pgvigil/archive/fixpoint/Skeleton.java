package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.fixpoint.Sql.Token;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// A definition without parentheses, casts and type-named aliases: what a server's rewording leaves
/// alone.
///
/// Tells whether a second wording may be the server's own of the first. That is less than equality,
/// so it decides nothing alone: a third generation has to show that the wording is stable.
/// What it refuses although the bare token streams are equal: parentheses that cross, a cast to
/// another type, an alias that is lost or changed, and an alias that is added but is not the name the
/// server itself derives from the cast before it (a renamed column would look like that).
final class Skeleton {
    private sealed interface Trimming {
        record Cast(String type) implements Trimming {}

        /// @param derived whether it is the name of the type of the cast before it
        record Alias(String name, boolean derived) implements Trimming {}
    }

    private record Span(int from, int to) {}

    // How the catalogue calls the types that the server words differently.
    private static final Map<String, String> CATALOGUE_NAMES =
            Map.ofEntries(
                    Map.entry("smallint", "int2"),
                    Map.entry("integer", "int4"),
                    Map.entry("bigint", "int8"),
                    Map.entry("real", "float4"),
                    Map.entry("double precision", "float8"),
                    Map.entry("boolean", "bool"),
                    Map.entry("character varying", "varchar"),
                    Map.entry("character", "bpchar"),
                    Map.entry("bit varying", "varbit"),
                    Map.entry("timestamp without time zone", "timestamp"),
                    Map.entry("timestamp with time zone", "timestamptz"),
                    Map.entry("time without time zone", "time"),
                    Map.entry("time with time zone", "timetz"));

    private final List<String> core = new ArrayList<>();
    // One more than core tokens: what stands before the first has a place, too.
    private final List<List<Trimming>> trimmings = new ArrayList<>(List.of(new ArrayList<>()));
    private final List<Span> spans = new ArrayList<>();

    private Skeleton(String sql) {
        read(Sql.tokens(sql).stream().filter(token -> token.kind() != Sql.Kind.COMMENT).toList());
    }

    /// Whether `second` may be how a server words `first` after reading it.
    static boolean mayReword(String first, String second) {
        var one = new Skeleton(first);
        var two = new Skeleton(second);
        if (!one.core.equals(two.core)) return false;
        for (var i = 0; i < one.trimmings.size(); i++)
            if (!mayReword(one.trimmings.get(i), two.trimmings.get(i))) return false;
        return nest(one.spans, two.spans);
    }

    private void read(List<Token> tokens) {
        var open = new ArrayDeque<Integer>();
        var inQuery = false;
        String lastType = "";
        for (var i = 0; i < tokens.size(); i++) {
            var token = tokens.get(i);
            if (token.blank()) continue;
            var typeEnd = token.is("::") ? Sql.typeEnd(tokens, i + 1) : -1;
            if (typeEnd > 0) {
                var end = typeEnd;
                if (end + 1 < tokens.size()
                        && tokens.get(end).is("[")
                        && tokens.get(end + 1).is("]")) end += 2;
                trimmings.getLast().add(new Trimming.Cast(Sql.text(tokens.subList(i + 1, end))));
                lastType = catalogueName(tokens.subList(i + 1, typeEnd));
                i = end - 1;
            } else if (token.is("(")) {
                open.push(core.size());
            } else if (token.is(")")) {
                if (!open.isEmpty()) spans.add(new Span(open.pop(), core.size()));
            } else if (inQuery && isAlias(tokens, i)) {
                // AS IMPLICIT, AS RESTRICTIVE, AS ENUM and their like stand outside of queries.
                var name = tokens.get(i + 2).name();
                trimmings.getLast().add(new Trimming.Alias(name, name.equals(lastType)));
                lastType = "";
                i += 2;
            } else {
                inQuery |= token.word("SELECT");
                core.add(token.text());
                trimmings.add(new ArrayList<>());
                lastType = "";
            }
        }
    }

    private static boolean isAlias(List<Token> tokens, int at) {
        return tokens.get(at).word("AS")
                && at + 2 < tokens.size()
                && tokens.get(at + 1).kind() == Sql.Kind.SPACE
                && tokens.get(at + 2).identifier();
    }

    private static String catalogueName(List<Token> type) {
        // A typmod is no part of the name, and of a qualified name the last part counts.
        var words = new StringBuilder();
        var depth = 0;
        var last = "";
        for (var token : type) {
            if (token.is("(")) depth++;
            else if (token.is(")")) depth--;
            else if (depth == 0) {
                words.append(token.kind() == Sql.Kind.SPACE ? " " : token.text());
                if (token.identifier()) last = token.name();
            }
        }
        // The grammar names an array after its element, as it does a plain type.
        var text = words.toString();
        if (text.equals("\"char\"")) return "char";
        if (text.startsWith("interval")) return "interval";
        return CATALOGUE_NAMES.getOrDefault(text, last);
    }

    private static boolean mayReword(List<Trimming> first, List<Trimming> second) {
        if (first.equals(second)) return true;
        if (isWithin(first, second))
            return added(first, second).stream()
                    .allMatch(extra ->
                            switch (extra) {
                                case Trimming.Cast(_) -> true;
                                case Trimming.Alias(_, var derived) -> derived;
                            });
        return isWithin(second, first)
                && added(second, first).stream().allMatch(Trimming.Cast.class::isInstance);
    }

    private static boolean isWithin(List<Trimming> part, List<Trimming> whole) {
        return added(part, whole).size() == whole.size() - part.size();
    }

    // What the longer list has beyond the shorter, when that is a subsequence of it.
    private static List<Trimming> added(List<Trimming> part, List<Trimming> whole) {
        var added = new ArrayList<Trimming>();
        var at = 0;
        for (var trimming : whole)
            if (at < part.size() && part.get(at).equals(trimming)) at++;
            else added.add(trimming);
        return added;
    }

    // Parentheses of two wordings of one expression enclose subtrees of the same tree, and those
    // never cross: (a OR b) AND c is not a OR (b AND c).
    private static boolean nest(List<Span> first, List<Span> second) {
        var all = new ArrayList<>(first);
        all.addAll(second);
        all.sort(
                Comparator.comparingInt(Span::from)
                        .thenComparing(Comparator.comparingInt(Span::to).reversed()));
        var open = new ArrayDeque<Span>();
        for (var span : all) {
            while (!open.isEmpty() && open.peek().to() <= span.from()) open.pop();
            if (!open.isEmpty() && span.to() > open.peek().to()) return false;
            open.push(span);
        }
        return true;
    }
}
