package io.pgvigil.core.drill;

/// What a drill concluded.
public enum DrillVerdict {
    /// The restored database dumps to the same archive, and every check holds.
    PROVEN("proven"),
    /// The same, but for differences the owner accepted by name.
    PROVEN_EXCEPT("proven-except"),
    /// Anything else.
    NOT_PROVEN("not-proven");

    private final String word;

    DrillVerdict(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
