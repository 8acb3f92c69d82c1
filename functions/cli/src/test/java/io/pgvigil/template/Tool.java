package io.pgvigil.template;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program that the tests need and the build does not bring.
final class Tool {
    private static final int MINUTES = 5;

    record Said(int status, String out, String error) {}

    private Tool() {}

    static Said run(String... command) {
        try {
            var out = Files.createTempFile("pgvigil", ".out");
            var error = Files.createTempFile("pgvigil", ".err");
            try {
                var process =
                        new ProcessBuilder(List.of(command))
                                .redirectOutput(out.toFile())
                                .redirectError(error.toFile())
                                .start();
                if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                    return fail(command[0] + " did not end within " + MINUTES + " minutes");
                }
                return new Said(process.exitValue(), text(out), text(error));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(error);
            }
        } catch (IOException e) {
            return fail(
                    command[0]
                            + " could not be started: "
                            + e.getMessage()
                            + "\nHINT: start the tests with ./pgvigil test, which installs it, or"
                            + " pip install cfn-lint aws-sam-translator 'moto[server]'");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return fail("interrupted");
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
