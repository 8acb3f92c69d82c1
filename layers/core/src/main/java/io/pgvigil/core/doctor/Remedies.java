package io.pgvigil.core.doctor;

import io.pgvigil.core.DatabaseName;
import java.util.ArrayList;
import java.util.List;

/// The least SQL that opens what is closed: nothing for what works already.
final class Remedies {
    /// From here on one membership reads every table, view and sequence.
    private static final int READ_ALL_DATA_SINCE = 14;

    private final Sight sight;
    private final Wish wish;
    private final String role;
    private final List<Remedy> found = new ArrayList<>();

    private Remedies(Sight sight, Wish wish) {
        this.sight = sight;
        this.wish = wish;
        this.role = identifier(sight.role().name());
    }

    static Remedy connect(String role, DatabaseName database) {
        return new Remedy(
                "grant connect on database %s to %s;"
                        .formatted(identifier(database.value()), identifier(role)),
                "lets the role in",
                true);
    }

    static List<Remedy> of(Sight sight, Wish wish) {
        var remedies = new Remedies(sight, wish);
        remedies.reading();
        if (!sight.server().service().managed()) remedies.replicating();
        return List.copyOf(remedies.found);
    }

    private void reading() {
        var closed = sight.readable().closed();
        if (sight.server().major() >= READ_ALL_DATA_SINCE) {
            if (!closed.schemas().isEmpty()
                    || !closed.tables().isEmpty()
                    || !closed.sequences().isEmpty())
                logical(
                        "grant pg_read_all_data to " + role + ";",
                        "reads every table, view and sequence, also future ones, and pg_authid");
        } else {
            for (var schema : closed.schemas())
                logical("grant usage on schema %s to %s;".formatted(schema, role), "opens it");
            for (var table : closed.tables())
                logical("grant select on table %s to %s;".formatted(table, role), "opens it");
            for (var sequence : closed.sequences())
                logical("grant select on sequence %s to %s;".formatted(sequence, role), "opens it");
        }
        if (!closed.hiding().isEmpty())
            logical(
                    "alter role " + role + " bypassrls;",
                    "row security hides no rows from it; where a service lets only a superuser do this,"
                            + " dump as the tables' owner");
        if (closed.largeObjects() > 0)
            logical(
                    "alter role " + role + " set lo_compat_privileges = on;",
                    "opens every large object to its next sessions, for writing as well"
                            + (sight.server().service().managed()
                                    ? "; here it may be a matter of the parameter group"
                                    : ""));
    }

    private void replicating() {
        var log = sight.log();
        var either = wish.physical() || wish.wal();
        if (!sight.role().replication())
            found.add(
                    new Remedy(
                            "alter role " + role + " replication;",
                            "copies the server and reads its log; nothing less is enough",
                            either));
        if (log.level().equals("minimal"))
            found.add(
                    new Remedy(
                            "alter system set wal_level = 'replica';",
                            "counts after a restart of the server",
                            either));
        if (log.sendersFree() < ExaminationRules.SENDERS_OF_A_COPY)
            found.add(
                    new Remedy(
                            "alter system set max_wal_senders = %d;"
                                    .formatted(
                                            log.sendersUsed() + ExaminationRules.SENDERS_OF_A_COPY),
                            "counts after a restart of the server",
                            wish.physical() || wish.wal() && log.sendersFree() == 0));
        if (log.slotsFree() == 0)
            found.add(
                    new Remedy(
                            "alter system set max_replication_slots = %d;"
                                    .formatted(log.slotsUsed() + 2),
                            "one for the copy and one for the harvest; counts after a restart of the"
                                    + " server",
                            either));
        if (log.slotLimit().isEmpty())
            found.add(
                    new Remedy(
                            "alter system set max_slot_wal_keep_size = '10GB'; select"
                                    + " pg_reload_conf();",
                            "how much WAL a slot may keep: put what the disk under pg_wal can spare",
                            wish.wal()));
    }

    private void logical(String sql, String why) {
        found.add(new Remedy(sql, why, wish.logical()));
    }

    private static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
