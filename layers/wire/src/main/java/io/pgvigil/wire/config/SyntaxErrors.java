package io.pgvigil.wire.config;

import org.jspecify.annotations.Nullable;

/// The YAML library's complaints in our words, because its own can quote the document.
final class SyntaxErrors {
    private SyntaxErrors() {}

    static String explain(@Nullable String problem) {
        if (problem == null) return "something does not fit here";
        if (problem.startsWith("mapping values are not allowed"))
            return "a colon does not fit here; put values that hold ': ' in quotes";
        if (problem.startsWith("could not find expected ':'"))
            return "a key without a colon and a value";
        if (problem.startsWith("expected ',' or"))
            return "a list or group in brackets is not closed";
        if (problem.startsWith("expected <block end>"))
            return "the indentation does not fit the lines above";
        if (problem.startsWith("found undefined alias"))
            return "a value begins with *; put it in quotes";
        if (problem.contains("cannot start any token"))
            return "a value begins with a character that YAML keeps for itself; put it in quotes";
        if (problem.startsWith("found unexpected end of stream"))
            return "a quote is opened and never closed";
        if (problem.contains("another document"))
            return "a second document begins; there can be only one";
        return "something does not fit here";
    }
}
