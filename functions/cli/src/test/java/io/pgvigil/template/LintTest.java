package io.pgvigil.template;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// cfn-lint has nothing to say, its informational rules included.
final class LintTest {
    @TempDir private static Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"template.yaml", "docs/replica-bucket.yaml"})
    void the_linter_has_nothing_to_say(String file) {
        assertThat(lint(Template.file().resolveSibling(file))).isEmpty();
    }

    @Test
    void the_linter_reads_it() throws IOException {
        var wrong = folder.resolve("template.yaml");
        Files.writeString(
                wrong,
                Files.readString(Template.file())
                        .replace("StopTimeout: 120", "StopTimeoutInSeconds: 120"));

        assertThat(lint(wrong)).contains("StopTimeoutInSeconds");
    }

    /// Whatever is not followed is named in the template, with its reason beside it.
    @Test
    void exceptions_are_named_one_by_one() {
        assertThat(Template.load().at("Metadata/cfn-lint/config/ignore_checks").list())
                .allMatch(check -> check.text().matches("[EWI]\\d{4}"))
                .hasSize(1);
    }

    private static String lint(Path file) {
        var said =
                Tool.run(
                        "cfn-lint",
                        "--include-checks",
                        "I",
                        "--non-zero-exit-code",
                        "informational",
                        "--regions",
                        "eu-west-1",
                        "--template",
                        file.toString());
        return said.status() == 0 ? "" : said.out() + said.error();
    }
}
