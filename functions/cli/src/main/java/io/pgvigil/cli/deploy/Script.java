package io.pgvigil.cli.deploy;

import io.pgvigil.core.process.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Steps as lines for a shell.
final class Script {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");
    private static final Pattern SAFE_IN_DOUBLE_QUOTES = Pattern.compile("[^\"\\\\`!$]*");
    private static final int WIDTH = 100;
    private static final String INDENT = "    ";

    private Script() {}

    static String of(String region, List<? extends Step> steps) {
        var text = new StringBuilder("export");
        Regions.environment(region)
                .forEach((name, value) -> text.append(' ').append(name).append('=').append(value));
        text.append('\n');
        var probe = Optional.<Command>empty();
        for (var step : steps) {
            text.append("\n# ").append(step.title()).append('\n');
            text.append(unless(step, probe));
            text.append(lines(step));
            probe = step.done();
        }
        return text.toString();
    }

    private static String unless(Step step, Optional<Command> before) {
        if (step.done().isEmpty()) return "";
        if (step.done().equals(before)) return "# (not needed then either)\n";
        return "# (not needed when this succeeds: " + line(step.done().get()) + ")\n";
    }

    private static String lines(Step step) {
        var command = folded(step.command());
        return switch (step) {
            case Step.Run run ->
                    run.from().map(source -> folded(source) + " \\\n  | ").orElse("")
                            + command
                            + "\n";
            case Step.Learn learn -> learn.variable() + "=$(" + command + ")\n";
            case Step.Await await ->
                    "until [ \"$("
                            + command
                            + ")\" = "
                            + await.good()
                            + " ]; do sleep "
                            + await.every().toSeconds()
                            + "; done\n";
        };
    }

    static String line(Command command) {
        return command.argv().stream().map(Script::quoted).collect(Collectors.joining(" "));
    }

    private static String folded(Command command) {
        var text = new StringBuilder();
        var column = 0;
        for (var unit : units(command)) {
            if (column > 0 && column + unit.length() + 1 > WIDTH) {
                text.append(" \\\n").append(INDENT);
                column = INDENT.length();
            } else if (column > 0) {
                text.append(' ');
                column++;
            }
            text.append(unit);
            column += unit.length();
        }
        return text.toString();
    }

    /// What stays on one line: an option and its value.
    private static List<String> units(Command command) {
        var units = new ArrayList<String>();
        var option = false;
        for (var argument : command.argv()) {
            var word = quoted(argument);
            var value = option && !argument.startsWith("--");
            if (value) units.add(units.removeLast() + " " + word);
            else units.add(word);
            option = argument.startsWith("--");
        }
        return units;
    }

    private static String quoted(String argument) {
        if (PLAIN.matcher(argument).matches()) return argument;
        var fixed = Variables.PLACE.matcher(argument).replaceAll("");
        var variables = !fixed.equals(argument);
        if ((variables || argument.contains("'")) && SAFE_IN_DOUBLE_QUOTES.matcher(fixed).matches())
            return '"' + argument + '"';
        return "'" + argument.replace("'", "'\\''") + "'";
    }
}
