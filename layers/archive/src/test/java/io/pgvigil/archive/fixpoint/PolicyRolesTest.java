package io.pgvigil.archive.fixpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.archive.TocEntry;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PolicyRolesTest {

    @Test
    void the_order_of_a_policys_roles_does_not_count() {
        var source =
                "CREATE POLICY staff ON app.customer TO shop_reader, \"Shop Support, 2nd level\" USING"
                        + " (true);\n";
        var restored =
                "CREATE POLICY staff ON app.customer TO \"Shop Support, 2nd level\", shop_reader USING"
                        + " (true);\n";

        assertThat(sorted(source)).isEqualTo(sorted(restored));
    }

    @Test
    void another_role_still_counts() {
        assertThat(sorted("CREATE POLICY p ON t TO a, b USING (true);\n"))
                .isNotEqualTo(sorted("CREATE POLICY p ON t TO a, c USING (true);\n"))
                .isNotEqualTo(sorted("CREATE POLICY p ON t TO a USING (true);\n"));
    }

    @Test
    void what_looks_like_roles_in_an_expression_is_left_alone() {
        var policy = "CREATE POLICY p ON t FOR SELECT USING ((x = ' TO b, a '::text));\n";

        assertThat(sorted(policy)).isEqualTo(policy);
    }

    private static String sorted(String definition) {
        return PolicyRoles.sorted(
                new TocEntry(
                        1,
                        false,
                        "0",
                        "0",
                        "customer staff",
                        "POLICY",
                        TocEntry.Section.POST_DATA,
                        definition,
                        "",
                        "",
                        Optional.of("app"),
                        Optional.empty(),
                        Optional.empty(),
                        "",
                        "owner",
                        List.of(),
                        Optional.empty()),
                definition);
    }
}
