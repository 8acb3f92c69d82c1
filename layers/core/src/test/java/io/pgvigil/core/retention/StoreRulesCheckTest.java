package io.pgvigil.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.core.store.StoreRules.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StoreRulesCheckTest {
    private static final List<Rule> TEMPLATE =
            List.of(
                    rule("uploads", "", Map.of(), Map.of(), 0, 0, 7),
                    rule("old-versions", "", Map.of(), Map.of(), 0, 30, 0),
                    rule("runs", "pg/runs/", Map.of(), Map.of(), 35, 1, 0),
                    moving("ia", StorageClass.STANDARD_IA, 30),
                    moving("ir", StorageClass.GLACIER_IR, 0));

    @Test
    void the_rules_of_the_template_are_what_the_profiles_say() {
        assertThat(notes()).isEmpty();
        assertThat(StoreRulesCheck.undoDays(new StoreRules(TEMPLATE), "pg")).contains(30);
    }

    @Test
    void a_class_that_no_rule_moves_to_is_named() {
        var archive =
                new Tiers(
                        StorageClass.STANDARD,
                        StorageClass.STANDARD_IA,
                        StorageClass.GLACIER_IR,
                        StorageClass.DEEP_ARCHIVE);

        assertThat(
                        StoreRulesCheck.notes(
                                new StoreRules(TEMPLATE), "pg", List.of(Tiers.STANDARD, archive)))
                .containsExactly(
                        "no rule of the bucket moves what is tagged pgvigil:class=DEEP_ARCHIVE to"
                                + " DEEP_ARCHIVE: it stays where it is, and costs as much");
    }

    @Test
    void a_rule_that_deletes_backups_by_age_is_named() {
        assertThat(notes(rule("tidy", "pg/orders/", Map.of(), Map.of(), 90, 0, 0)))
                .containsExactly(
                        "rule tidy of the bucket deletes backups 90 days after they were written,"
                                + " whatever is kept here");
        assertThat(notes(rule("tidy", "", Map.of(), Map.of(), 90, 0, 0))).hasSize(1);
        assertThat(notes(rule("tidy", "elsewhere/", Map.of(), Map.of(), 90, 0, 0))).isEmpty();
    }

    @Test
    void a_rule_that_moves_everything_or_elsewhere_is_named() {
        assertThat(notes(rule("all", "pg/", Map.of(), Map.of(StorageClass.GLACIER, 10), 0, 0, 0)))
                .singleElement()
                .asString()
                .contains("rule all", "GLACIER", "manifests among them");
        assertThat(
                        notes(
                                rule(
                                        "wrong",
                                        "pg/",
                                        Map.of("pgvigil:class", "GLACIER_IR"),
                                        Map.of(StorageClass.GLACIER, 10),
                                        0,
                                        0,
                                        0)))
                .singleElement()
                .asString()
                .contains("moves what is tagged pgvigil:class=GLACIER_IR to GLACIER");
    }

    @Test
    void a_rule_that_acts_late_is_named() {
        var late = new ArrayList<>(TEMPLATE);
        late.removeLast();
        late.add(moving("ir", StorageClass.GLACIER_IR, 60));

        assertThat(StoreRulesCheck.notes(new StoreRules(late), "pg", List.of(Tiers.STANDARD)))
                .containsExactly(
                        "rule ir of the bucket moves objects to GLACIER_IR only after 60 days");
    }

    @Test
    void a_bucket_without_rules_cleans_nothing_up() {
        assertThat(StoreRulesCheck.notes(new StoreRules(List.of()), "", List.of()))
                .hasSize(2)
                .anyMatch(note -> note.contains("old versions"))
                .anyMatch(note -> note.contains("uploads"));
    }

    private static List<String> notes(Rule... more) {
        var rules = new ArrayList<>(TEMPLATE);
        rules.addAll(List.of(more));
        return StoreRulesCheck.notes(new StoreRules(rules), "pg", List.of(Tiers.STANDARD));
    }

    private static Rule moving(String id, StorageClass to, int days) {
        return rule(id, "pg/", Map.of("pgvigil:class", to.name()), Map.of(to, days), 0, 0, 0);
    }

    private static Rule rule(
            String id,
            String prefix,
            Map<String, String> tags,
            Map<StorageClass, Integer> moves,
            int deletes,
            int forgets,
            int aborts) {
        return new Rule(
                id, prefix, tags, moves, optional(deletes), optional(forgets), optional(aborts));
    }

    private static Optional<Integer> optional(int days) {
        return days == 0 ? Optional.empty() : Optional.of(days);
    }
}
