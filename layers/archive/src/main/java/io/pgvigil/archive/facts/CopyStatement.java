package io.pgvigil.archive.facts;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `COPY "s".t (a, "b c") FROM stdin;` as pg_dump writes it.
///
/// @param target what the statement names, quoted as it does
/// @param columns unquoted; empty when the statement has no list
record CopyStatement(String target, List<String> columns) {
    private static final String HEAD = "COPY ";
    private static final String TAIL = "FROM stdin;";

    CopyStatement {
        columns = List.copyOf(columns);
    }

    static Optional<CopyStatement> parse(String statement) {
        if (!statement.startsWith(HEAD)) return Optional.empty();
        var parser = new Parser(statement, HEAD.length());
        var target = parser.target();
        var columns = parser.columns();
        if (target.isEmpty() || !parser.rest().strip().equals(TAIL)) return Optional.empty();
        return Optional.of(new CopyStatement(target, columns));
    }

    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text, int at) {
            this.text = text;
            this.at = at;
        }

        String target() {
            var start = at;
            identifier();
            while (next('.')) identifier();
            return text.substring(start, at);
        }

        List<String> columns() {
            blanks();
            if (!next('(')) return List.of();
            var columns = new ArrayList<String>();
            do {
                blanks();
                columns.add(identifier());
                blanks();
            } while (next(','));
            // Nothing is left then, and the statement does not end as it should.
            if (!next(')')) at = text.length();
            blanks();
            return columns;
        }

        String rest() {
            return text.substring(at);
        }

        private String identifier() {
            if (!next('"')) {
                var start = at;
                while (at < text.length() && " .,()\"".indexOf(text.charAt(at)) < 0) at++;
                return text.substring(start, at);
            }
            var name = new StringBuilder();
            while (at < text.length()) {
                var letter = text.charAt(at++);
                // A quote inside a quoted name is written twice.
                if (letter == '"' && !next('"')) break;
                name.append(letter);
            }
            return name.toString();
        }

        private boolean next(char expected) {
            if (at >= text.length() || text.charAt(at) != expected) return false;
            at++;
            return true;
        }

        private void blanks() {
            while (next(' ')) continue;
        }
    }
}
