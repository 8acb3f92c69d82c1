package io.pgvigil.report;

import com.samskivert.mustache.DefaultCollector;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import io.pgvigil.core.Sha256;
import io.pgvigil.core.report.Report;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The page: one file that asks nobody for anything. Its own policy forbids it to, and lets no script run
/// but ours.
public final class Page {
    private static final String UPLOT = "uplot/";

    private final Template template =
            Mustache.compiler()
                    .escapeHTML(true)
                    .emptyStringIsFalse(true)
                    .withCollector(new Optionals())
                    .withLoader(name -> new StringReader(resource(name + ".mustache")))
                    .compile(resource("page.mustache"));

    private final PageView.Assets assets = assets();

    public String html(Report report) {
        return template.execute(PageView.of(report, assets));
    }

    /// A section of what is empty is left out.
    private static final class Optionals extends DefaultCollector {
        @Override
        public @Nullable Iterator<?> toIterator(Object value) {
            return value instanceof Optional<?> optional
                    ? optional.stream().iterator()
                    : super.toIterator(value);
        }
    }

    private static PageView.Assets assets() {
        var charts = resource(UPLOT + "uPlot.iife.min.js");
        var script = resource("page.js");
        return new PageView.Assets(
                resource("page.css"),
                resource(UPLOT + "uPlot.min.css"),
                charts,
                script,
                resource(UPLOT + "LICENSE"),
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
                        + " script-src %s %s".formatted(hash(charts), hash(script)));
    }

    private static String hash(String script) {
        var digest = Sha256.digest().digest(script.getBytes(StandardCharsets.UTF_8));
        return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    }

    private static String resource(String name) {
        try (var in = Page.class.getResourceAsStream(name)) {
            if (in == null) throw new IllegalStateException("the jar lacks " + name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
