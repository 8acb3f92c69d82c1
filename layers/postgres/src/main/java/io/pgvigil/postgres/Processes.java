package io.pgvigil.postgres;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Starts other programs.
///
/// A child gets what a program needs to run (`PATH`, `HOME`, locale, time zone, library path) and what
/// its command adds, never our whole environment, where secrets of others may be. Its messages are in
/// English, so that they can be told apart.
public final class Processes {
    /// What [#run] keeps of a program's stdout; the rest is read and dropped.
    public static final int OUTPUT_KEPT = 4 * 1024 * 1024;

    private static final Set<String> INHERITED =
            Set.of(
                    "PATH",
                    "HOME",
                    "USER",
                    "LOGNAME",
                    "LANG",
                    "TMPDIR",
                    "TZ",
                    "TZDIR",
                    "LD_LIBRARY_PATH",
                    "DYLD_LIBRARY_PATH",
                    "DYLD_FALLBACK_LIBRARY_PATH",
                    "SSL_CERT_FILE",
                    "SSL_CERT_DIR");

    private Processes() {}

    /// Starts a program without input. Whoever starts it reads its stdout to the end.
    public static Running start(Command command) {
        return start(command, line -> {});
    }

    /// @param stderrLine called for each line the program writes to stderr, on a thread of its own
    public static Running start(Command command, Consumer<String> stderrLine) {
        return launch(command, ProcessBuilder.Redirect.from(NOWHERE), stderrLine);
    }

    /// Starts a program that reads what is written to [Running#stdin()]; closing that ends its input.
    public static Running startWithInput(Command command, Consumer<String> stderrLine) {
        return launch(command, ProcessBuilder.Redirect.PIPE, stderrLine);
    }

    /// Runs a short program without input and keeps a bounded part of what it prints. Longer than the
    /// limit: it is ended, and that is a problem.
    public static Finished run(Command command, Duration limit) {
        try (var running = start(command)) {
            var kept = new ByteArrayOutputStream();
            var truncated = new boolean[1];
            // Read beside waiting: a program that prints nothing and never ends must still meet the
            // limit.
            var reader =
                    Thread.ofVirtual()
                            .name("stdout of " + running.name())
                            .start(() -> truncated[0] = keep(running, kept));
            var status = running.waitFor(limit);
            reader.join(Running.AFTERMATH);
            synchronized (kept) {
                return new Finished(
                        status,
                        kept.toString(StandardCharsets.UTF_8),
                        running.stderr(),
                        truncated[0]);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Running.interrupted(command, e);
        }
    }

    private static final java.io.File NOWHERE = new java.io.File("/dev/null");

    private static boolean keep(Running running, ByteArrayOutputStream kept) {
        var truncated = false;
        try {
            var in = running.stdout();
            var buffer = new byte[8192];
            for (int n; (n = in.read(buffer)) >= 0; ) {
                synchronized (kept) {
                    var room = Math.min(n, OUTPUT_KEPT - kept.size());
                    kept.write(buffer, 0, room);
                    truncated |= room < n;
                }
            }
        } catch (IOException ended) {
            // Killed while we read: its exit status tells.
        }
        return truncated;
    }

    private static Running launch(
            Command command, ProcessBuilder.Redirect stdin, Consumer<String> stderrLine) {
        var builder = new ProcessBuilder(command.argv()).redirectInput(stdin);
        prepare(builder.environment(), command.environment());
        try {
            return new Running(command, builder.start(), stderrLine);
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.PROGRAM_MISSING,
                    "cannot start " + command.argv().getFirst(),
                    "Check that the program is installed and may be executed by this user.",
                    e);
        }
    }

    /// Reduces an environment to what a child may see and adds what the command wants.
    static void prepare(Map<String, String> environment, Map<String, String> added) {
        // LC_ALL beats LC_MESSAGES, so its meaning for characters moves to where it does not.
        var all = environment.remove("LC_ALL");
        if (all != null && !all.isEmpty()) environment.put("LC_CTYPE", all);
        environment
                .keySet()
                .retainAll(
                        List.copyOf(environment.keySet()).stream()
                                .filter(name -> INHERITED.contains(name) || name.startsWith("LC_"))
                                .toList());
        environment.put("LC_MESSAGES", "C");
        environment.putAll(added);
    }
}
