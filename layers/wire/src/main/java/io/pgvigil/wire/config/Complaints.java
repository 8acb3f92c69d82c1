package io.pgvigil.wire.config;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// What is wrong with a document, collected to the end and then said at once.
final class Complaints {
    /// More would scroll the first ones away.
    private static final int MOST_SHOWN = 50;

    private static final int LONGEST = 400;

    private record Complaint(String path, int line, String text) {
        @Override
        public String toString() {
            var where = path.isEmpty() ? "line " + line : path + " (line " + line + ")";
            return where + ": " + text;
        }
    }

    private final List<Complaint> complaints = new ArrayList<>();

    void add(String path, int line, String text) {
        var clean = text.replaceAll("\\p{Cntrl}+", " ").strip();
        if (clean.length() > LONGEST) clean = clean.substring(0, LONGEST) + "…";
        var complaint = new Complaint(path, line, clean);
        if (!complaints.contains(complaint)) complaints.add(complaint);
    }

    boolean isEmpty() {
        return complaints.isEmpty();
    }

    Problem problem(String source) {
        var count = complaints.size() == 1 ? "1 problem" : complaints.size() + " problems";
        var lines =
                complaints.stream()
                        .sorted(Comparator.comparingInt(Complaint::line))
                        .limit(MOST_SHOWN)
                        .map(complaint -> "\n  " + complaint)
                        .collect(Collectors.joining());
        var more =
                complaints.size() > MOST_SHOWN
                        ? "\n  and " + (complaints.size() - MOST_SHOWN) + " more"
                        : "";
        return new Problem(
                ErrorCode.CONFIG_INVALID,
                source + " has " + count + ":" + lines + more,
                "Correct what is listed; docs/configuration.md describes every setting.");
    }
}
