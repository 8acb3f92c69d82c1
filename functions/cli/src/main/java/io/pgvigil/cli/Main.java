package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.wire.Json;
import java.util.Map;
import picocli.CommandLine;

/// Entry point of the command.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        var line = new CommandLine(new Pgvigil());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(Main::usage);
        line.setExecutionExceptionHandler(Main::failed);
        return line.execute(arguments);
    }

    private static int usage(CommandLine.ParameterException e, String[] arguments) {
        var problem = e.getCause() instanceof Problem inner ? inner : usageProblem(e);
        return report(problem, wantsJson(arguments));
    }

    private static Problem usageProblem(CommandLine.ParameterException e) {
        var name = e.getCommandLine().getCommandSpec().qualifiedName();
        // picocli's messages quote what was typed, and that can be a URL with a password.
        var message = Redacted.urls(String.valueOf(e.getMessage()));
        return new Problem(ErrorCode.USAGE_INVALID, message, name + " --help shows what it takes.");
    }

    private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        if (e instanceof Problem problem)
            return report(problem, wantsJson(parsed.originalArgs().toArray(String[]::new)));
        var problem =
                new Problem(
                        ErrorCode.INTERNAL,
                        "unexpected " + e,
                        "This is a defect of ours. PGVIGIL_TRACE=1 prints where it happened.",
                        e);
        if (System.getenv("PGVIGIL_TRACE") != null) e.printStackTrace();
        return report(problem, wantsJson(parsed.originalArgs().toArray(String[]::new)));
    }

    private static boolean wantsJson(String[] arguments) {
        for (var argument : arguments) if (argument.equals("--json")) return true;
        return false;
    }

    private static int report(Problem problem, boolean json) {
        if (json) System.out.println(Json.line(Map.of("problem", Failure.of(problem))));
        System.err.println(problem.getMessage());
        return problem.code().exitStatus().code();
    }
}
