package io.pgvigil.local;

import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskSight;
import io.pgvigil.core.run.TaskStopped;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Pattern;

/// Looks at tasks that are processes of this host.
public final class ChildTaskSight implements TaskSight {
    private static final Pattern TASK = Pattern.compile("pid-([0-9]+)@(.*)");

    private final String host;
    private final InstantSource clock;

    /// @param host this machine's name, as [ChildTaskLauncher] was told it
    public ChildTaskSight(String host, InstantSource clock) {
        this.host = host;
        this.clock = clock;
    }

    @Override
    public Look look(Run run, String task) {
        var name = TASK.matcher(task);
        if (!name.matches()) return new Look.Unknown(Optional.of("'" + task + "' is no process"));
        if (!name.group(2).equals(host))
            return new Look.Unknown(Optional.of("it is a process of " + name.group(2)));
        return ProcessHandle.of(Long.parseLong(name.group(1)))
                        .filter(ProcessHandle::isAlive)
                        .isPresent()
                ? new Look.Alive()
                // Only its parent could know how it ended.
                : new Look.Stopped(
                        new TaskStopped(
                                run.run(), Optional.empty(), "found dead", clock.instant()));
    }
}
