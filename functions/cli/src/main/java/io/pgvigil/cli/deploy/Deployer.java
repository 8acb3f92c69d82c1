package io.pgvigil.cli.deploy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Carries out the steps of a plan, one after the other, and stops at the first that fails.
final class Deployer {
    private final Programs programs;
    private final PrintStream out;
    private final Variables variables = new Variables();
    private final List<String> done = new ArrayList<>();

    Deployer(Programs programs, PrintStream out) {
        this.programs = programs;
        this.out = out;
    }

    void carryOut(List<? extends Step> steps) {
        var number = 0;
        for (var step : steps) {
            out.printf("[%d/%d] %s%n", ++number, steps.size(), step.title());
            if (isThere(step)) out.println("      is there already");
            else
                switch (step) {
                    case Step.Run run -> run(run);
                    case Step.Learn learn -> learn(learn);
                    case Step.Await await -> await(await);
                }
            done.add(step.name());
        }
    }

    private boolean isThere(Step step) {
        return step.done()
                .map(variables::fill)
                .filter(probe -> programs.ask(probe).good())
                .isPresent();
    }

    private void run(Step.Run step) {
        var command = variables.fill(step.command());
        out.println("      " + shown(step, command));
        var ended =
                step.from()
                        .map(variables::fill)
                        .map(source -> programs.pipe(source, command))
                        .orElseGet(() -> programs.run(command));
        if (!ended.good()) throw failed(step, command, ended.words());
    }

    private static String shown(Step.Run step, Command command) {
        return step.from().map(source -> Script.line(source) + " | ").orElse("")
                + Script.line(command);
    }

    private void learn(Step.Learn step) {
        var command = variables.fill(step.command());
        var ended = programs.ask(command);
        if (!ended.good()) throw failed(step, command, ended.words());
        var value = ended.output().strip();
        // What the CLI prints for a query that matches nothing.
        if (value.isEmpty() || value.equals("None"))
            throw failed(step, command, "the answer is empty");
        variables.learn(step.variable(), value);
        out.println("      " + value);
    }

    private void await(Step.Await step) {
        var command = variables.fill(step.command());
        while (true) {
            var ended = programs.ask(command);
            if (!ended.good()) throw failed(step, command, ended.words());
            var state = ended.output().strip();
            if (state.equals(step.good())) return;
            if (step.bad().contains(state)) throw failed(step, command, "it ended as " + state);
            programs.pause(step.every());
        }
    }

    private Problem failed(Step step, Command command, String why) {
        return new Problem(
                ErrorCode.DEPLOY_FAILED,
                "step " + step.name() + " failed: " + Script.line(command) + ": " + why,
                (done.isEmpty()
                                ? "Nothing was done before it."
                                : "Done before it: " + String.join(", ", done) + ".")
                        + " Correct it and repeat the same command: what is there is not made"
                        + " again. --dry-run prints all commands, to go on by hand.");
    }
}
