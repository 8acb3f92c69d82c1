package io.pgvigil.core.run;

import io.pgvigil.core.ByteSize;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// How fast a stage of a run is, and how long that makes it.
///
/// @param expectedBytes how much the stage will probably have moved at its end
/// @param bytesPerSecond 0 before anything can be told
/// @param left until the end of the stage, at that rate
/// @param stale how long nothing was heard of the task, where that is longer than it should be: it is
///     lost, or cannot reach the store
public record Pace(
        RunProgress told,
        Optional<Long> expectedBytes,
        long bytesPerSecond,
        Optional<Duration> left,
        Optional<Duration> stale) {
    /// What tasks write every half minute.
    static final Duration SILENCE = Duration.ofMinutes(3);

    /// @param before how much the same stage moved the last time; a better guess than the size of the
    ///     source, which has indexes and holes
    public static Pace of(RunProgress told, Optional<Long> before, Instant now) {
        var took = Duration.between(told.began(), told.at());
        var rate =
                took.compareTo(Duration.ofSeconds(1)) < 0
                        ? 0
                        : told.bytes() * 1000 / took.toMillis();
        var expected =
                before.or(() -> Optional.of(told.expectedBytes()))
                        .filter(all -> all > told.bytes());
        var silent = Duration.between(told.at(), now);
        var stale = Optional.of(silent).filter(one -> one.compareTo(SILENCE) > 0);
        return new Pace(
                told,
                expected,
                rate,
                // Nobody knows what a lost task still does.
                rate == 0 || stale.isPresent()
                        ? Optional.empty()
                        : expected.map(all -> Duration.ofSeconds((all - told.bytes()) / rate)),
                stale);
    }

    /// `dump shop: 1.2 GB of about 4.0 GB, 31,000 rows, 45 MB/s`, without what is not known.
    public String words() {
        var text = new StringBuilder(told.stage());
        if (!told.detail().isEmpty()) text.append(' ').append(told.detail());
        if (told.bytes() > 0) {
            text.append(": ").append(ByteSize.of(told.bytes()));
            expectedBytes().ifPresent(all -> text.append(" of about ").append(ByteSize.of(all)));
        }
        if (told.rows() > 0) text.append(String.format(Locale.ROOT, ", %,d rows", told.rows()));
        if (bytesPerSecond > 0) text.append(", ").append(ByteSize.of(bytesPerSecond)).append("/s");
        return text.toString();
    }
}
