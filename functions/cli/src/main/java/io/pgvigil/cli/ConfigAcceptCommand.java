package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.wire.Json;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "accept",
        mixinStandardHelpOptions = true,
        description = {
            "Have a stack's functions take its configuration now instead of at the next tick.",
            "This is a tick like every other: what is due is started."
        })
final class ConfigAcceptCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Override
    public Integer call() {
        var remote =
                common.remote()
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.USAGE_INVALID,
                                        "no stack is named",
                                        "Add --stack NAME: elsewhere every command reads the"
                                                + " configuration itself."));
        var answer = tick(remote);
        System.out.println(common.json() ? Json.line(answer) : "accepted  " + remote.config());
        return ExitStatus.DONE.code();
    }

    /// What the schedule sends every five minutes, see `events/backup.tick.json`.
    static JsonNode tick(Remote remote) {
        return remote.call("backup", Json.bytes(Map.of("tick", Instant.now().toString())));
    }
}
