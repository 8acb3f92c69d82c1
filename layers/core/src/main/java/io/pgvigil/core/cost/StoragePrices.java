package io.pgvigil.core.cost;

import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import java.time.Duration;

/// What S3's storage classes cost, in dollars. A gigabyte is 2^30 bytes and a month 30.4 days.
public record StoragePrices(PriceList list) {
    private static final double GB = 1L << 30;
    private static final double MONTH_SECONDS = Assumptions.DAYS * 86_400;

    /// What S3 adds to each archived object, at the price of its class and at that of STANDARD.
    private static final double INDEX_BYTES = 32 << 10;

    private static final double NAME_BYTES = 8 << 10;

    public double month(StorageClass in, double bytes, int objects) {
        var gigabytes = bytes / GB;
        if (in.readable()) return gigabytes * rate(in);
        return (gigabytes + objects * INDEX_BYTES / GB) * rate(in)
                + objects * NAME_BYTES / GB * rate(StorageClass.STANDARD);
    }

    public double keep(StorageClass in, double bytes, int objects, Duration length) {
        return month(in, bytes, objects) * Math.max(0, length.toSeconds()) / MONTH_SECONDS;
    }

    /// What is charged for the days that an object does not stay.
    ///
    /// @param stayed how long it was there
    public double early(StorageClass in, double bytes, int objects, Duration stayed) {
        return keep(in, bytes, objects, in.minimum().minus(stayed));
    }

    /// Requests only: S3 takes nothing for the bytes that it moves itself.
    public double move(StorageClass to, int objects) {
        return objects
                * switch (to) {
                    case STANDARD -> 0;
                    case STANDARD_IA -> list.of(Item.S3_TO_STANDARD_IA);
                    case GLACIER_IR -> list.of(Item.S3_TO_GLACIER_IR);
                    case GLACIER -> list.of(Item.S3_TO_GLACIER);
                    case DEEP_ARCHIVE -> list.of(Item.S3_TO_DEEP_ARCHIVE);
                };
    }

    /// Bringing archived objects back, without the keeping of the copies.
    public double retrieve(StorageClass from, RetrievalSpeed speed, double bytes, int objects) {
        return switch (from) {
            case STANDARD, STANDARD_IA, GLACIER_IR -> 0;
            case GLACIER ->
                    switch (speed) {
                        case EXPEDITED ->
                                back(
                                        Item.S3_FROM_GLACIER_EXPEDITED,
                                        objects,
                                        Item.S3_FROM_GLACIER_EXPEDITED_GB,
                                        bytes);
                        case STANDARD ->
                                back(
                                        Item.S3_FROM_GLACIER_STANDARD,
                                        objects,
                                        Item.S3_FROM_GLACIER_STANDARD_GB,
                                        bytes);
                        case BULK -> 0;
                    };
            case DEEP_ARCHIVE ->
                    switch (speed) {
                        case EXPEDITED ->
                                throw new IllegalArgumentException(from + " is never expedited");
                        case STANDARD ->
                                back(
                                        Item.S3_FROM_DEEP_ARCHIVE_STANDARD,
                                        objects,
                                        Item.S3_FROM_DEEP_ARCHIVE_STANDARD_GB,
                                        bytes);
                        case BULK ->
                                back(
                                        Item.S3_FROM_DEEP_ARCHIVE_BULK,
                                        objects,
                                        Item.S3_FROM_DEEP_ARCHIVE_BULK_GB,
                                        bytes);
                    };
        };
    }

    private double back(Item object, int objects, Item gigabyte, double bytes) {
        return objects * list.of(object) + bytes / GB * list.of(gigabyte);
    }

    private double rate(StorageClass in) {
        return list.of(
                switch (in) {
                    case STANDARD -> Item.S3_STANDARD_GB;
                    case STANDARD_IA -> Item.S3_STANDARD_IA_GB;
                    case GLACIER_IR -> Item.S3_GLACIER_IR_GB;
                    case GLACIER -> Item.S3_GLACIER_GB;
                    case DEEP_ARCHIVE -> Item.S3_DEEP_ARCHIVE_GB;
                });
    }
}
