package io.pgvigil.core.connect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The content of a libpq password file: lines of `host:port:database:user:password`, where `*`
/// matches anything and a backslash takes the next character as it is. The first match wins.
public record Passfile(List<Entry> entries) {
    public Passfile {
        entries = List.copyOf(entries);
    }

    /// One line of the file.
    public record Entry(String host, String port, String database, String user, Secret password) {}

    private static final String ANY = "*";

    public static Passfile parse(String text) {
        var entries = new ArrayList<Entry>();
        for (var line : text.split("\r?\n", -1)) {
            if (line.isBlank() || line.startsWith("#")) continue;
            var fields = fields(line);
            // libpq skips what it cannot read, and so do we: other programs share this file.
            if (fields.size() == 5)
                entries.add(
                        new Entry(
                                fields.get(0),
                                fields.get(1),
                                fields.get(2),
                                fields.get(3),
                                new Secret(fields.get(4))));
        }
        return new Passfile(entries);
    }

    public Optional<Secret> find(Endpoint endpoint, String database) {
        return entries.stream()
                .filter(entry -> hostMatches(entry, endpoint))
                .filter(entry -> matches(entry.port(), Integer.toString(endpoint.port())))
                .filter(entry -> matches(entry.database(), database))
                .filter(entry -> matches(entry.user(), endpoint.user()))
                .map(Entry::password)
                .findFirst();
    }

    private static boolean hostMatches(Entry entry, Endpoint endpoint) {
        // For libpq the default socket folder is spelled localhost in a password file.
        return matches(entry.host(), endpoint.host())
                || endpoint.isUnixSocket() && entry.host().equals("localhost");
    }

    private static boolean matches(String field, String value) {
        return field.equals(ANY) || field.equals(value);
    }

    // a\:b:5432:*:me:pass:word has host "a:b" and password "pass:word": only the first four end at
    // a colon.
    private static List<String> fields(String line) {
        var fields = new ArrayList<String>();
        var field = new StringBuilder();
        for (var i = 0; i < line.length(); i++) {
            var c = line.charAt(i);
            if (c == '\\' && i + 1 < line.length()) {
                field.append(line.charAt(++i));
            } else if (c == ':' && fields.size() < 4) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return fields;
    }
}
