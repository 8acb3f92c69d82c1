package io.pgvigil.archive.fixpoint;

import java.util.ArrayList;
import java.util.List;

/// SQL text as tokens; joined again they give exactly the same text.
///
/// Knows what can hide a bracket or a keyword: literals (doubled quotes, `E'…'` with backslashes,
/// dollar quotes), quoted identifiers, nested comments. Never fails: what does not end, ends with
/// the text.
final class Sql {
    enum Kind {
        SPACE,
        COMMENT,
        WORD,
        QUOTED,
        STRING,
        NUMBER,
        SYMBOL
    }

    record Token(Kind kind, String text) {
        boolean is(String symbol) {
            return kind == Kind.SYMBOL && text.equals(symbol);
        }

        boolean word(String word) {
            return kind == Kind.WORD && text.equalsIgnoreCase(word);
        }

        boolean identifier() {
            return kind == Kind.WORD || kind == Kind.QUOTED;
        }

        boolean blank() {
            return kind == Kind.SPACE || kind == Kind.COMMENT;
        }

        /// An identifier without its quotes.
        String name() {
            return kind == Kind.QUOTED && text.startsWith("\"") && text.length() > 1
                    ? text.substring(1, text.length() - 1).replace("\"\"", "\"")
                    : text;
        }
    }

    private static final String OPERATOR_CHARACTERS = "+-*/<>=~!@#%^&|`?";

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Sql(String text) {
        this.text = text;
    }

    static List<Token> tokens(String text) {
        var sql = new Sql(text);
        while (sql.at < text.length()) sql.next();
        return sql.tokens;
    }

    static String text(List<Token> tokens) {
        var text = new StringBuilder();
        for (var token : tokens) text.append(token.text());
        return text.toString();
    }

    private void next() {
        var start = at;
        var c = text.charAt(at);
        if (isSpace(c)) {
            while (at < text.length() && isSpace(text.charAt(at))) at++;
            add(Kind.SPACE, start);
        } else if (text.startsWith("--", at)) {
            while (at < text.length() && text.charAt(at) != '\n') at++;
            add(Kind.COMMENT, start);
        } else if (text.startsWith("/*", at)) {
            comment();
            add(Kind.COMMENT, start);
        } else if (c == '\'') {
            quoted('\'', false);
            add(Kind.STRING, start);
        } else if (c == '"') {
            quoted('"', false);
            add(Kind.QUOTED, start);
        } else if (isPrefixedLiteral()) {
            var backslashes = c == 'e' || c == 'E';
            at = text.charAt(at + 1) == '&' ? at + 2 : at + 1;
            var quote = text.charAt(at);
            quoted(quote, backslashes);
            add(quote == '"' ? Kind.QUOTED : Kind.STRING, start);
        } else if (c == '$') {
            add(dollar(), start);
        } else if (isWordStart(c)) {
            while (at < text.length() && isWordPart(text.charAt(at))) at++;
            add(Kind.WORD, start);
        } else if (isDigit(c)) {
            while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) at++;
            add(Kind.NUMBER, start);
        } else if (text.startsWith("::", at)) {
            at += 2;
            add(Kind.SYMBOL, start);
        } else if (OPERATOR_CHARACTERS.indexOf(c) >= 0) {
            while (at < text.length()
                    && OPERATOR_CHARACTERS.indexOf(text.charAt(at)) >= 0
                    && !text.startsWith("--", at)
                    && !text.startsWith("/*", at)) at++;
            add(Kind.SYMBOL, start);
        } else {
            at++;
            add(Kind.SYMBOL, start);
        }
    }

    private void add(Kind kind, int start) {
        tokens.add(new Token(kind, text.substring(start, at)));
    }

    // E'…' has backslash escapes; B'…', X'…', N'…', U&'…' and U&"…" only doubled quotes.
    private boolean isPrefixedLiteral() {
        if (at + 1 >= text.length()) return false;
        var following = text.charAt(at + 1);
        return switch (text.charAt(at)) {
            case 'e', 'E', 'b', 'B', 'x', 'X', 'n', 'N' -> following == '\'';
            case 'u', 'U' ->
                    following == '&'
                            && at + 2 < text.length()
                            && (text.charAt(at + 2) == '\'' || text.charAt(at + 2) == '"');
            default -> false;
        };
    }

    private void quoted(char quote, boolean backslashes) {
        at++;
        while (at < text.length()) {
            var c = text.charAt(at++);
            if (backslashes && c == '\\') at = Math.min(at + 1, text.length());
            else if (c == quote) {
                if (at < text.length() && text.charAt(at) == quote) at++;
                else return;
            }
        }
    }

    private Kind dollar() {
        var tagEnd = at + 1;
        if (tagEnd < text.length() && isWordStart(text.charAt(tagEnd)))
            while (tagEnd < text.length()
                    && text.charAt(tagEnd) != '$'
                    && isWordPart(text.charAt(tagEnd))) tagEnd++;
        if (tagEnd < text.length() && text.charAt(tagEnd) == '$') {
            var delimiter = text.substring(at, tagEnd + 1);
            var end = text.indexOf(delimiter, tagEnd + 1);
            at = end < 0 ? text.length() : end + delimiter.length();
            return Kind.STRING;
        }
        // A parameter, $1.
        at++;
        var start = at;
        while (at < text.length() && isDigit(text.charAt(at))) at++;
        return at > start ? Kind.NUMBER : Kind.SYMBOL;
    }

    private void comment() {
        var depth = 0;
        do {
            if (text.startsWith("/*", at)) {
                depth++;
                at += 2;
            } else if (text.startsWith("*/", at)) {
                depth--;
                at += 2;
            } else at++;
        } while (depth > 0 && at < text.length());
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\u000B';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    }

    private static boolean isWordPart(char c) {
        return isWordStart(c) || isDigit(c) || c == '$';
    }

    /// For each opening bracket the index of its closing one, and the other way round; -1 for other
    /// tokens. Empty when the brackets do not pair up.
    static int[] brackets(List<Token> tokens) {
        var match = new int[tokens.size()];
        var open = new java.util.ArrayDeque<Integer>();
        for (var i = 0; i < match.length; i++) {
            match[i] = -1;
            var token = tokens.get(i);
            if (token.is("(") || token.is("[")) open.push(i);
            else if (token.is(")") || token.is("]")) {
                var expected = token.is(")") ? "(" : "[";
                if (open.isEmpty() || !tokens.get(open.peek()).is(expected)) return new int[0];
                match[i] = open.pop();
                match[match[i]] = i;
            }
        }
        return open.isEmpty() ? match : new int[0];
    }

    /// Index after the type name that starts at `from`, without array brackets: `numeric(10,2)`,
    /// `character varying`, `timestamp(3) with time zone`, `app."My Type"`; -1 when there is none.
    static int typeEnd(List<Token> tokens, int from) {
        if (from >= tokens.size() || !tokens.get(from).identifier()) return -1;
        var first = tokens.get(from);
        var end = from + 1;
        while (end + 1 < tokens.size()
                && tokens.get(end).is(".")
                && tokens.get(end + 1).identifier()) end += 2;
        if (end == from + 1) {
            if (first.word("character") || first.word("bit")) end = words(tokens, end, "varying");
            else if (first.word("double")) end = words(tokens, end, "precision");
            else if (first.word("interval")) end = intervalFields(tokens, end);
        }
        end = typeModifier(tokens, end);
        if (first.word("timestamp") || first.word("time")) {
            end = words(tokens, end, "with", "time", "zone");
            end = words(tokens, end, "without", "time", "zone");
        }
        return end;
    }

    private static int words(List<Token> tokens, int from, String... words) {
        var end = from;
        for (var word : words) {
            if (end + 1 >= tokens.size()
                    || tokens.get(end).kind() != Kind.SPACE
                    || !tokens.get(end + 1).word(word)) return from;
            end += 2;
        }
        return end;
    }

    private static int intervalFields(List<Token> tokens, int from) {
        var end = from;
        for (var field : List.of("year", "month", "day", "hour", "minute", "second")) {
            var next = words(tokens, end, field);
            if (next == end) continue;
            end = next;
            var to = words(tokens, end, "to");
            if (to == end) return end;
            end = to;
        }
        return end;
    }

    private static int typeModifier(List<Token> tokens, int from) {
        if (from >= tokens.size() || !tokens.get(from).is("(")) return from;
        for (var i = from + 1; i < tokens.size(); i++) {
            var token = tokens.get(i);
            if (token.is(")")) return i + 1;
            var allowed =
                    token.kind() == Kind.NUMBER
                            || token.identifier()
                            || token.is(",")
                            || token.is("-")
                            || token.kind() == Kind.SPACE;
            if (!allowed) return from;
        }
        return from;
    }
}
