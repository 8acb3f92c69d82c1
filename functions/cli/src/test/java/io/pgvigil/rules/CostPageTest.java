package io.pgvigil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.cost.Assumptions;
import io.pgvigil.core.cost.CostTables;
import io.pgvigil.core.cost.PriceList;
import org.junit.jupiter.api.Test;

/// `docs/cost.md` shows what `core.cost` computes.
final class CostPageTest {
    private final Page page = new Page("docs/cost.md");
    private final CostTables tables = new CostTables(PriceList.US_EAST_1, Assumptions.STANDARD);

    @Test
    void the_tables_are_those_that_the_code_computes() {
        page.requirePart("others", tables.others());
        page.requirePart("stack", tables.stack());
        page.requirePart("network", tables.network());
        page.requirePart("prices", tables.priceList());
    }

    @Test
    void the_page_names_the_day_and_the_region_of_its_prices() {
        assertThat(page.text())
                .contains(PriceList.US_EAST_1.asOf().toString())
                .contains(PriceList.US_EAST_1.region());
    }
}
