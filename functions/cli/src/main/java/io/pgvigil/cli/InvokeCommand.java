package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "invoke",
        mixinStandardHelpOptions = true,
        description = {
            "Call a Lambda handler in this process with its real JSON.",
            "The answer is the handler's own; tasks it starts are waited for, and how seal closed"
                    + " them follows."
        })
final class InvokeCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Parameters(paramLabel = "FUNCTION", description = "backup, seal, verify, restore or watch.")
    private String function = "";

    @Option(
            names = "--event",
            required = true,
            paramLabel = "FILE",
            description = "The event, for example events/backup.manual.json.")
    private Path event = Path.of("");

    @Override
    public Integer call() {
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
