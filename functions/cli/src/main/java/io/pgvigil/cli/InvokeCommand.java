package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.RunState;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "invoke",
        mixinStandardHelpOptions = true,
        description = {
            "Call a Lambda handler with its real JSON: in this process, or with --stack the deployed"
                    + " function.",
            "The answer is the handler's own; tasks it starts are waited for, and how they were"
                    + " closed follows."
        })
final class InvokeCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Waiting waiting = new Waiting();

    @Parameters(
            paramLabel = "FUNCTION",
            description = "backup, seal, verify, restore, watch, retention or report.")
    private String function = "";

    @Option(
            names = "--event",
            required = true,
            paramLabel = "FILE",
            description = "The event, for example events/backup.manual.json.")
    private Path event = Path.of("");

    @Override
    public Integer call() {
        if (common.remote().isPresent()) return onStack(common.remote().get());
        try (var screen = Screen.of(common.json())) {
            var functions = Functions.queueing(common.store(), common.configuration(), screen);
            var answer = functions.call(function, read());
            var shape = new LinkedHashMap<String, Object>();
            shape.put("answer", answer);
            var closed = functions.await().values();
            shape.put("closed", closed);
            screen.close();
            System.out.println(Json.line(shape));
            return closed.stream().allMatch(run -> !run.path("state").asText().equals("FAILED"))
                    ? ExitStatus.DONE.code()
                    : ExitStatus.FAILED.code();
        }
    }

    private int onStack(Remote remote) {
        if (!Remote.FUNCTIONS.contains(function))
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "there is no function '" + function + "'",
                    "The functions are " + String.join(", ", Remote.FUNCTIONS) + ".");
        try (var screen = Screen.of(common.json())) {
            var given = waiting.give(remote, function, read(), screen);
            var shape = new LinkedHashMap<String, Object>();
            shape.put("answer", given.answer());
            given.ended().ifPresent(runs -> shape.put("runs", runs));
            screen.close();
            System.out.println(Json.line(shape));
            return given.ended().orElse(List.of()).stream()
                            .anyMatch(run -> run.state() == RunState.FAILED)
                    ? ExitStatus.FAILED.code()
                    : ExitStatus.DONE.code();
        }
    }

    private byte[] read() {
        try {
            return Files.readAllBytes(event);
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "the event " + event + " cannot be read",
                    "events/ has one file per trigger and manual call.",
                    e);
        }
    }
}
