package io.pgvigil.core.schedule;

import java.time.ZoneId;
import java.util.Comparator;
import java.util.Locale;

/// Time zones by their names in the tz database: `Europe/Paris`, `UTC`.
public final class Zones {
    private Zones() {}

    /// Offsets such as `+02:00` are refused: half the year they would be somebody else's time.
    public static ZoneId parse(String text) {
        var known = ZoneId.getAvailableZoneIds();
        if (known.contains(text)) return ZoneId.of(text);
        // europe/paris, and Paris alone, are one letter or one word away from the right thing.
        var plain = text.toLowerCase(Locale.ROOT);
        var near =
                known.stream()
                        .filter(id -> {
                            var other = id.toLowerCase(Locale.ROOT);
                            return other.equals(plain) || other.endsWith("/" + plain);
                        })
                        .min(Comparator.comparing(String::length).thenComparing(id -> id));
        throw new IllegalArgumentException(
                "'"
                        + text
                        + "' is not a time zone; "
                        + near.map(id -> "did you mean " + id + "?")
                                .orElse("write a name such as Europe/Paris or UTC"));
    }
}
