package io.pgvigil.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.samskivert.mustache.Escapers;
import io.pgvigil.core.report.DatabaseReport;
import io.pgvigil.core.report.Report;
import io.pgvigil.core.report.ReportRules;
import io.pgvigil.wire.Json;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class PageTest {
    private static final int MOST_BYTES = 2_000_000;

    private final Report report = ReportRules.of(new Fleet(12, 3).facts(), Fleet.NOW);
    private final String html = new Page().html(report);

    /// What programs read is what people see.
    @Test
    void the_figures_are_those_of_the_json() {
        var read = Json.read(Json.compactBytes(report), Report.class, "the report");

        assertThat(read).isEqualTo(report);
        assertThat(html)
                .contains(
                        "<h1><span class=\"sign\" aria-hidden=\"true\">!</span>"
                                + escaped(read.answer().headline()));
        for (var i = 0; i < read.databases().size(); i++) {
            var one = read.databases().get(i);
            assertThat(row(i + 1))
                    .contains(
                            escaped(PageView.name(one)),
                            one.protection().words(),
                            one.loss().map(Words::span).orElse("everything"),
                            one.recovery().map(Words::span).orElse("not known"),
                            one.proof()
                                    .map(proof -> Words.span(proof.age()) + " ago")
                                    .orElse("never"));
            assertThat(section(i + 1))
                    .contains(
                            one.newest().map(made -> Words.time(made.finished())).orElse("none"),
                            one.proof().map(proof -> Words.time(proof.finished())).orElse("none"),
                            one.window()
                                    .map(window -> "any of " + window.backups() + " backups")
                                    .orElse(""));
        }
        for (var one : read.findings())
            assertThat(html).contains(escaped(one.what()), one.finding());
        assertThat(html)
                .contains(
                        Words.bytes(read.totals().bytes()),
                        Words.plural(read.findings().size(), "finding"));
    }

    @Test
    void markup_in_a_name_stays_text() {
        assertThat(report.databases())
                .extracting(DatabaseReport::database)
                .anyMatch(name -> name.value().equals("<b>crm</b>"));
        assertThat(html).contains("&lt;b&gt;crm&lt;").doesNotContain("<b>crm");
    }

    /// Only what is in the file: nothing is fetched, and only our two scripts may run.
    @Test
    void it_asks_nobody_for_anything() {
        assertThat(
                        Pattern.compile(
                                        "\\b(src|href|action|poster|data)\\s*=\\s*[\"']?+(?!#|data:)")
                                .matcher(withoutScripts())
                                .results()
                                .map(found -> found.group()))
                .isEmpty();
        assertThat(withoutScripts()).doesNotContain("@import").doesNotContain("url(");
        assertThat(html)
                .contains("content=\"default-src ")
                .doesNotContain("script-src &#39;unsafe")
                .doesNotContain(" onload=");
    }

    @Test
    void two_hundred_databases_of_a_year_fit_into_two_megabytes() {
        var large = ReportRules.of(new Fleet(200, 6).facts(), Fleet.NOW);

        assertThat(new Page().html(large).length()).isLessThan(MOST_BYTES);
    }

    private String withoutScripts() {
        return html.replaceAll("(?s)<script.*?</script>", "").replaceAll("(?s)<!--.*?-->", "");
    }

    private String row(int number) {
        var from = html.indexOf("<a href=\"#d" + number + "\"");
        return html.substring(from, html.indexOf("</tr>", from));
    }

    private String section(int number) {
        var from = html.indexOf("id=\"d" + number + "\"");
        return html.substring(from, html.indexOf("</details>", from));
    }

    private static String escaped(String text) {
        return Escapers.HTML.escape(text);
    }
}
