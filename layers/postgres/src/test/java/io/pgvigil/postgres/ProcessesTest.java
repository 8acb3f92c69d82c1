package io.pgvigil.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

final class ProcessesTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void a_finished_program_tells_its_status_and_both_outputs() {
        var finished = Processes.run(shell("echo out; echo err >&2; exit 3"), LIMIT);

        assertThat(finished).isEqualTo(new Finished(3, "out\n", List.of("err"), false));
    }

    @Test
    void a_program_killed_by_a_signal_tells_which() {
        assertThat(Processes.run(shell("kill -9 $$"), LIMIT).status()).isEqualTo(128 + 9);
    }

    @Test
    void a_talkative_program_fills_neither_memory_nor_its_pipes() {
        var finished =
                Processes.run(
                        shell("yes out | head -c 9000000; yes err | head -c 9000000 >&2"), LIMIT);

        assertThat(finished.truncated()).isTrue();
        assertThat(finished.stdout()).hasSize(Processes.OUTPUT_KEPT);
        assertThat(finished.stderr()).hasSize(Running.STDERR_LINES_KEPT);
    }

    @Test
    void a_line_of_stderr_is_cut_where_it_gets_too_long() {
        var finished = Processes.run(shell("head -c 50000 /dev/zero | tr '\\0' x >&2"), LIMIT);

        assertThat(finished.stderr().getFirst()).hasSize(Running.STDERR_LINE_LENGTH);
    }

    @Test
    void stderr_is_heard_line_by_line_even_by_a_listener_that_fails() {
        var heard = new CopyOnWriteArrayList<String>();

        try (var running =
                Processes.start(
                        shell("echo one >&2; echo two >&2"),
                        line -> {
                            heard.add(line);
                            throw new IllegalStateException("listener");
                        })) {
            assertThat(running.waitFor(LIMIT)).isZero();

            assertThat(heard).containsExactly("one", "two");
            assertThat(running.stderr()).containsExactly("one", "two");
            assertThat(running.stderrDropped()).isZero();
        }
    }

    @Test
    void input_reaches_the_program_and_none_is_the_end_of_input() throws IOException {
        try (var running = Processes.startWithInput(Command.of("cat"), line -> {})) {
            running.stdin().write("hello".getBytes(StandardCharsets.UTF_8));
            running.stdin().close();

            assertThat(running.stdout().readAllBytes()).asString().isEqualTo("hello");
            assertThat(running.waitFor(LIMIT)).isZero();
        }
        assertThat(Processes.run(Command.of("cat"), LIMIT).stdout()).isEmpty();
    }

    @Test
    void a_program_that_takes_too_long_is_ended_and_that_is_a_problem() {
        var began = System.nanoTime();

        assertThatThrownBy(() -> Processes.run(Command.of("sleep", "60"), Duration.ofMillis(200)))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LIMIT);
    }

    @Test
    void ending_a_program_ends_its_children_too() throws IOException {
        try (var running = Processes.start(shell("sleep 300 & sleep 300 & echo started; wait"))) {
            readLine(running);
            var children = running.children();
            assertThat(children).hasSize(2);

            running.terminate(Duration.ofSeconds(5));

            assertThat(running.isAlive()).isFalse();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void a_program_that_ignores_the_polite_signal_is_killed_after_the_grace() throws IOException {
        try (var running =
                Processes.start(shell("trap '' TERM; echo started; while :; do sleep 0.1; done"))) {
            readLine(running);

            running.terminate(Duration.ofMillis(300));

            assertThat(running.isAlive()).isFalse();
            assertThat(running.waitFor(LIMIT)).isEqualTo(128 + 9);
        }
    }

    @Test
    void closing_ends_a_program_that_still_runs() {
        var running = Processes.start(Command.of("sleep", "300"));

        running.close();

        assertThat(running.isAlive()).isFalse();
    }

    @Test
    void a_missing_program_is_a_problem_that_names_it() {
        assertThatThrownBy(() -> Processes.start(Command.of("/no/such/program", "secret")))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.PROGRAM_MISSING);
                            assertThat(problem.what()).contains("/no/such/program");
                        });
    }

    @Test
    void a_child_sees_only_what_it_needs() {
        var environment =
                new HashMap<>(
                        Map.of(
                                "PATH", "/bin",
                                "HOME", "/root",
                                "LC_ALL", "de_DE.UTF-8",
                                "LC_MESSAGES", "de_DE.UTF-8",
                                "LC_TIME", "de_DE.UTF-8",
                                "LANGUAGE", "de",
                                "AWS_SECRET_ACCESS_KEY", "of somebody else",
                                "PGOPTIONS", "-c zero_damaged_pages=on",
                                "PGPASSWORD", "of somebody else"));

        Processes.prepare(environment, Map.of("PGPASSWORD", "ours"));

        assertThat(environment)
                .isEqualTo(
                        Map.of(
                                "PATH", "/bin",
                                "HOME", "/root",
                                "LC_CTYPE", "de_DE.UTF-8",
                                "LC_MESSAGES", "C",
                                "LC_TIME", "de_DE.UTF-8",
                                "PGPASSWORD", "ours"));
    }

    @Test
    void a_real_childs_environment_holds_what_its_command_adds() {
        var printed =
                Processes.run(
                                Command.of("env").withEnvironment(Map.of("PGPASSWORD", "ours")),
                                LIMIT)
                        .stdout();

        assertThat(printed.lines()).contains("PGPASSWORD=ours", "LC_MESSAGES=C");
        assertThat(printed).doesNotContain("JAVA_HOME", "MAVEN");
    }

    private static Command shell(String script) {
        return Command.of("sh", "-c", script);
    }

    private static void readLine(Running running) throws IOException {
        while (running.stdout().read() != '\n') {}
    }
}
