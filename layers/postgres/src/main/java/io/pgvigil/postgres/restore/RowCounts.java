package io.pgvigil.postgres.restore;

import io.pgvigil.archive.facts.TableFacts;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// Counts the rows of a restored database and compares with what its archive held.
public final class RowCounts {
    private RowCounts() {}

    /// The tables whose counts differ, in words; empty when all agree.
    public static List<String> differing(
            Login login, DatabaseName database, List<TableFacts> tables) {
        // Rows that were loaded through a partitioned table may lie in any of its partitions.
        var expected = new LinkedHashMap<String, Long>();
        for (var table : tables)
            expected.merge(
                    table.viaRoot()
                            ? table.root()
                            : "only "
                                    + Identifier.quoted(table.schema())
                                    + "."
                                    + Identifier.quoted(table.table()),
                    table.rows(),
                    Long::sum);
        var differing = new ArrayList<String>();
        try (var session = Session.open(login, database)) {
            for (var table : expected.entrySet()) {
                var found =
                        session.list(
                                        "select count(*) from " + table.getKey(),
                                        row -> row.getLong(1))
                                .getFirst();
                if (!found.equals(table.getValue()))
                    differing.add(
                            "%s has %,d rows, and %,d were archived"
                                    .formatted(
                                            table.getKey().replaceFirst("^only ", ""),
                                            found,
                                            table.getValue()));
            }
            return differing;
        } catch (SQLException e) {
            throw io.pgvigil.postgres.ConnectFailure.explain(e, login.endpoint(), database);
        }
    }
}
