package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.fixpoint.Sql.Token;
import java.util.ArrayList;
import java.util.List;

/// Definitions and COPY statements whose column order a restore may change.
///
/// A column added to a parent after the child existed stands behind the child's own columns; the
/// restored child has it before them. So the order of the columns, and of the statements that
/// follow `CREATE TABLE` one column after the other, says nothing.
final class Inheritance {
    private Inheritance() {}

    static String unordered(TocEntry entry) {
        var definition = entry.definition();
        if (!entry.desc().equals("TABLE") && !entry.desc().equals("FOREIGN TABLE"))
            return definition;
        if (!definition.contains("INHERITS (")) return definition;
        var statements = split(Sql.tokens(definition), ";");
        if (statements.isEmpty() || !inherits(statements.getFirst())) return definition;
        var create = sortFirstList(statements.getFirst());
        var further =
                statements.subList(1, statements.size()).stream()
                        .map(statement -> Sql.text(statement).strip())
                        .filter(statement -> !statement.isEmpty())
                        .sorted()
                        .toList();
        return create.strip() + ";\n" + String.join(";\n", further);
    }

    /// `COPY t (b, a) FROM stdin;` as `COPY t (a, b) FROM stdin;`.
    static String unorderedCopy(String copy) {
        return sortFirstList(Sql.tokens(copy));
    }

    /// Whether a column of the table is of the type (or an array of it), named as pg_dump quotes it.
    static boolean hasColumnOf(String type, TocEntry table) {
        // Nearly every table ends here, without being taken apart.
        if (!table.definition().contains(" " + type)) return false;
        var statement = Sql.tokens(table.definition());
        var match = Sql.brackets(statement);
        for (var i = 0; i < match.length; i++)
            if (statement.get(i).is("("))
                return split(statement.subList(i + 1, match[i]), ",").stream()
                        .map(line -> Sql.tokens(Sql.text(line).strip()))
                        .anyMatch(line -> isColumnOf(type, line));
        return false;
    }

    private static boolean isColumnOf(String type, List<Token> line) {
        if (line.size() < 3 || !line.getFirst().identifier()) return false;
        var end = Sql.typeEnd(line, 2);
        return end > 0 && Sql.text(line.subList(2, end)).equals(type);
    }

    // INHERITS outside of every bracket and literal, followed by its list.
    private static boolean inherits(List<Token> statement) {
        var depth = 0;
        for (var i = 0; i < statement.size(); i++) {
            var token = statement.get(i);
            if (token.is("(")) depth++;
            else if (token.is(")")) depth--;
            else if (depth == 0
                    && token.word("INHERITS")
                    && i + 2 < statement.size()
                    && statement.get(i + 2).is("(")) return true;
        }
        return false;
    }

    private static String sortFirstList(List<Token> statement) {
        var match = Sql.brackets(statement);
        var open = -1;
        for (var i = 0; i < match.length && open < 0; i++) if (statement.get(i).is("(")) open = i;
        if (open < 0) return Sql.text(statement);
        var lines =
                split(statement.subList(open + 1, match[open]), ",").stream()
                        .map(line -> Sql.text(line).strip())
                        .sorted()
                        .toList();
        return Sql.text(statement.subList(0, open + 1))
                + String.join(", ", lines)
                + Sql.text(statement.subList(match[open], statement.size()));
    }

    private static List<List<Token>> split(List<Token> tokens, String separator) {
        var parts = new ArrayList<List<Token>>();
        var depth = 0;
        var start = 0;
        for (var i = 0; i < tokens.size(); i++) {
            var token = tokens.get(i);
            if (token.is("(") || token.is("[")) depth++;
            else if (token.is(")") || token.is("]")) depth--;
            else if (depth == 0 && token.is(separator)) {
                parts.add(tokens.subList(start, i));
                start = i + 1;
            }
        }
        parts.add(tokens.subList(start, tokens.size()));
        return parts;
    }
}
