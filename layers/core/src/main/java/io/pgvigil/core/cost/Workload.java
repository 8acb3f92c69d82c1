package io.pgvigil.core.cost;

/// What is backed up daily and proven weekly: servers with one database each.
///
/// @param gigabytes of each database
/// @param shape of the tasks
public record Workload(String name, int servers, double gigabytes, Shape shape) {

    /// What a task gets, as the template's `DatabaseSize` says.
    ///
    /// @param backupRate MB of database per second that a backup gets through
    /// @param drillRate likewise a drill
    /// @param disk GB
    public record Shape(
            String name,
            double vcpu,
            double backupMemory,
            double drillMemory,
            double disk,
            double backupRate,
            double drillRate) {}

    /// Rates: half of what `bench/` measured on two cores, and a quarter on one.
    public static final Shape SMALL = new Shape("small", 1, 2, 4, 40, 40, 15);

    public static final Shape MEDIUM = new Shape("medium", 2, 4, 8, 200, 80, 30);

    public double total() {
        return servers * gigabytes;
    }
}
