package io.pgvigil.cli;

import io.pgvigil.core.RunId;
import io.pgvigil.core.store.StoreUri;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The command, or the task alone, in a process of its own, as users and platforms start them.
final class Program implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final Process process;
    private final Path stdout;
    private final Path stderr;

    /// How it ended and everything it printed.
    record Ended(int status, String stdout, String stderr) {
        String all() {
            return stdout + stderr;
        }
    }

    private Program(Process process, Path stdout, Path stderr) {
        this.process = process;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    static Program command(Path folder, Map<String, String> environment, String... arguments) {
        return start(folder, environment, "io.pgvigil.cli.Main", arguments);
    }

    static Ended run(Path folder, Map<String, String> environment, String... arguments) {
        try (var program = command(folder, environment, arguments)) {
            return program.ended();
        }
    }

    static Program task(Path folder, StoreUri store, Map<String, String> environment, RunId run) {
        var all = new java.util.HashMap<>(environment);
        all.put("PGVIGIL_STORE", store.toString());
        return start(folder, all, "io.pgvigil.task.TaskMain", run.value());
    }

    /// The task, which sends itself SIGKILL before or after the n-th object whose key matches appears.
    static Program dyingTask(
            Path folder,
            StoreUri store,
            Map<String, String> environment,
            RunId run,
            String when,
            String key,
            int nth) {
        var all = new java.util.HashMap<>(environment);
        all.put("PGVIGIL_STORE", store.toString());
        return start(folder, all, "io.pgvigil.task.KilledTask", run.value(), when, key, nth + "");
    }

    /// The task as an always-on harvest of a server in a configuration.
    static Program harvest(
            Path folder,
            StoreUri store,
            Path configuration,
            Map<String, String> environment,
            String server) {
        var all = new java.util.HashMap<>(environment);
        all.put("PGVIGIL_STORE", store.toString());
        all.put("PGVIGIL_CONFIG", configuration.toString());
        return start(folder, all, "io.pgvigil.task.TaskMain", "harvest", server);
    }

    private static Program start(
            Path folder, Map<String, String> environment, String main, String... arguments) {
        try {
            var stdout = Files.createTempFile(folder, "out", ".txt");
            var stderr = Files.createTempFile(folder, "err", ".txt");
            var argv =
                    new ArrayList<>(
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "-Xmx256m",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "--sun-misc-unsafe-memory-access=allow",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    main));
            argv.addAll(List.of(arguments));
            var builder =
                    new ProcessBuilder(argv)
                            .redirectOutput(stdout.toFile())
                            .redirectError(stderr.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
            builder.environment().putAll(environment);
            return new Program(builder.start(), stdout, stderr);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String printed() {
        try {
            return Files.readString(stdout, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until something was printed; false when the program ended without.
    boolean awaitPrinted(String text) {
        while (process.isAlive()) {
            if (printed().contains(text)) return true;
            sleep();
        }
        return printed().contains(text);
    }

    /// SIGKILL, to this process alone: what it started has to notice by itself.
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /// SIGTERM.
    void terminate() {
        process.destroy();
    }

    Ended ended() {
        try {
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS))
                throw new AssertionError("still running after " + LIMIT + ":\n" + printed());
            return new Ended(process.exitValue(), printed(), Files.readString(stderr));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static void sleep() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        var family = new ArrayList<>(process.descendants().toList());
        family.add(process.toHandle());
        family.forEach(ProcessHandle::destroyForcibly);
    }
}
