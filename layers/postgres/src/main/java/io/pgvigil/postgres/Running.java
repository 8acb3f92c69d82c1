package io.pgvigil.postgres;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A program while it runs.
///
/// - **Nobody waits on stderr:** it is drained by a thread, and its last lines are kept.
/// - **Nothing is left behind:** closing ends the program and everything it started.
public final class Running implements AutoCloseable {
    /// How many of the last lines of stderr are kept.
    public static final int STDERR_LINES_KEPT = 1000;

    /// A longer line is cut: an error message may quote a row, and a row may have 1 GB.
    public static final int STDERR_LINE_LENGTH = 4000;

    /// How long [#close()] waits between asking politely and killing.
    public static final Duration GRACE = Duration.ofSeconds(5);

    /// How long the last words of an ended program are waited for. They are in the pipe already, unless
    /// a grandchild keeps it open.
    static final Duration AFTERMATH = Duration.ofSeconds(2);

    private final Command command;
    private final Process process;
    private final Thread stderrDrain;
    private final Deque<String> stderrLines = new ArrayDeque<>();
    private long stderrDropped;

    Running(Command command, Process process, Consumer<String> stderrLine) {
        this.command = command;
        this.process = process;
        this.stderrDrain =
                Thread.ofVirtual().name("stderr of " + name()).start(() -> drain(stderrLine));
    }

    /// The program's name without its folder.
    public String name() {
        return String.valueOf(Path.of(command.argv().getFirst()).getFileName());
    }

    public Command command() {
        return command;
    }

    public long pid() {
        return process.pid();
    }

    /// What the program has started and what still runs.
    List<ProcessHandle> children() {
        return process.descendants().toList();
    }

    public InputStream stdout() {
        return process.getInputStream();
    }

    /// What the program reads; only useful when it was started with input.
    public OutputStream stdin() {
        return process.getOutputStream();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// Waits for the end and returns the exit status, 128 + n when signal n ended it. Past the limit
    /// the program is ended, and that is a problem.
    public int waitFor(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                terminate(GRACE);
                throw new Problem(
                        ErrorCode.DEADLINE_EXCEEDED,
                        name() + " had not ended after " + limit.toSeconds() + " seconds",
                        "Allow more time, or find out what it waited for: a lock, the network, or a"
                                + " slow store.");
            }
            stderrDrain.join(AFTERMATH);
            return process.exitValue();
        } catch (InterruptedException e) {
            terminate(GRACE);
            Thread.currentThread().interrupt();
            throw interrupted(command, e);
        }
    }

    /// The last lines of stderr so far; all of them once [#waitFor] has returned.
    public List<String> stderr() {
        synchronized (stderrLines) {
            return List.copyOf(stderrLines);
        }
    }

    /// How many earlier lines of stderr were not kept.
    public long stderrDropped() {
        synchronized (stderrLines) {
            return stderrDropped;
        }
    }

    /// Ends the program and everything it started: first politely, and after the grace period for good.
    /// Returns when they are gone; doing it twice is fine.
    public void terminate(Duration grace) {
        // Taken before the first signal: the children of a dead parent are nobody's descendants.
        var family = new LinkedHashSet<ProcessHandle>();
        family.add(process.toHandle());
        process.descendants().forEach(family::add);
        family.forEach(ProcessHandle::destroy);
        if (!allGone(family, grace)) {
            new ArrayList<>(family).forEach(member -> member.descendants().forEach(family::add));
            family.forEach(ProcessHandle::destroyForcibly);
            allGone(family, GRACE);
        }
    }

    /// Ends the program if it still runs.
    @Override
    public void close() {
        terminate(GRACE);
        try {
            process.getOutputStream().close();
        } catch (IOException alreadyGone) {
            // The reader is dead; there is nothing left to tell it.
        }
        try {
            process.getInputStream().close();
        } catch (IOException alreadyGone) {
            // Closing is all we wanted.
        }
    }

    @Override
    public String toString() {
        return command + " (process " + process.pid() + ")";
    }

    static Problem interrupted(Command command, InterruptedException cause) {
        return new Problem(
                ErrorCode.RUN_CANCELLED,
                "cancelled while running " + Path.of(command.argv().getFirst()).getFileName(),
                "Start it again when you are ready; nothing was left behind.",
                cause);
    }

    private boolean allGone(Iterable<ProcessHandle> family, Duration limit) {
        var deadline = System.nanoTime() + limit.toNanos();
        var interrupted = false;
        try {
            while (true) {
                // Java notices the end of its own child a moment after the system does.
                var alive = process.isAlive();
                for (var member : family) alive |= member.isAlive();
                if (!alive) return true;
                if (System.nanoTime() - deadline >= 0) return false;
                try {
                    Thread.sleep(10);
                } catch (InterruptedException e) {
                    // Remembered, not obeyed: leaving now would leave processes behind.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    private void drain(Consumer<String> stderrLine) {
        try (var reader =
                new BufferedReader(
                        new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            var line = new StringBuilder();
            while (readLine(reader, line)) {
                var text = line.toString();
                keep(text);
                tell(stderrLine, text);
                line.setLength(0);
            }
        } catch (IOException ended) {
            // Killed while we read: what was kept is what there is.
        }
    }

    private static void tell(Consumer<String> listener, String line) {
        try {
            listener.accept(line);
        } catch (RuntimeException listenersOwn) {
            // A listener that fails must not stop the drain: the program would hang on a full pipe.
        }
    }

    private void keep(String line) {
        synchronized (stderrLines) {
            stderrLines.addLast(line);
            if (stderrLines.size() > STDERR_LINES_KEPT) {
                stderrLines.removeFirst();
                stderrDropped++;
            }
        }
    }

    private static boolean readLine(Reader reader, StringBuilder line) throws IOException {
        for (int c; (c = reader.read()) >= 0; ) {
            if (c == '\n') return true;
            if (c != '\r' && line.length() < STDERR_LINE_LENGTH) line.append((char) c);
        }
        return !line.isEmpty();
    }
}
