package io.pgvigil.cli;

import java.util.ArrayList;
import java.util.List;

/// Rows for people: columns as wide as their widest cell, numbers to the right.
final class Table {
    private final List<List<String>> rows = new ArrayList<>();
    private final String right;

    /// @param right one letter per column, `r` for numbers, `l` for text
    Table(String right, String... heads) {
        this.right = right;
        rows.add(List.of(heads));
    }

    void row(String... cells) {
        rows.add(List.of(cells));
    }

    String print() {
        var widths = new int[right.length()];
        for (var row : rows)
            for (var i = 0; i < widths.length; i++)
                widths[i] = Math.max(widths[i], width(row.get(i)));
        var text = new StringBuilder();
        for (var row : rows) {
            var line = new StringBuilder();
            for (var i = 0; i < widths.length; i++) {
                // A column of nothing takes no room.
                if (widths[i] == 0) continue;
                var gap = " ".repeat(widths[i] - width(row.get(i)));
                if (i > 0) line.append("  ");
                line.append(right.charAt(i) == 'r' ? gap + row.get(i) : row.get(i) + gap);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
