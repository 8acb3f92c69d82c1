package io.pgvigil.aws.ecs;

import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskLauncher;
import io.pgvigil.core.run.TaskSight;
import java.util.Map;
import java.util.Optional;

/// Starts tasks on Fargate and looks at them.
public final class EcsTasks implements TaskLauncher, TaskSight {
    private EcsTasks() {}

    public static EcsTasks from(Map<String, String> environment) {
        return new EcsTasks();
    }

    @Override
    public String launch(Run run) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Look look(Run run, String task) {
        return new Look.Unknown(Optional.empty());
    }
}
