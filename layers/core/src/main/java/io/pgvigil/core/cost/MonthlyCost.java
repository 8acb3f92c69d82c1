package io.pgvigil.core.cost;

import static io.pgvigil.core.cost.Assumptions.DAYS;
import static io.pgvigil.core.cost.Assumptions.HOURS;
import static io.pgvigil.core.cost.Assumptions.WEEKS;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Dollars a month, line by line.
public record MonthlyCost(Map<String, Double> lines) {
    private static final double SECONDS_PER_HOUR = 3600;
    private static final double MB_PER_GB = 1000;
    private static final double INCLUDED_DISK_GB = 20;

    public MonthlyCost {
        lines = Collections.unmodifiableMap(new LinkedHashMap<>(lines));
    }

    public double total() {
        return lines.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    public double of(String line) {
        var dollars = lines.get(line);
        if (dollars == null) throw new IllegalArgumentException("no line " + line);
        return dollars;
    }

    public static MonthlyCost of(Workload workload, Assumptions assumed, PriceList prices) {
        return new MonthlyCost(new Bill(workload, assumed, prices).lines());
    }

    private record Bill(Workload workload, Assumptions assumed, PriceList prices) {

        Map<String, Double> lines() {
            var lines = new LinkedHashMap<String, Double>();
            lines.put("Fargate: backups", backups());
            lines.put("Fargate: drills", drills());
            lines.put("Lambda", lambda());
            lines.put(
                    "Scheduler",
                    (Assumptions.TICKS + Assumptions.WATCHES) * price(Item.SCHEDULE_INVOCATION));
            lines.put("S3: backups kept", kept());
            lines.put("S3: deleted, still there", deleted());
            lines.put("S3: requests", requests());
            lines.put("Between zones", crossing());
            lines.put("CloudWatch: metrics", metrics());
            lines.put("CloudWatch: alarms, dashboard", alarms());
            lines.put("CloudWatch: logs", logs());
            lines.put(
                    "KMS",
                    price(Item.KEY)
                            + tasks()
                                    * Assumptions.KEY_REQUESTS_PER_TASK
                                    * price(Item.KEY_REQUEST));
            lines.put("Secrets Manager", workload.servers() * price(Item.SECRET));
            lines.put("ECR", Assumptions.IMAGE_GB * price(Item.IMAGE_GB));
            return lines;
        }

        private double price(Item item) {
            return prices.of(item);
        }

        private double tasks() {
            return workload.servers() * (DAYS + WEEKS);
        }

        private double backups() {
            var shape = workload.shape();
            return workload.servers()
                    * DAYS
                    * hours(shape.backupRate())
                    * hour(shape.backupMemory(), INCLUDED_DISK_GB);
        }

        private double drills() {
            var shape = workload.shape();
            return workload.servers()
                    * WEEKS
                    * hours(shape.drillRate())
                    * hour(shape.drillMemory(), shape.disk());
        }

        private double hours(double rate) {
            return (assumed.startSeconds() + workload.gigabytes() * MB_PER_GB / rate)
                    / SECONDS_PER_HOUR;
        }

        private double hour(double memory, double disk) {
            return workload.shape().vcpu() * price(Item.FARGATE_VCPU_HOUR)
                    + memory * price(Item.FARGATE_GB_HOUR)
                    + (disk - INCLUDED_DISK_GB) * price(Item.FARGATE_DISK_GB_HOUR);
        }

        private double calls() {
            // Every task is ordered once and closed once.
            return Assumptions.TICKS + Assumptions.WATCHES + 2 * tasks();
        }

        private double lambda() {
            return calls()
                    * (price(Item.LAMBDA_REQUEST)
                            + Assumptions.FUNCTION_GB
                                    * Assumptions.FUNCTION_SECONDS
                                    * price(Item.LAMBDA_GB_SECOND));
        }

        private double stored() {
            return workload.total() * assumed.stored();
        }

        private double kept() {
            return stored()
                    * (Assumptions.DAILY * price(Item.S3_STANDARD_GB)
                            + Assumptions.WEEKLY * price(Item.S3_STANDARD_IA_GB)
                            + (Assumptions.MONTHLY + Assumptions.YEARLY)
                                    * price(Item.S3_GLACIER_IR_GB));
        }

        private double deleted() {
            return stored() * Assumptions.DELETED * price(Item.S3_STANDARD_GB);
        }

        private double requests() {
            var parts = workload.gigabytes() * assumed.stored() / Assumptions.PART_GB;
            var writes =
                    calls() * Assumptions.WRITES_PER_TICK
                            + workload.servers() * DAYS * (Assumptions.WRITES_PER_BACKUP + parts);
            return writes * price(Item.S3_WRITE)
                    + calls() * Assumptions.READS_PER_TICK * price(Item.S3_READ);
        }

        private double crossing() {
            return workload.total()
                    * assumed.copied()
                    * assumed.crossing()
                    * DAYS
                    * price(Item.ZONE_CROSSING_GB);
        }

        private double metrics() {
            return price(Item.METRIC)
                    * (Assumptions.STACK_METRICS
                            + workload.servers()
                                    * Assumptions.SERVER_METRICS
                                    * Assumptions.HOURS_WITH_DATA);
        }

        private double alarms() {
            return Assumptions.ALARMS * price(Item.ALARM) + price(Item.DASHBOARD);
        }

        private double logs() {
            var gigabytes =
                    calls() * Assumptions.LOG_GB_PER_CALL + tasks() * Assumptions.LOG_GB_PER_TASK;
            return gigabytes
                    * (price(Item.LOG_GB_IN) + Assumptions.LOG_MONTHS * price(Item.LOG_GB_KEPT));
        }
    }

    /// The tasks of a backup tool that waits in a container all day, one for all servers: what its
    /// Fargate task costs, the store left aside.
    public static double alwaysOn(Workload workload, PriceList prices) {
        var shape = workload.shape();
        return HOURS
                * (shape.vcpu() * prices.of(Item.FARGATE_VCPU_HOUR)
                        + shape.backupMemory() * prices.of(Item.FARGATE_GB_HOUR));
    }

    /// RDS snapshots kept for as long: the service's own of 30 days, and manual ones for the weeks,
    /// months and years, each taking what changed since the one before, at most everything. The first
    /// copy of the database is free.
    public static double snapshots(Workload workload, Assumptions assumed, PriceList prices) {
        var copies =
                Assumptions.DAILY * assumed.changed()
                        + Assumptions.WEEKLY * Math.min(1, 7 * assumed.changed())
                        + Assumptions.MONTHLY * Math.min(1, DAYS * assumed.changed())
                        + Assumptions.YEARLY * Math.min(1, 365 * assumed.changed());
        return workload.total() * copies * prices.of(Item.SNAPSHOT_GB);
    }
}
