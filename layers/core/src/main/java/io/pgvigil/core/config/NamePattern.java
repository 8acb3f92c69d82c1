package io.pgvigil.core.config;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A name, or many: `*` stands for any run of characters, `?` for one, everything else for itself.
public record NamePattern(String text) {
    public NamePattern {
        if (text.isBlank() || text.indexOf('\0') >= 0)
            throw new IllegalArgumentException("a name cannot be empty");
    }

    public boolean matches(String name) {
        return regex().matcher(name).matches();
    }

    private Pattern regex() {
        var regex =
                text.codePoints()
                        .mapToObj(Character::toString)
                        .map(c ->
                                switch (c) {
                                    case "*" -> ".*";
                                    case "?" -> ".";
                                    default -> Pattern.quote(c);
                                })
                        .collect(Collectors.joining());
        return Pattern.compile(regex, Pattern.DOTALL);
    }

    @Override
    public String toString() {
        return text;
    }
}
