package io.pgvigil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.testkit.EventFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A page of the docs with parts that code produces, each between `<!-- begin NAME -->` and
/// `<!-- end NAME -->`.
///
/// With `-Dpgvigil.docs=write` the parts are written instead of compared.
public final class Page {
    private final Path file;

    public Page(String name) {
        file = EventFiles.top().resolve(name);
    }

    public void requirePart(String name, String produced) {
        try {
            var text = Files.readString(file);
            var begin = "<!-- begin " + name + " -->\n";
            var from = text.indexOf(begin);
            var until = text.indexOf("<!-- end " + name + " -->");
            assertThat(from).as("%s has a part %s", file, name).isNotNegative();
            assertThat(until).isGreaterThan(from);
            if ("write".equals(System.getProperty("pgvigil.docs")))
                Files.writeString(
                        file,
                        text.substring(0, from + begin.length())
                                + produced
                                + text.substring(until));
            else
                assertThat(text.substring(from + begin.length(), until))
                        .as("%s says what the code says", file)
                        .isEqualTo(produced);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String text() {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
