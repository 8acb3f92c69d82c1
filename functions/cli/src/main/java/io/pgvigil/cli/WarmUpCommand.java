package io.pgvigil.cli;

import io.pgvigil.backup.BackupRequested;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Walks through what most commands need, once, so that the launcher script can record which classes
/// that takes. Changes nothing and asks nobody outside this machine.
@Command(name = "warm-up", hidden = true, description = "Load what most commands need.")
final class WarmUpCommand implements Callable<Integer> {
    /// Nothing listens on the discard port of this machine: the attempt ends at once.
    private static final String NOWHERE = "http://127.0.0.1:9";

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
        try (var screen = Screen.of(false)) {
            screen.taskSays(
                    "{\"progress\":\"dump\",\"detail\":\"\",\"bytes\":1,\"rows\":1,\"expectedBytes\":1}");
            new Functions(common.store(), Optional.empty(), Map.of(), screen).names();
        }
        return reachForS3();
    }

    private static int reachForS3() {
        var environment = new HashMap<>(System.getenv());
        environment.put("AWS_ENDPOINT_URL", NOWHERE);
        environment.put("AWS_REGION", "us-east-1");
        try {
            Stores.open(StoreUri.parse("s3://nowhere/warm-up"), environment)
                    .stat(new ObjectKey("warm-up"));
        } catch (Problem expected) {
            // Without credentials or without a listener, the classes are loaded all the same.
        }
        return 0;
    }
}
