package io.pgvigil.cli.deploy;

import io.pgvigil.core.process.Command;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the steps so far have learned.
final class Variables {
    static final Pattern PLACE = Pattern.compile("\\$\\{([A-Z_]+)(%%/\\*|#\\*/)?}");

    private final Map<String, String> known = new HashMap<>();

    void learn(String name, String value) {
        known.put(name, value);
    }

    Command fill(Command command) {
        return new Command(command.argv().stream().map(this::fill).toList(), command.environment());
    }

    private String fill(String argument) {
        return PLACE.matcher(argument)
                .replaceAll(
                        found -> Matcher.quoteReplacement(value(found.group(1), found.group(2))));
    }

    private String value(String name, @Nullable String cut) {
        var value = known.get(name);
        if (value == null) throw new IllegalStateException("no step has learned " + name);
        if (cut == null) return value;
        var slash = value.indexOf('/');
        if (slash < 0) return value;
        return cut.startsWith("%") ? value.substring(0, slash) : value.substring(slash + 1);
    }
}
