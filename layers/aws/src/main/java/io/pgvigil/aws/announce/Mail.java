package io.pgvigil.aws.announce;

import io.pgvigil.core.announce.Announcement;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// An announcement as a person reads it in a mail.
///
/// @param subject at most 100 characters of ASCII in one line: SNS refuses any other
record Mail(String subject, String message) {
    /// SNS takes 256 KiB, attributes included.
    private static final int LONGEST_BYTES = 240 * 1024;

    private static final String CUT = "\n[cut: the rest did not fit into a mail]\n";

    static Mail of(Announcement announcement) {
        return new Mail(subject(announcement), cut(message(announcement)));
    }

    private static String subject(Announcement announcement) {
        var line =
                announcement.headline().strip().replaceAll("\\s+", " ").replaceAll("[^ -~]", "?");
        // One that begins with a blank or is empty is refused.
        if (line.isEmpty()) line = "pgvigil " + announcement.event();
        var longest = Announcement.LONGEST_HEADLINE;
        return line.length() <= longest ? line : line.substring(0, longest - 3) + "...";
    }

    private static String message(Announcement announcement) {
        var text = new StringBuilder(announcement.text().strip()).append('\n');
        var details = announcement.details();
        var widest = details.keySet().stream().mapToInt(String::length).max().orElse(0);
        if (!details.isEmpty()) text.append('\n');
        for (Map.Entry<String, String> detail : details.entrySet())
            text.append(detail.getKey())
                    .repeat(' ', widest - detail.getKey().length())
                    .append("  ")
                    // The next line of a value stands below its first.
                    .append(detail.getValue().strip().replace("\n", "\n" + " ".repeat(widest + 2)))
                    .append('\n');
        return text.append("\n-- \npgvigil, ")
                .append(announcement.event())
                .append(", ")
                .append(announcement.at())
                .append('\n')
                .toString();
    }

    private static String cut(String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length <= LONGEST_BYTES) return text;
        // No character has more than three bytes per char, so a third always fits.
        var end = LONGEST_BYTES / 3;
        if (Character.isHighSurrogate(text.charAt(end - 1))) end--;
        return text.substring(0, end) + CUT;
    }
}
