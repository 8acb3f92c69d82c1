package io.pgvigil.cli.deploy;

import io.pgvigil.core.process.Command;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// One thing to do, as a person would type it.
///
/// An argument may hold `${NAME}`, `${NAME%%/*}` or `${NAME#*/}`, as in a shell: what an earlier step
/// learned, all of it, before its first slash, or after it.
sealed interface Step {
    /// One word, for messages.
    String name();

    /// What it is for.
    String title();

    Command command();

    /// A program that succeeds when there is nothing to do any more.
    Optional<Command> done();

    /// Runs a program.
    ///
    /// @param from whose output it reads: secrets go from one program to the other and past us
    record Run(
            String name,
            String title,
            Command command,
            Optional<Command> from,
            Optional<Command> done)
            implements Step {

        static Run of(String name, String title, Command command) {
            return new Run(name, title, command, Optional.empty(), Optional.empty());
        }

        Run reading(Command source) {
            return new Run(name, title, command, Optional.of(source), done);
        }

        Run unless(Command probe) {
            return new Run(name, title, command, from, Optional.of(probe));
        }
    }

    /// Keeps what a program prints.
    record Learn(
            String name, String title, String variable, Command command, Optional<Command> done)
            implements Step {

        static Learn of(String name, String title, String variable, Command command) {
            return new Learn(name, title, variable, command, Optional.empty());
        }

        Learn unless(Command probe) {
            return new Learn(name, title, variable, command, Optional.of(probe));
        }
    }

    /// Asks again and again until the answer is the good one.
    record Await(
            String name,
            String title,
            Command command,
            String good,
            Set<String> bad,
            Duration every,
            Optional<Command> done)
            implements Step {
        public Await {
            bad = Set.copyOf(bad);
        }
    }
}
