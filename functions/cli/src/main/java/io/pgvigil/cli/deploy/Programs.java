package io.pgvigil.cli.deploy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Other people's programs, started in the project's folder with our own environment: they find
/// profiles, proxies and logins where their users put them.
final class Programs {
    private static final int LINES_KEPT = 5;

    private final Path folder;
    private final Map<String, String> environment;
    private final PrintStream out;

    Programs(Path folder, Map<String, String> environment, PrintStream out) {
        this.folder = folder;
        this.environment = Map.copyOf(environment);
        this.out = out;
    }

    /// The same with more in the environment.
    Programs with(Map<String, String> more) {
        var wider = new HashMap<>(environment);
        wider.putAll(more);
        return new Programs(folder, wider, out);
    }

    /// @param words the last lines of what it complained about
    record Ended(int status, String output, String words) {
        boolean good() {
            return status == 0;
        }
    }

    boolean has(String program) {
        return find(program).isPresent();
    }

    /// Runs a program and shows what it says.
    Ended run(Command command) {
        return finish(List.of(command), this::show);
    }

    /// Runs two programs, the second one reading what the first one prints.
    Ended pipe(Command from, Command to) {
        return finish(List.of(from, to), this::show);
    }

    /// Runs a program for its answer.
    Ended ask(Command command) {
        return finish(List.of(command), line -> {});
    }

    private void show(String line) {
        out.println("      | " + line);
    }

    private Ended finish(List<Command> commands, Consumer<String> shown) {
        try {
            var processes =
                    ProcessBuilder.startPipeline(commands.stream().map(this::builder).toList());
            // No program gets to ask us anything.
            processes.getFirst().getOutputStream().close();
            var last = processes.getLast();
            var complaints =
                    processes.stream()
                            .map(one -> reading(() -> lines(one.getErrorStream(), shown)))
                            .toList();
            var output = reading(() -> lines(last.getInputStream(), shown));
            var status = 0;
            var words = new StringBuilder();
            for (var process : processes) {
                var ended = process.waitFor();
                // In a pipe the first failure is the cause, and the second its consequence.
                if (status == 0) status = ended;
            }
            for (var complaint : complaints) words.append(complaint.get().tail());
            var said = output.get();
            var why = words.isEmpty() ? said.tail() : words.toString();
            return new Ended(
                    status,
                    said.all(),
                    "exit code " + status + (why.isBlank() ? "" : ", " + why.strip()));
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.PROGRAM_MISSING,
                    "cannot start " + commands.getLast().argv().getFirst() + ": " + e.getMessage(),
                    "Install it, or choose another way: pgvigil deploy --help.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Said(String all, String tail) {}

    private static FutureTask<Said> reading(Callable<Said> work) {
        var task = new FutureTask<>(work);
        Thread.ofVirtual().name("output").start(task);
        return task;
    }

    private static Said lines(InputStream stream, Consumer<String> shown) throws IOException {
        var all = new StringBuilder();
        var tail = new ArrayDeque<String>();
        try (var reader =
                new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                shown.accept(line);
                all.append(line).append('\n');
                if (line.isBlank()) continue;
                tail.add(line.strip());
                if (tail.size() > LINES_KEPT) tail.remove();
            }
        }
        return new Said(all.toString(), String.join(" / ", tail));
    }

    private ProcessBuilder builder(Command command) {
        var argv = new ArrayList<>(command.argv());
        argv.set(0, located(argv.getFirst()));
        var builder = new ProcessBuilder(argv).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().putAll(command.environment());
        // A pager would wait for a key.
        builder.environment().put("AWS_PAGER", "");
        return builder;
    }

    /// Where a program is: Java would look in the path and folder that it was itself started with.
    private String located(String program) {
        if (program.contains("/")) return folder.resolve(program).normalize().toString();
        return find(program).map(Path::toString).orElse(program);
    }

    private Optional<Path> find(String program) {
        return Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .filter(place -> !place.isEmpty())
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    void pause(Duration length) {
        try {
            Thread.sleep(length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    private static Problem interrupted(InterruptedException e) {
        return new Problem(
                ErrorCode.DEPLOY_FAILED,
                "interrupted",
                "Repeat the same command: what is there is not made again.",
                e);
    }
}
