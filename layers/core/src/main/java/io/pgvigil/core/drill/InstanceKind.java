package io.pgvigil.core.drill;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a drill restores into.
public enum InstanceKind {
    /// A private cluster inside the task, gone with it.
    SANDBOX,
    /// An instance of Amazon RDS, made for the drill and deleted after it.
    RDS;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static InstanceKind parse(String text) {
        return Arrays.stream(values())
                .filter(kind -> kind.word().equals(text))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "'"
                                        + text
                                        + "' is not a temporary instance; write "
                                        + Arrays.stream(values())
                                                .map(InstanceKind::word)
                                                .collect(Collectors.joining(" or "))));
    }
}
