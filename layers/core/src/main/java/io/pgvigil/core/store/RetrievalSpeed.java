package io.pgvigil.core.store;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// How fast S3 brings an archived object back, by its names for it. See
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html>.
public enum RetrievalSpeed {
    EXPEDITED,
    STANDARD,
    BULK;

    /// @param least S3 promises neither; both are what it says is typical
    public record Wait(Duration least, Duration most) {}

    /// How long it takes from a class; empty where the class does not have this speed.
    public Optional<Wait> from(StorageClass archive) {
        return Optional.ofNullable(
                switch (archive) {
                    case STANDARD, STANDARD_IA, GLACIER_IR -> null;
                    case GLACIER ->
                            switch (this) {
                                case EXPEDITED ->
                                        new Wait(Duration.ofMinutes(1), Duration.ofMinutes(5));
                                case STANDARD -> new Wait(Duration.ofHours(3), Duration.ofHours(5));
                                case BULK -> new Wait(Duration.ofHours(5), Duration.ofHours(12));
                            };
                    case DEEP_ARCHIVE ->
                            switch (this) {
                                case EXPEDITED -> null;
                                case STANDARD -> new Wait(Duration.ZERO, Duration.ofHours(12));
                                case BULK -> new Wait(Duration.ZERO, Duration.ofHours(48));
                            };
                });
    }

    /// As people and events write it.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static RetrievalSpeed parse(String word) {
        return Arrays.stream(values())
                .filter(one -> one.toString().equals(word))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "'%s' is not a speed of retrieval; write %s"
                                        .formatted(
                                                word,
                                                Arrays.stream(values())
                                                        .map(RetrievalSpeed::toString)
                                                        .collect(Collectors.joining(", ")))));
    }
}
