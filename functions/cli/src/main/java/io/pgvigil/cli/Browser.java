package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;

/// Whatever this machine opens pages with.
final class Browser {
    private Browser() {}

    static void open(URI page) {
        var program =
                System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac")
                        ? "open"
                        : "xdg-open";
        try {
            new ProcessBuilder(program, page.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.TOOL_MISSING,
                    program + " cannot be started: " + e.getMessage(),
                    "Open it by hand: " + page,
                    e);
        }
    }
}
