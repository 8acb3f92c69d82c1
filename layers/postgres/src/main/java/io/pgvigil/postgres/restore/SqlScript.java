package io.pgvigil.postgres.restore;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// Takes SQL apart as far as the programs' own output needs: statements, quotes, comments.
final class SqlScript {
    private SqlScript() {}

    /// The statements without their semicolons. Lines of a comment or a psql command between statements
    /// are dropped.
    static List<String> statements(String sql) {
        var statements = new ArrayList<String>();
        var start = 0;
        var i = 0;
        while (i < sql.length()) {
            var c = sql.charAt(i);
            if (c == ';') {
                add(statements, sql.substring(start, i));
                start = ++i;
            } else if (c == '\\' || sql.startsWith("--", i)) {
                var end = sql.indexOf('\n', i);
                end = end < 0 ? sql.length() : end + 1;
                // Only between statements: a comment inside one belongs to it.
                if (sql.substring(start, i).isBlank()) start = end;
                i = end;
            } else {
                i = past(sql, i);
            }
        }
        add(statements, sql.substring(Math.min(start, sql.length())));
        return statements;
    }

    private static void add(List<String> statements, String statement) {
        if (!statement.isBlank()) statements.add(statement.strip());
    }

    /// Where `word` begins outside quotes.
    static OptionalInt find(String sql, String word) {
        for (var i = 0; i < sql.length(); i = past(sql, i))
            if (sql.startsWith(word, i)) return OptionalInt.of(i);
        return OptionalInt.empty();
    }

    /// Past one character, or past everything between quotes.
    private static int past(String sql, int i) {
        var c = sql.charAt(i);
        if (c == '"') return Identifier.end(sql, i);
        if (c == '\'') return literalEnd(sql, i + 1, false);
        if ((c == 'E' || c == 'e') && i + 1 < sql.length() && sql.charAt(i + 1) == '\'')
            return i > 0 && Character.isLetterOrDigit(sql.charAt(i - 1))
                    ? i + 1
                    : literalEnd(sql, i + 2, true);
        if (c == '$') return dollarEnd(sql, i);
        return i + 1;
    }

    private static int literalEnd(String sql, int from, boolean escapes) {
        for (var i = from; i < sql.length(); i++) {
            var c = sql.charAt(i);
            if (escapes && c == '\\') i++;
            else if (c == '\'') {
                if (i + 1 < sql.length() && sql.charAt(i + 1) == '\'') i++;
                else return i + 1;
            }
        }
        return sql.length();
    }

    private static int dollarEnd(String sql, int from) {
        var tagEnd = sql.indexOf('$', from + 1);
        if (tagEnd < 0) return from + 1;
        var tag = sql.substring(from, tagEnd + 1);
        if (!tag.matches("\\$\\w*\\$")) return from + 1;
        var end = sql.indexOf(tag, tagEnd + 1);
        return end < 0 ? sql.length() : end + tag.length();
    }
}
