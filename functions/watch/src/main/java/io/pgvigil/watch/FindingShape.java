package io.pgvigil.watch;

import io.pgvigil.core.watch.Finding;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// A finding as JSON has it.
///
/// @param finding the word of its kind
public record FindingShape(
        String finding,
        String severity,
        Optional<String> server,
        Optional<String> database,
        Instant since,
        String what,
        String hint) {
    public static FindingShape of(Finding one) {
        return new FindingShape(
                one.kind().word(),
                one.severity().name().toLowerCase(Locale.ROOT),
                one.server().map(name -> name.value()),
                one.database().map(name -> name.value()),
                one.since(),
                one.what(),
                one.hint());
    }

    public String place() {
        return server.map(name -> database.map(base -> name + "/" + base).orElse(name)).orElse("");
    }
}
