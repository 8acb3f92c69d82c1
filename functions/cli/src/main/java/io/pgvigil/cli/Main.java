package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.HeadStart;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Json;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;

/// Entry point of the command.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        storeInS3(arguments, System.getenv())
                .ifPresent(store ->
                        HeadStart.with(
                                () -> Stores.prepare(StoreUri.parse(store), System.getenv())));
        System.exit(run(arguments));
    }

    /// Where this command will probably ask, seen before it is read properly.
    static Optional<String> storeInS3(String[] arguments, Map<String, String> environment) {
        return Stream.concat(
                        Stream.of(arguments), Stream.ofNullable(environment.get("PGVIGIL_STORE")))
                .map(text -> text.startsWith("--store=") ? text.substring(8) : text)
                .filter(text -> text.startsWith("s3://"))
                .findFirst();
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
