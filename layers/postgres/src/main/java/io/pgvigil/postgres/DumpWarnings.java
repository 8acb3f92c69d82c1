package io.pgvigil.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Reads the warnings out of what pg_dump wrote to stderr.
public final class DumpWarnings {
    // "pg_dump: warning: …" from the program, "WARNING:  …" passed on from the server.
    private static final Pattern WARNING =
            Pattern.compile("^(?:\\S+: warning:|(?:\\S+: )?WARNING:)\\s+(?<text>.*)$");
    private static final Pattern DETAIL =
            Pattern.compile(
                    "^(?:\\S+: (?:detail|hint):|(?:DETAIL|HINT|CONTEXT):|\\s)\\s*(?<text>.*)$");

    private DumpWarnings() {}

    public static List<DumpWarning> of(List<String> stderr) {
        var warnings = new ArrayList<DumpWarning>();
        var inWarning = false;
        for (var line : stderr) {
            var warning = WARNING.matcher(line);
            var detail = DETAIL.matcher(line);
            if (warning.matches()) {
                warnings.add(new DumpWarning(warning.group("text"), List.of()));
                inWarning = true;
            } else if (inWarning && detail.matches()) {
                var last = warnings.removeLast();
                var details = new ArrayList<>(last.details());
                details.add(detail.group("text"));
                warnings.add(new DumpWarning(last.message(), details));
            } else {
                inWarning = false;
            }
        }
        return List.copyOf(warnings);
    }
}
