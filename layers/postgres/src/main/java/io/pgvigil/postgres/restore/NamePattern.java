package io.pgvigil.postgres.restore;

import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// A name as people and pg_dump write it: `app.orders`, `app.*`, `"Mixed Case"."a.b"`. Without quotes,
/// upper case means lower case, `*` any letters and `?` one; in quotes every character is itself.
record NamePattern(Optional<Pattern> schema, Pattern name) {

    static NamePattern parse(String text) {
        var parts = new ArrayList<String>();
        var part = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    part.append(Pattern.quote("\""));
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (quoted) {
                part.append(Pattern.quote(String.valueOf(c)));
            } else if (c == '.' && parts.isEmpty()) {
                parts.add(part.toString());
                part.setLength(0);
            } else if (c == '*') {
                part.append(".*");
            } else if (c == '?') {
                part.append('.');
            } else {
                part.append(Pattern.quote(String.valueOf(c).toLowerCase(Locale.ROOT)));
            }
        }
        parts.add(part.toString());
        var name = Pattern.compile(parts.getLast(), Pattern.DOTALL);
        return new NamePattern(
                parts.size() == 2
                        ? Optional.of(Pattern.compile(parts.getFirst(), Pattern.DOTALL))
                        : Optional.empty(),
                name);
    }

    boolean matches(String inSchema, String called) {
        return schema.map(pattern -> pattern.matcher(inSchema).matches()).orElse(true)
                && matchesName(called);
    }

    boolean matchesName(String called) {
        return name.matcher(called).matches();
    }
}
