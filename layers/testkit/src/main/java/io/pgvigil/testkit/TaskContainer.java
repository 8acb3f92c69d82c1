package io.pgvigil.testkit;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import io.pgvigil.core.RunId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.testcontainers.DockerClientFactory;

/// The image in a container, as strict as the task definition: no capability, no writable root, a limit
/// of memory.
///
/// It shares the network of this machine, where the servers of the test listen on loopback.
public final class TaskContainer implements AutoCloseable {
    private static final long MEMORY = 1L << 30;
    private static final Duration LONGEST = Duration.ofMinutes(4);
    private static final Duration POLL = Duration.ofMillis(50);

    private final DockerClient client;
    private final String id;

    private TaskContainer(DockerClient client, String id) {
        this.client = client;
        this.id = id;
    }

    /// Builds the image once per JVM, unless one is named in `PGVIGIL_TASK_IMAGE`.
    public static String image() {
        return Built.IMAGE;
    }

    private static final class Built {
        static final String IMAGE =
                Optional.ofNullable(System.getenv("PGVIGIL_TASK_IMAGE")).orElseGet(Built::build);

        private static String build() {
            var tag = "localhost/pgvigil-task:test";
            try {
                var script = EventFiles.top().resolve(".ci/containers").toString();
                var log = EventFiles.top().resolve("functions/task/target/image-build.log");
                var built =
                        new ProcessBuilder(script, "build", tag)
                                .redirectErrorStream(true)
                                .redirectOutput(log.toFile())
                                .start()
                                .waitFor();
                if (built != 0)
                    throw new IllegalStateException("the image was not built, see " + log);
                return tag;
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException("the image was not built", e);
            }
        }
    }

    public static TaskContainer run(RunId run, Map<String, String> environment) {
        return started(environment, UnaryOperator.identity(), List.of(), run.value());
    }

    /// @param change what is different about this container
    public static TaskContainer run(
            RunId run, Map<String, String> environment, UnaryOperator<HostConfig> change) {
        return started(environment, change, List.of(), run.value());
    }

    /// Another program of the image, with the same strictness.
    public static TaskContainer program(String... argv) {
        return started(Map.of(), UnaryOperator.identity(), List.of(argv));
    }

    private static TaskContainer started(
            Map<String, String> environment,
            UnaryOperator<HostConfig> change,
            List<String> entrypoint,
            String... arguments) {
        var client = DockerClientFactory.instance().client();
        var host =
                change.apply(
                        HostConfig.newHostConfig()
                                .withNetworkMode("host")
                                .withReadonlyRootfs(true)
                                .withCapDrop(Capability.ALL)
                                .withSecurityOpts(List.of("no-new-privileges"))
                                .withMemory(MEMORY)
                                .withMemorySwap(MEMORY));
        var command =
                client.createContainerCmd(image())
                        .withHostConfig(host)
                        .withVolumes(new Volume("/work"), new Volume("/tmp"))
                        .withEnv(
                                environment.entrySet().stream()
                                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                                        .toList());
        if (!entrypoint.isEmpty()) command.withEntrypoint(entrypoint);
        if (arguments.length > 0) command.withCmd(arguments);
        var container = new TaskContainer(client, command.exec().getId());
        client.startContainerCmd(container.id).exec();
        return container;
    }

    /// Waits for the end and returns the exit code.
    public int exit() {
        var deadline = System.nanoTime() + LONGEST.toNanos();
        while (Boolean.TRUE.equals(state().getRunning())) {
            if (System.nanoTime() - deadline > 0)
                throw new IllegalStateException("the container still runs: " + logs());
            pause();
        }
        return Optional.ofNullable(state().getExitCodeLong()).orElseThrow().intValue();
    }

    public static void pause() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public InspectContainerResponse.ContainerState state() {
        return client.inspectContainerCmd(id).exec().getState();
    }

    /// SIGTERM, and SIGKILL after the time that ECS would wait.
    public void stop(Duration patience) {
        try {
            client.stopContainerCmd(id).withTimeout((int) patience.toSeconds()).exec();
        } catch (NotModifiedException alreadyOver) {
            // It ended by itself in the meantime, which exit() tells.
        }
    }

    public void kill() {
        client.killContainerCmd(id).withSignal("KILL").exec();
    }

    public String logs() {
        var text = new StringBuilder();
        try (var callback =
                client.logContainerCmd(id)
                        .withStdOut(true)
                        .withStdErr(true)
                        .exec(
                                new ResultCallback.Adapter<Frame>() {
                                    @Override
                                    public void onNext(Frame frame) {
                                        text.append(
                                                new String(
                                                        frame.getPayload(),
                                                        StandardCharsets.UTF_8));
                                    }
                                })) {
            callback.awaitCompletion();
        } catch (InterruptedException | IOException e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }

    @Override
    public void close() {
        try {
            client.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
        } catch (NotFoundException gone) {
            // Nothing to tidy up.
        }
    }
}
