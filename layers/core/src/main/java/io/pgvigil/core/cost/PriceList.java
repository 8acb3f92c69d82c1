package io.pgvigil.core.cost;

import java.time.LocalDate;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/// The prices of one region on one day, without free tiers, discounts and taxes.
public record PriceList(String region, LocalDate asOf, Map<Item, Price> prices) {
    public PriceList {
        prices = Collections.unmodifiableMap(new EnumMap<>(prices));
        for (var item : Item.values())
            if (!prices.containsKey(item))
                throw new IllegalArgumentException("no price for " + item);
    }

    public double of(Item item) {
        return price(item).dollars();
    }

    public Price price(Item item) {
        var price = prices.get(item);
        if (price == null) throw new IllegalArgumentException("no price for " + item);
        return price;
    }

    /// Linux on ARM.
    public static final PriceList US_EAST_1 =
            new PriceList("us-east-1", LocalDate.of(2026, 11, 25), usEast1());

    private static Map<Item, Price> usEast1() {
        var list = new EnumMap<Item, Price>(Item.class);
        var fargate = "aws.amazon.com/fargate/pricing";
        list.put(Item.FARGATE_VCPU_HOUR, seen(0.03238, "vCPU-hour, ARM", fargate));
        list.put(Item.FARGATE_GB_HOUR, seen(0.00356, "GB-hour of memory, ARM", fargate));
        list.put(Item.FARGATE_DISK_GB_HOUR, seen(0.000111, "GB-hour of disk above 20 GB", fargate));
        var lambda = "aws.amazon.com/lambda/pricing";
        list.put(Item.LAMBDA_GB_SECOND, seen(0.0000133334, "GB-second, ARM", lambda));
        list.put(Item.LAMBDA_REQUEST, known(0.20 / 1e6, "request", lambda));
        list.put(
                Item.SCHEDULE_INVOCATION,
                seen(1.00 / 1e6, "invocation by Scheduler", "aws.amazon.com/eventbridge/pricing"));
        var s3 = "aws.amazon.com/s3/pricing";
        list.put(Item.S3_STANDARD_GB, seen(0.023, "GB-month, Standard", s3));
        list.put(Item.S3_STANDARD_IA_GB, seen(0.0125, "GB-month, Standard-IA", s3));
        list.put(Item.S3_GLACIER_IR_GB, seen(0.004, "GB-month, Glacier Instant Retrieval", s3));
        list.put(Item.S3_GLACIER_GB, seen(0.0036, "GB-month, Glacier Flexible Retrieval", s3));
        list.put(Item.S3_DEEP_ARCHIVE_GB, seen(0.00099, "GB-month, Glacier Deep Archive", s3));
        list.put(Item.S3_TO_STANDARD_IA, seen(0.01 / 1e3, "object moved to Standard-IA", s3));
        list.put(
                Item.S3_TO_GLACIER_IR,
                seen(0.02 / 1e3, "object moved to Glacier Instant Retrieval", s3));
        list.put(
                Item.S3_TO_GLACIER,
                seen(0.03 / 1e3, "object moved to Glacier Flexible Retrieval", s3));
        list.put(
                Item.S3_TO_DEEP_ARCHIVE,
                seen(0.05 / 1e3, "object moved to Glacier Deep Archive", s3));
        back(
                list,
                Item.S3_FROM_GLACIER_EXPEDITED,
                10,
                Item.S3_FROM_GLACIER_EXPEDITED_GB,
                0.03,
                "Glacier Flexible Retrieval, expedited");
        back(
                list,
                Item.S3_FROM_GLACIER_STANDARD,
                0.05,
                Item.S3_FROM_GLACIER_STANDARD_GB,
                0.01,
                "Glacier Flexible Retrieval, standard");
        back(
                list,
                Item.S3_FROM_DEEP_ARCHIVE_STANDARD,
                0.10,
                Item.S3_FROM_DEEP_ARCHIVE_STANDARD_GB,
                0.02,
                "Glacier Deep Archive, standard");
        back(
                list,
                Item.S3_FROM_DEEP_ARCHIVE_BULK,
                0.025,
                Item.S3_FROM_DEEP_ARCHIVE_BULK_GB,
                0.0025,
                "Glacier Deep Archive, bulk");
        list.put(Item.S3_WRITE, seen(0.005 / 1e3, "PUT, POST or LIST", s3));
        list.put(Item.S3_READ, seen(0.0004 / 1e3, "GET or HEAD", s3));
        var watch = "aws.amazon.com/cloudwatch/pricing";
        list.put(Item.LOG_GB_IN, seen(0.50, "GB of logs taken in", watch));
        list.put(Item.LOG_GB_KEPT, known(0.03, "GB-month of logs", watch));
        list.put(Item.METRIC, seen(0.30, "metric-month, by the hours with data", watch));
        list.put(Item.ALARM, known(0.10, "alarm-month", watch));
        list.put(Item.DASHBOARD, seen(3.00, "dashboard-month", watch));
        list.put(Item.KEY, seen(1.00, "key-month", "aws.amazon.com/kms/pricing"));
        list.put(Item.KEY_REQUEST, seen(0.03 / 1e4, "use of a key", "aws.amazon.com/kms/pricing"));
        list.put(
                Item.SECRET, known(0.40, "secret-month", "aws.amazon.com/secrets-manager/pricing"));
        list.put(Item.IMAGE_GB, known(0.10, "GB-month of images", "aws.amazon.com/ecr/pricing"));
        list.put(
                Item.ZONE_CROSSING_GB,
                seen(0.01, "GB from another zone", "aws.amazon.com/ec2/pricing/on-demand"));
        list.put(
                Item.SNAPSHOT_GB,
                known(0.095, "GB-month of snapshots", "aws.amazon.com/rds/postgresql/pricing"));
        var vpc = "aws.amazon.com/vpc/pricing";
        list.put(Item.NAT_HOUR, seen(0.045, "NAT gateway-hour", vpc));
        list.put(Item.NAT_GB, seen(0.045, "GB through NAT", vpc));
        list.put(Item.ENDPOINT_HOUR, seen(0.01, "endpoint-hour and zone", vpc));
        list.put(Item.ADDRESS_HOUR, seen(0.005, "public address-hour", vpc));
        return list;
    }

    /// What S3 takes for bringing objects back from an archive class; bulk from Glacier Flexible
    /// Retrieval is free.
    private static void back(
            Map<Item, Price> list,
            Item object,
            double thousand,
            Item gigabyte,
            double each,
            String from) {
        var page = "aws.amazon.com/s3/pricing";
        list.put(object, seen(thousand / 1e3, "object brought back from " + from, page));
        list.put(gigabyte, seen(each, "GB brought back from " + from, page));
    }

    private static Price seen(double dollars, String unit, String source) {
        return new Price(dollars, unit, source, true);
    }

    private static Price known(double dollars, String unit, String source) {
        return new Price(dollars, unit, source, false);
    }
}
