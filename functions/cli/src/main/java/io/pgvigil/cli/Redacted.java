package io.pgvigil.cli;

import java.util.regex.Pattern;

/// Text that may quote what a user typed, made safe to print.
final class Redacted {
    private static final Pattern PASSWORD =
            Pattern.compile("(postgres(?:ql)?://[^\\s:/@]*):[^\\s]*@");
    private static final Pattern PARAMETER = Pattern.compile("(?i)(password=)[^&\\s]*");

    private Redacted() {}

    static String urls(String text) {
        return PARAMETER.matcher(PASSWORD.matcher(text).replaceAll("$1:***@")).replaceAll("$1***");
    }
}
