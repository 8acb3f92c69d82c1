package io.pgvigil.cli;

import io.pgvigil.backup.BackupRequested;
import io.pgvigil.core.RunId;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.TaskStopped;
import io.pgvigil.runtime.Warmup;
import io.pgvigil.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Walks through what most commands need, once, so that the launcher script can record which classes
/// that takes. Changes nothing and asks nobody outside this machine.
@Command(name = "warm-up", hidden = true, description = "Load what most commands need.")
final class WarmUpCommand implements Callable<Integer> {
    private static final byte[] RESTORE =
            "{\"backup\":\"20200101T000000Z-p-00000000\",\"folder\":\"/nowhere\"}"
                    .getBytes(StandardCharsets.UTF_8);
    private static final TaskStopped NEWS =
            new TaskStopped(
                    new RunId("20200101T000000Z-backup-0000000000"),
                    Optional.of(0),
                    "",
                    Instant.EPOCH);

    @Mixin private Common common = new Common();

    @Override
    public Integer call() {
        var store = common.store().toString();
        Main.run("list", "--store", store);
        Main.run("show", "--store", store);
        var event =
                Json.read(
                        "{\"databases\":[\"a\"]}".getBytes(StandardCharsets.UTF_8),
                        BackupRequested.class,
                        "the warm-up");
        Json.bytes(event);
        Main.run("retention", "plan", "--store", store);
        Main.run("report", "--csv", "proofs", "--store", store);
        try (var screen = Screen.of(false)) {
            screen.taskSays(
                    "{\"progress\":\"dump\",\"detail\":\"\",\"bytes\":1,\"rows\":1,\"expectedBytes\":1}");
            refused(new Functions(common.store(), Optional.empty(), Map.of(), screen));
        }
        TaskEvents.read(TaskEvents.stopped(NEWS));
        Warmup.everything();
        return 0;
    }

    /// A restore of what is not there: everything up to the order for a task.
    private static void refused(Functions functions) {
        try {
            functions.call("restore", RESTORE);
        } catch (Problem expected) {
            // No backup has this name.
        }
    }
}
