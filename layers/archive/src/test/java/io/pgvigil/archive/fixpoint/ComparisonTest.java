package io.pgvigil.archive.fixpoint;

import static io.pgvigil.archive.fixpoint.ArchiveSketch.archive;
import static io.pgvigil.archive.fixpoint.ArchiveSketch.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.archive.fixpoint.Outcome.NotProven;
import io.pgvigil.archive.fixpoint.Outcome.Proven;
import io.pgvigil.archive.fixpoint.Outcome.ProvenExcept;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Instant LATER = NOW.plusSeconds(86_400);

    private static final Comparison TWO_LOST =
            Fixpoint.compare(
                    archive().with(table("orders", "()"), table("cache", "()")).facts(),
                    archive().facts());

    @Test
    void no_difference_is_proven() {
        var equal = Fixpoint.compare(archive().facts(), archive().facts());

        assertThat(equal.judge(List.of(), NOW).outcome()).isEqualTo(new Proven());
    }

    @Test
    void a_difference_that_nobody_accepts_is_not_proven() {
        var judgement = TWO_LOST.judge(List.of(accept("TABLE app.cache", LATER)), NOW);

        assertThat(judgement.outcome())
                .isInstanceOfSatisfying(
                        NotProven.class,
                        not -> {
                            assertThat(not.differences())
                                    .extracting(Difference::object)
                                    .containsExactly("TABLE app.orders");
                            assertThat(not.accepted()).hasSize(1);
                        });
    }

    @Test
    void with_every_difference_accepted_it_is_proven_except() {
        var judgement = TWO_LOST.judge(List.of(accept("TABLE app.*", LATER)), NOW);

        assertThat(judgement.outcome())
                .isInstanceOfSatisfying(
                        ProvenExcept.class,
                        except ->
                                assertThat(except.accepted())
                                        .extracting(a -> a.difference().object())
                                        .containsExactly("TABLE app.cache", "TABLE app.orders"));
    }

    @Test
    void an_expired_acceptance_does_not_count_and_is_named() {
        var expired = accept("TABLE app.*", NOW);

        var judgement = TWO_LOST.judge(List.of(expired), NOW);

        assertThat(judgement.outcome()).isInstanceOf(NotProven.class);
        assertThat(judgement.expired()).containsExactly(expired);
    }

    @Test
    void an_acceptance_that_covers_nothing_is_named() {
        var unused = accept("TABLE app.gone", LATER);

        assertThat(TWO_LOST.judge(List.of(unused, accept("TABLE*", LATER)), NOW).unused())
                .containsExactly(unused);
    }

    @Test
    void a_comparison_that_never_took_place_cannot_be_accepted() {
        var majors =
                Fixpoint.compare(archive().facts(), archive().versions("17.1", "17.1").facts());

        assertThat(majors.judge(List.of(accept("ARCHIVE*", LATER)), NOW).outcome())
                .isInstanceOf(NotProven.class);
    }

    @Test
    void a_star_stands_for_any_text_and_everything_else_for_itself() {
        assertThat(covers("TABLE app.orders", "TABLE app.orders")).isTrue();
        assertThat(covers("TABLE app.orders", "TABLE app.orders2")).isFalse();
        assertThat(covers("TABLE app.orders", "TABLE DATA app.orders")).isFalse();
        assertThat(covers("*app.o*s", "TABLE DATA app.orders")).isTrue();
        assertThat(covers("TABLE app.o?ders", "TABLE app.orders")).isFalse();
        assertThat(covers("TABLE app.[a-z]*", "TABLE app.orders")).isFalse();
        assertThat(covers("*a*b*c", "aXbXbXc")).isTrue();
        assertThat(covers("*a*b*c", "aXbXbXcX")).isFalse();
    }

    @Test
    void an_acceptance_of_everything_or_without_a_reason_is_refused() {
        assertThatThrownBy(() -> accept("**", LATER))
                .hasMessage("an acceptance must name an object, was '**'");
        assertThatThrownBy(() -> accept("", LATER)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Acceptance("TABLE x", " ", LATER))
                .hasMessage("an acceptance needs a reason, 'TABLE x' has none");
    }

    @Test
    void differences_of_the_globals_join_the_others() {
        var joined = TWO_LOST.with(List.of(new Difference.EntryMissing("ROLE app")));

        assertThat(joined.differences()).hasSize(3);
        assertThat(joined.equal()).isEqualTo(TWO_LOST.equal());
    }

    private static Acceptance accept(String pattern, Instant expires) {
        return new Acceptance(pattern, "known", expires);
    }

    private static boolean covers(String pattern, String object) {
        return accept(pattern, LATER).covers(new Difference.EntryMissing(object));
    }
}
