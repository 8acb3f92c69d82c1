package io.pgvigil.runtime;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.net.URI;

/// An address that a variable names and that may be a secret.
final class WebAddress {
    private WebAddress() {}

    static URI parse(String variable, String text) {
        try {
            var address = URI.create(text);
            var scheme = address.getScheme();
            if (address.getHost() != null && ("https".equals(scheme) || "http".equals(scheme)))
                return address;
        } catch (IllegalArgumentException notAnAddress) {
            // Its message quotes what may be a secret.
        }
        throw new Problem(
                ErrorCode.CONFIG_INVALID,
                variable + " is no address of the web",
                "Write https://host/path. It is not quoted, because it may be a secret.");
    }
}
