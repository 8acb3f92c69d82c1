package io.pgvigil.archive.fixpoint;

/// Text for people: one line, bounded, around the first difference.
final class Excerpts {
    private static final int BEFORE_THE_DIFFERENCE = 24;
    private static final int AFTER_THE_DIFFERENCE = 56;

    private Excerpts() {}

    /// `'…both around where they first differ…' became '…'`.
    static String became(String original, String again) {
        var at = firstDifference(original, again);
        return excerpt(original, at) + " became " + excerpt(again, at);
    }

    private static int firstDifference(String one, String two) {
        var at = 0;
        var end = Math.min(one.length(), two.length());
        while (at < end && one.charAt(at) == two.charAt(at)) at++;
        return at;
    }

    private static String excerpt(String text, int at) {
        var from = whole(text, Math.max(0, at - BEFORE_THE_DIFFERENCE));
        var to = whole(text, Math.min(text.length(), at + AFTER_THE_DIFFERENCE));
        return "'"
                + (from > 0 ? "…" : "")
                + oneLine(text.substring(from, to))
                + (to < text.length() ? "…" : "")
                + "'";
    }

    // Never half a character.
    private static int whole(String text, int at) {
        return at > 0 && at < text.length() && Character.isLowSurrogate(text.charAt(at))
                ? at - 1
                : at;
    }

    /// Without line breaks and other characters that a terminal or a log would obey.
    static String oneLine(String text) {
        var out = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> {
                    switch (c) {
                        case '\n' -> out.append("\\n");
                        case '\t' -> out.append("\\t");
                        case '\r' -> out.append("\\r");
                        default -> {
                            if (isHarmless(c)) out.appendCodePoint(c);
                            else out.append("\\u{%x}".formatted(c));
                        }
                    }
                });
        return out.toString();
    }

    private static boolean isHarmless(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    false;
            default -> true;
        };
    }

    static String rows(long rows) {
        return rows == 1 ? "1 row" : rows + " rows";
    }
}
