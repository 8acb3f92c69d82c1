package io.pgvigil.core.retention;

/// How much of a lane one run may delete without somebody's consent.
///
/// @param least so many are always allowed
/// @param percent of the lane's backups, beyond that
public record Budget(int least, int percent) {
    /// A night's worth for every usual profile, and a fifth of a lane at most.
    public static final Budget STANDARD = new Budget(5, 20);

    public static final Budget CONSENTED = new Budget(Integer.MAX_VALUE, 100);

    public Budget {
        if (least < 0 || percent < 0 || percent > 100)
            throw new IllegalArgumentException("not a budget: " + least + ", " + percent + "%");
    }

    /// How many of so many may go.
    public int of(int backups) {
        return (int) Math.max(least, (long) backups * percent / 100);
    }
}
