package io.pgvigil.core.cost;

/// What is taken for granted where the real figure depends on the data.
///
/// @param stored what a backup takes in the store, of the database's size: indexes are not stored,
///     rows are compressed
/// @param copied what travels from the server, of the database's size
/// @param crossing how much of that comes from another zone
/// @param changed what changes in a day, of the database's size, for snapshots
/// @param startSeconds until a task works: billed, too
public record Assumptions(
        double stored, double copied, double crossing, double changed, double startSeconds) {

    public static final Assumptions STANDARD = new Assumptions(0.25, 0.7, 0.5, 0.02, 60);

    static final double DAYS = 30.4;
    static final double WEEKS = 4.35;
    static final double HOURS = 730;

    /// What the profile `production` keeps once it has run for seven years, each backup counted once:
    /// 30 days, of 12 weeks those that are older, of 12 months, of 7 years.
    static final int DAILY = 30;

    static final int WEEKLY = 8;
    static final int MONTHLY = 9;
    static final int YEARLY = 6;

    /// Daily backups that were deleted and can still be fetched back, `NoncurrentDays`.
    static final int DELETED = 25;

    static final double FUNCTION_GB = 0.5;
    static final double FUNCTION_SECONDS = 0.5;
    static final double TICKS = 12 * HOURS;
    static final double WATCHES = 4 * HOURS;
    static final double WRITES_PER_TICK = 3;
    static final double READS_PER_TICK = 20;
    static final double WRITES_PER_BACKUP = 20;
    static final double PART_GB = 0.016;
    static final double LOG_GB_PER_CALL = 2e-6;
    static final double LOG_GB_PER_TASK = 1e-4;
    static final double LOG_MONTHS = 3;
    static final int STACK_METRICS = 10;
    static final int SERVER_METRICS = 8;
    static final double HOURS_WITH_DATA = 1.0 / 24;
    static final int ALARMS = 16;
    static final double KEY_REQUESTS_PER_TASK = 100;
    static final double IMAGE_GB = 0.45;
}
