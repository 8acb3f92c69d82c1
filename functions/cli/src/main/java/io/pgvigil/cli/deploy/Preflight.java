package io.pgvigil.cli.deploy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What this machine has, looked at before anything is started.
final class Preflight {
    private Preflight() {}

    static Answers.With with(Programs programs) {
        return programs.has("sam") ? Answers.With.SAM : Answers.With.AWS;
    }

    /// An engine that answers: being installed is not enough.
    static Answers.Engine engine(Programs programs) {
        for (var one : List.of(Answers.Engine.DOCKER, Answers.Engine.PODMAN)) {
            var name = one.name().toLowerCase(Locale.ROOT);
            if (programs.has(name) && programs.ask(Command.of(name, "info")).good()) return one;
        }
        return Answers.Engine.CODEBUILD;
    }

    static Answers.Architecture architecture(Answers.Engine engine) {
        var here = System.getProperty("os.arch", "");
        return engine == Answers.Engine.CODEBUILD || here.equals("aarch64") || here.equals("arm64")
                ? Answers.Architecture.ARM64
                : Answers.Architecture.X86_64;
    }

    /// Every program that some step starts, so that none is found missing halfway.
    static void require(Programs programs, List<Step> plan) {
        var missing =
                plan.stream()
                        .flatMap(Preflight::commands)
                        .map(command -> command.argv().getFirst())
                        .distinct()
                        .filter(program -> !program.contains("/") && !programs.has(program))
                        .toList();
        if (missing.isEmpty()) return;
        throw new Problem(
                ErrorCode.PROGRAM_MISSING,
                "not installed: " + String.join(", ", missing),
                "Install them, or choose another way with --with and --engine.");
    }

    private static Stream<Command> commands(Step step) {
        var from = step instanceof Step.Run run ? run.from().stream() : Stream.<Command>empty();
        return Stream.of(from, Stream.of(step.command()), step.done().stream()).flatMap(one -> one);
    }
}
