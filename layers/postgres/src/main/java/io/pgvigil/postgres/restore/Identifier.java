package io.pgvigil.postgres.restore;

import java.util.ArrayList;
import java.util.List;

/// Names as SQL writes them.
final class Identifier {
    private Identifier() {}

    /// Always in quotes: then no list of reserved words is needed.
    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    static String literal(String text) {
        // E'' and not '': right whatever standard_conforming_strings says.
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    /// Where the identifier that starts at `from` ends.
    static int end(String sql, int from) {
        if (from < sql.length() && sql.charAt(from) == '"') {
            for (var i = from + 1; i < sql.length(); i++) {
                if (sql.charAt(i) != '"') continue;
                if (i + 1 < sql.length() && sql.charAt(i + 1) == '"') i++;
                else return i + 1;
            }
            return sql.length();
        }
        var i = from;
        while (i < sql.length() && isPlain(sql.charAt(i))) i++;
        return i;
    }

    /// The name behind an identifier as SQL writes it.
    static String unquoted(String identifier) {
        return identifier.startsWith("\"") && identifier.length() > 1
                ? identifier.substring(1, identifier.length() - 1).replace("\"\"", "\"")
                : identifier;
    }

    /// The identifier that follows `words` in a statement, if the statement begins with them.
    static List<String> after(String sql, String words) {
        var found = new ArrayList<String>();
        if (sql.startsWith(words + " ")) {
            var from = words.length() + 1;
            found.add(unquoted(sql.substring(from, end(sql, from))));
        }
        return found;
    }

    private static boolean isPlain(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$';
    }
}
