package io.pgvigil.postgres.restore;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.connect.Login;
import java.sql.SQLException;
import java.util.List;

/// Subscriptions that came with a restore: disabled, but they keep a database from being dropped.
public final class Subscriptions {
    private Subscriptions() {}

    /// Drops every subscription of a database without a word to its publisher, whose slot may be in use by
    /// the real subscriber. Returns their names.
    public static List<String> drop(Login login, DatabaseName database) {
        try (var session = Session.open(login, database)) {
            try {
                var names =
                        session.texts(
                                "select subname from pg_subscription where subdbid = (select oid from"
                                        + " pg_database where datname = current_database()) order by"
                                        + " 1");
                for (var name : names) {
                    var subscription = "SUBSCRIPTION " + Identifier.quoted(name);
                    session.execute("ALTER " + subscription + " DISABLE");
                    // Without its slot's name, dropping it connects nowhere.
                    session.execute("ALTER " + subscription + " SET (slot_name = NONE)");
                    session.execute("DROP " + subscription);
                }
                return names;
            } catch (SQLException e) {
                throw session.explain(e);
            }
        }
    }
}
