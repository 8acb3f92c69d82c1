package io.pgvigil.core.store;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where an object lies in S3, by its names for them: from dear to keep and free to read to the other
/// way round. Objects only ever move down this list.
public enum StorageClass {
    STANDARD(0, 0, true),
    STANDARD_IA(30, 30, true),
    GLACIER_IR(90, 0, true),
    GLACIER(90, 0, false),
    DEEP_ARCHIVE(180, 0, false);

    /// Smaller objects are not moved: the template's bucket refuses to, and it would not pay.
    public static final long SMALLEST = 128 << 10;

    private final Duration minimum;
    private final Duration waits;
    private final boolean readable;

    StorageClass(int minimumDays, int waitsDays, boolean readable) {
        this.minimum = Duration.ofDays(minimumDays);
        this.waits = Duration.ofDays(waitsDays);
        this.readable = readable;
    }

    /// So long is paid for, however early it leaves.
    public Duration minimum() {
        return minimum;
    }

    /// How old an object must be before S3 moves it here.
    public Duration waits() {
        return waits;
    }

    /// Whether it can be read at once, without hours of waiting for a copy.
    public boolean readable() {
        return readable;
    }

    public boolean colderThan(StorageClass other) {
        return compareTo(other) > 0;
    }

    public static StorageClass parse(String text) {
        return find(text)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "'%s' is not a storage class; write %s"
                                        .formatted(
                                                text,
                                                Arrays.stream(values())
                                                        .map(StorageClass::name)
                                                        .collect(Collectors.joining(", ")))));
    }

    /// Empty for a class that nothing here moves objects into, such as `INTELLIGENT_TIERING`.
    public static Optional<StorageClass> find(String name) {
        return Arrays.stream(values()).filter(one -> one.name().equals(name)).findFirst();
    }
}
