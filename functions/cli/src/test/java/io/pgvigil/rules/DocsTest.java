package io.pgvigil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Stores;
import io.pgvigil.runtime.Version;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.wire.Catalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Docs and numbers that stand in two places say the same in both.
final class DocsTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\|[^|]*?(PGV-\\d{4})[^|]*\\|");
    private static final Pattern VERSION =
            Pattern.compile("<artifactId>pgvigil</artifactId>\\s*<version>([^<]+)</version>");

    private final Path top = EventFiles.top();

    @Test
    void every_error_code_has_one_row_in_the_docs_and_every_row_has_a_code() throws IOException {
        var rows = all(ROW, Files.readString(top.resolve("docs/errors.md")));

        assertThat(rows)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(ErrorCode.values()).map(ErrorCode::id).toList());
    }

    @Test
    void the_version_we_call_ourselves_is_that_of_the_build() throws IOException {
        assertThat(all(VERSION, Files.readString(top.resolve("pom.xml"))))
                .containsExactly(Version.CURRENT);
        assertThat(Files.readString(top.resolve("pgvigil")))
                .contains("pgvigil-cli-" + Version.CURRENT + ".jar");
    }

    @Test
    void the_readme_shows_how_to_try_it_and_how_to_test_it() throws IOException {
        var readme = top.resolve("README.md");
        // Nothing to hold true as long as there is none.
        if (Files.notExists(readme)) return;

        assertThat(Files.readString(readme)).contains("./pgvigil demo").contains("./pgvigil test");
    }

    /// The launcher script starts the command on it to fill its cache of loaded classes; a store that
    /// cannot be read would cost every start half a second, and nobody would be told.
    @Test
    void the_store_that_the_launcher_warms_up_with_can_be_read() throws IOException {
        var store = "functions/cli/src/test/resources/warm-up-store";
        assertThat(Files.readString(top.resolve("pgvigil"))).contains(store);

        var uri = StoreUri.parse(top.resolve(store).toString());
        var listing = new Catalog(Stores.open(uri, Map.of())).listing(Catalog.Filter.ANY);

        assertThat(listing.backups()).hasSize(1);
        assertThat(listing.unreadable()).isEmpty();
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult found) -> found.group(1)).toList();
    }
}
