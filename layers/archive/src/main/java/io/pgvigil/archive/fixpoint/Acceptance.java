package io.pgvigil.archive.fixpoint;

import java.time.Instant;

/// A difference that somebody knows about, until a date.
///
/// @param objectPattern the object's name as a [Difference] spells it; `*` stands for any text
/// @param reason why it cannot be proven
/// @param expires from this moment on it does not count
public record Acceptance(String objectPattern, String reason, Instant expires) {
    public Acceptance {
        // A pattern of stars would accept the loss of the whole database.
        if (objectPattern.chars().allMatch(c -> c == '*' || Character.isWhitespace(c)))
            throw new IllegalArgumentException(
                    "an acceptance must name an object, was '" + objectPattern + "'");
        if (reason.isBlank())
            throw new IllegalArgumentException(
                    "an acceptance needs a reason, '" + objectPattern + "' has none");
    }

    public boolean validAt(Instant now) {
        return now.isBefore(expires);
    }

    public boolean covers(Difference difference) {
        return difference.acceptable() && matches(difference.object());
    }

    // Greedy with one step back: linear for real patterns, and no regular expression to escape.
    private boolean matches(String object) {
        int at = 0, star = -1, resume = 0, pattern = 0;
        while (at < object.length()) {
            if (pattern < objectPattern.length() && objectPattern.charAt(pattern) == '*') {
                star = pattern++;
                resume = at;
            } else if (pattern < objectPattern.length()
                    && objectPattern.charAt(pattern) == object.charAt(at)) {
                pattern++;
                at++;
            } else if (star >= 0) {
                pattern = star + 1;
                at = ++resume;
            } else return false;
        }
        while (pattern < objectPattern.length() && objectPattern.charAt(pattern) == '*') pattern++;
        return pattern == objectPattern.length();
    }
}
