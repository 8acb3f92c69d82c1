package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.fixpoint.Sql.Kind;
import io.pgvigil.archive.fixpoint.Sql.Token;
import java.util.ArrayList;
import java.util.List;

/// Pushes the cast of an array constructor into its elements.
///
/// PostgreSQL stores `status IN ('new', 'paid')` on a varchar column as a cast of the whole array and
/// reads the text of that back as a cast of each element:
///
/// ```
/// (ARRAY['new'::character varying, 'paid'::character varying])::text[]
/// ARRAY[('new'::character varying)::text, ('paid'::character varying)::text]
/// ```
///
/// and in extended statistics, which are worded with as few parentheses as possible:
///
/// ```
/// ARRAY['new'::character varying, 'paid'::character varying]::text[]
/// ARRAY['new'::character varying::text, 'paid'::character varying::text]
/// ```
///
/// Both mean the same; both become the second.
final class ArrayCasts {
    private ArrayCasts() {}

    static String pushed(String sql) {
        // Nearly every definition ends here, without being taken apart.
        if (!sql.contains("ARRAY[")) return sql;
        return Sql.text(pushed(Sql.tokens(sql)));
    }

    private static List<Token> pushed(List<Token> tokens) {
        var match = Sql.brackets(tokens);
        if (match.length == 0) return tokens;
        var out = new ArrayList<Token>(tokens.size());
        var changed = false;
        for (var i = 0; i < tokens.size(); i++) {
            var array = tokens.get(i).is("(") && !isCall(tokens, i) ? i + 1 : i;
            if (!isArray(tokens, array) || (array == i && isPartOfName(tokens, i))) {
                out.add(tokens.get(i));
                continue;
            }
            var parenthesised = array > i;
            var arrayEnd = match[array + 1];
            var cast = parenthesised ? arrayEnd + 2 : arrayEnd + 1;
            var closed = !parenthesised || (match[i] == arrayEnd + 1);
            var typeEnd = closed && isCast(tokens, cast) ? Sql.typeEnd(tokens, cast + 1) : -1;
            var elements = elements(tokens.subList(array + 2, arrayEnd));
            if (typeEnd < 0 || !isArrayMark(tokens, typeEnd) || elements.isEmpty()) {
                out.add(tokens.get(i));
                continue;
            }
            var type = tokens.subList(cast + 1, typeEnd);
            out.addAll(castElements(elements, type, parenthesised));
            i = typeEnd + 1;
            changed = true;
        }
        // (ARRAY[…])::a[] inside another such cast has become a bare constructor: once more.
        return changed ? pushed(out) : out;
    }

    private static List<Token> castElements(
            List<List<Token>> elements, List<Token> type, boolean parenthesise) {
        var out = new ArrayList<Token>();
        out.add(new Token(Kind.WORD, "ARRAY"));
        out.add(symbol("["));
        for (var element : elements) {
            if (out.size() > 2) {
                out.add(symbol(","));
                out.add(new Token(Kind.SPACE, " "));
            }
            out.addAll(castElement(pushed(element), type, parenthesise));
        }
        out.add(symbol("]"));
        return out;
    }

    private static List<Token> castElement(
            List<Token> element, List<Token> type, boolean parenthesise) {
        // An array of arrays: the cast goes on to the innermost elements.
        if (isArray(element, 0)) {
            var match = Sql.brackets(element);
            if (match.length > 0 && match[1] == element.size() - 1) {
                var inner = elements(element.subList(2, element.size() - 1));
                if (!inner.isEmpty()) return castElements(inner, type, parenthesise);
            }
        }
        var out = new ArrayList<Token>();
        var wrap = parenthesise || !isPrimary(element);
        if (wrap) out.add(symbol("("));
        out.addAll(element);
        if (wrap) out.add(symbol(")"));
        out.add(symbol("::"));
        out.addAll(type);
        return out;
    }

    private static List<List<Token>> elements(List<Token> list) {
        var elements = new ArrayList<List<Token>>();
        var element = new ArrayList<Token>();
        var depth = 0;
        for (var token : list) {
            if (token.is("(") || token.is("[")) depth++;
            else if (token.is(")") || token.is("]")) depth--;
            if (depth == 0 && token.is(",")) {
                elements.add(trimmed(element));
                element = new ArrayList<>();
            } else element.add(token);
        }
        if (!trimmed(element).isEmpty()) elements.add(trimmed(element));
        return elements;
    }

    private static List<Token> trimmed(List<Token> tokens) {
        var from = 0;
        var to = tokens.size();
        while (from < to && tokens.get(from).kind() == Kind.SPACE) from++;
        while (to > from && tokens.get(to - 1).kind() == Kind.SPACE) to--;
        return tokens.subList(from, to);
    }

    // What the server casts without parentheses where it saves them: a name, a constant or a call,
    // and any number of casts behind it; or something in brackets.
    private static boolean isPrimary(List<Token> element) {
        var match = Sql.brackets(element);
        if (match.length == 0) return false;
        var at = 0;
        var first = element.getFirst();
        // The server brackets the cast of something in brackets: ((a || b)::character
        // varying)::text.
        if (first.is("(")) return match[0] == element.size() - 1;
        else if (first.kind() == Kind.STRING || first.kind() == Kind.NUMBER) at = 1;
        else if (first.identifier()) {
            at = 1;
            while (at + 1 < element.size()
                    && element.get(at).is(".")
                    && element.get(at + 1).identifier()) at += 2;
            while (at < element.size() && (element.get(at).is("(") || element.get(at).is("[")))
                at = match[at] + 1;
        } else return false;
        while (isCast(element, at)) {
            at = Sql.typeEnd(element, at + 1);
            if (at < 0) return false;
            if (isArrayMark(element, at)) at += 2;
        }
        return at == element.size();
    }

    private static boolean isArray(List<Token> tokens, int at) {
        return at + 1 < tokens.size()
                && tokens.get(at).kind() == Kind.WORD
                && tokens.get(at).text().equals("ARRAY")
                && tokens.get(at + 1).is("[");
    }

    // f(ARRAY[…])::text[] casts what f returns. The server writes ANY (…) with a blank.
    private static boolean isCall(List<Token> tokens, int parenthesis) {
        return parenthesis > 0 && tokens.get(parenthesis - 1).identifier();
    }

    private static boolean isPartOfName(List<Token> tokens, int at) {
        return at > 0 && tokens.get(at - 1).is(".");
    }

    private static boolean isCast(List<Token> tokens, int at) {
        return at < tokens.size() && tokens.get(at).is("::");
    }

    private static boolean isArrayMark(List<Token> tokens, int at) {
        return at + 1 < tokens.size() && tokens.get(at).is("[") && tokens.get(at + 1).is("]");
    }

    private static Token symbol(String text) {
        return new Token(Kind.SYMBOL, text);
    }
}
