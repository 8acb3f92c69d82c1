package io.pgvigil.aws.s3;

/// How large each part of an upload is, when nobody knows how large the object will be.
///
/// S3 takes 10,000 parts of 5 MiB to 5 GiB. Equal small parts end at 48 GiB, equal large ones waste
/// memory on everything else, so the parts grow:
///
/// ```
/// parts      1 –    200     8 MiB              up to 1.6 GiB      40 MiB in memory
/// parts    201 –  4,500    24 MiB              up to 102 GiB     120 MiB in memory
/// parts  4,501 – 10,000    1 MiB more with every third part, up to 1.8 GiB
///                                              1 TiB: parts of 0.8 GiB, 1.6 GiB in memory
///                                              5 TiB: parts of 1.8 GiB, 3.6 GiB in memory
/// ```
final class PartSizes {
    static final int LAST = 10_000;

    /// What all parts of an upload may hold in memory, while two parts fit.
    static final long MEMORY = 128L << 20;

    private static final int LAST_SMALL = 200;
    private static final long SMALL = 8L << 20;
    private static final int LAST_MEDIUM = 4_500;
    private static final long MEDIUM = 24L << 20;
    private static final int PARTS_PER_STEP = 3;
    private static final long STEP = 1L << 20;

    private PartSizes() {}

    /// @param number of the part, counted from 1
    static long of(int number) {
        if (number < 1 || number > LAST)
            throw new IllegalArgumentException("no part has the number " + number);
        if (number <= LAST_SMALL) return SMALL;
        if (number <= LAST_MEDIUM) return MEDIUM;
        return MEDIUM + (number - LAST_MEDIUM) / PARTS_PER_STEP * STEP;
    }

    /// What may be in memory while a part of this size is filled: never less than it and another
    /// one being sent, since otherwise nothing would overlap.
    static long memory(long size) {
        return Math.max(MEMORY, 2 * size);
    }
}
