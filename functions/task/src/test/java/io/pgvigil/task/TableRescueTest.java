package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.restore.RestoreRecord;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.wal.Point;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A table as it was at a moment, beside what the database holds now.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TableRescueTest {
    @TempDir static Path shared;
    private static TestServer server;
    private static BackupId base;
    private static BackupId dump;
    private static BackupId ledger;
    private static BackupId thinLedger;
    private static String before;

    @BeforeAll
    static void history() {
        server =
                TestServer.start(
                        TestServer.newestBin(),
                        List.of("--wal-segsize=1"),
                        "max_slot_wal_keep_size=400MB");
        server.sql("postgres", "create database shop");
        server.sql("postgres", "create role clerk");
        server.sql(
                "shop",
                """
                create schema app;
                create type app.state as enum ('new', 'sent');
                create sequence app.number;
                create table app.customers (id int primary key, name text);
                insert into app.customers select id, 'customer ' || id from generate_series(1, 100) id;
                create table app.orders (
                  id int generated always as identity primary key,
                  customer int not null references app.customers,
                  number bigint default nextval('app.number'),
                  line bigserial,
                  state app.state not null default 'new',
                  total numeric check (total >= 0));
                create index by_customer on app.orders (customer);
                comment on table app.orders is 'what was bought';
                create function app.changed() returns trigger language plpgsql as 'begin return new; end';
                create trigger changed before update on app.orders for each row execute function app.changed();
                alter table app.orders enable row level security;
                create policy own on app.orders using (customer = 1);
                alter table app.orders owner to clerk;
                grant select on app.orders to public;
                create table app.events (id int, at date) partition by range (at);
                create table app.events_25 partition of app.events for values from ('2025-01-01') to ('2026-01-01');
                create table app.events_26 partition of app.events for values from ('2026-01-01') to ('2027-01-01');
                insert into app.events select id, date '2025-07-01' + id from generate_series(1, 365) id;
                """);
        attempts().harvest();
        var attempts = attempts();
        base = attempts.base().backup();
        server.sql(
                "shop",
                "insert into app.orders (customer, total) select 1 + id % 100, id from generate_series(1, 5000) id");
        before = server.sql("shop", "select clock_timestamp()");
        assertThat(attempts.backup(attempts.healthy()).state()).isEqualTo(RunState.SEALED);
        dump =
                attempts.listed().stream()
                        .filter(one -> one.kind() == BackupKind.LOGICAL)
                        .findFirst()
                        .orElseThrow()
                        .backup();
        makeLedger();
        ledger = backupOfLedger();
        thinLedger = backupOfLedger("app.known");
        // The mistake, and life going on.
        server.sql("shop", "drop table app.orders");
        server.sql("shop", "delete from app.events where at < '2026-01-01'");
        server.sql("shop", "insert into app.customers values (101, 'new since')");
        attempts().harvest();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /// A database that a restore does not bring back whole: what its checks ask, they find only by the
    /// search path of those who wrote them.
    private static void makeLedger() {
        server.sql("postgres", "create database ledger");
        server.sql("shop", "create type app.phase as enum ('new', 'sent', 'lost', 'paid')");
        server.sql(
                "ledger",
                """
                create schema app;
                create schema other;
                create table app.known (id int primary key);
                insert into app.known select generate_series(1, 7);
                set search_path = app;
                create function app.knows(int) returns boolean language sql
                  as 'select exists (select from known where id = $1)';
                create table app.entries (id int check (app.knows(id)));
                insert into app.entries select id from app.known;
                create table app.payments (id int check (app.knows(id)));
                insert into app.payments select id from app.known;
                -- As empty as what is left of its namesake.
                create table other.payments (id int);
                create table app.names (of regclass);
                insert into app.names values ('app.known');
                -- Nobody has these numbers; somebody will in a server that is new.
                create table app.ghosts (of regclass);
                insert into app.ghosts select number::oid from generate_series(16384, 17400) number
                  where not exists (select from pg_class where oid = number);
                create schema books;
                create table books.pages (id int);
                insert into books.pages select generate_series(1, 5);
                create type app.phase as enum ('new', 'sent', 'lost', 'paid');
                create table app.states (id int, phase app.phase) partition by hash (phase);
                create table app.states_0 partition of app.states for values with (modulus 3, remainder 0);
                create table app.states_1 partition of app.states for values with (modulus 3, remainder 1);
                create table app.states_2 partition of app.states for values with (modulus 3, remainder 2);
                insert into app.states
                  select id, (enum_range(null::app.phase))[1 + id % 4] from generate_series(1, 1000) id;
                """);
    }

    private static BackupId backupOfLedger(String... withoutRowsOf) {
        var attempts = new Attempts(store(), server, "ledger");
        var closed =
                attempts.backup(
                        attempts.healthy(),
                        new Selection(
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(withoutRowsOf)));
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        return closed.outcomes().getFirst().backup();
    }

    private static DirectoryStore store() {
        return new DirectoryStore(new StoreUri.Directory(shared.resolve("store")));
    }

    private static Attempts attempts() {
        return new Attempts(store(), server, "shop");
    }

    private static RestoreRecord rescued(String schema, boolean dryRun, String... tables) {
        return rescued("shop", schema, dryRun, tables);
    }

    private static RestoreRecord rescued(
            String database, String schema, boolean dryRun, String... tables) {
        return rescued(DatabaseName.CLUSTER, base, database, schema, dryRun, tables);
    }

    private static RestoreRecord ofDump(String schema, boolean dryRun, String... tables) {
        return rescued(new DatabaseName("shop"), dump, "shop", schema, dryRun, tables);
    }

    private static RestoreRecord ofLedger(BackupId backup, String schema, String table) {
        return rescued(new DatabaseName("ledger"), backup, "ledger", schema, false, table);
    }

    private static void requireRefused(RestoreRecord record, String schema) {
        assertThat(record.failure().orElseThrow().code()).isEqualTo("PGV-5003");
        assertThat(record.rows()).isEmpty();
        assertThat(
                        server.sql(
                                "shop",
                                "select count(*) from pg_namespace where nspname = '%s'"
                                        .formatted(schema)))
                .isEqualTo("0");
    }

    private static RestoreRecord rescued(
            DatabaseName of,
            BackupId backup,
            String database,
            String schema,
            boolean dryRun,
            String... tables) {
        var attempts = attempts();
        var closed =
                attempts.closed(
                        attempts.healthy(),
                        new Order.Restore(
                                Attempts.SERVER,
                                of,
                                backup,
                                attempts.connection(),
                                new DatabaseName("shop"),
                                List.of(),
                                List.of(tables),
                                2,
                                false,
                                false,
                                false,
                                dryRun,
                                Optional.empty(),
                                Optional.of(
                                        new Order.Rescue(
                                                new DatabaseName(database),
                                                new Point(
                                                        Point.Kind.TIME, before, Optional.empty()),
                                                schema))));
        return attempts.record(closed, RestoreRecord.class);
    }

    /// Everything of the database but one schema, in words.
    private static String everythingBut(String schema) {
        return server.sql(
                        "shop",
                        """
                        select string_agg(c::text, E'\\n' order by c::text) from (
                          select n.nspname, relname, relkind, relacl, relowner, relfilenode, relhastriggers
                          from pg_class join pg_namespace n on n.oid = relnamespace
                          where n.nspname not in ('%s', 'pg_toast')
                          union all select nspname, 'schema', 's', nspacl, nspowner, 0, false from pg_namespace
                          where nspname <> '%s') c
                        """
                                .formatted(schema, schema))
                + server.sql("shop", "select last_value from app.number")
                + server.sql("shop", "select count(*) from app.customers")
                + server.sql("shop", "select count(*) from app.events");
    }

    @Test
    void a_dropped_table_comes_back_beside_what_is_there_and_nothing_else_is_touched() {
        var others = everythingBut("rescued");

        var record = rescued("rescued", false, "app.orders");

        assertThat(record.failure()).isEmpty();
        assertThat(record.rows()).containsEntry("orders", 5000L);
        assertThat(server.sql("shop", "select count(*), sum(total), max(line) from rescued.orders"))
                .isEqualTo("5000|12502500|5000");
        assertThat(everythingBut("rescued")).isEqualTo(others);
        assertThat(
                        server.sql(
                                "shop",
                                "select string_agg(indexdef, ' ' order by indexname) from pg_indexes where"
                                        + " schemaname = 'rescued'"))
                .contains("by_customer ON rescued.orders")
                .contains("orders_pkey ON rescued.orders");
        assertThat(
                        server.sql(
                                "shop",
                                "select string_agg(contype::text, '' order by contype), obj_description("
                                        + "'rescued.orders'::regclass) from pg_constraint where conrelid ="
                                        + " 'rescued.orders'::regclass"))
                .isEqualTo("cp|what was bought");
        // The identity goes on where it was, with a sequence of its own.
        server.sql("shop", "insert into rescued.orders (customer, total) values (7, 1)");
        // The log holds a sequence up to 32 values ahead, so that a recovered one may have jumped.
        assertThat(
                        server.sql(
                                "shop",
                                "select max(id) between 5001 and 5033, max(line) between 5001 and 5033"
                                        + " from rescued.orders"))
                .isEqualTo("t|t");
        assertThat(server.sql("shop", "select last_value from app.number")).isEqualTo("5000");
        assertThat(record.warnings())
                .anyMatch(line -> line.contains("foreign key orders_customer_fkey of app.orders"))
                .anyMatch(line -> line.contains("trigger changed of app.orders"))
                .anyMatch(line -> line.contains("row security policy own of app.orders"))
                .anyMatch(line -> line.contains("default of column number of app.orders"))
                .anyMatch(line -> line.contains("the owner was clerk"));
        assertThat(
                        server.sql(
                                "shop",
                                "select relacl is null from pg_class where oid = 'rescued.orders'::regclass"))
                .isEqualTo("t");
        assertThat(record.seconds()).containsKeys("restore", "recover", "dump", "load", "total");
    }

    @Test
    void a_partitioned_table_brings_its_partitions_and_two_tables_keep_their_key() {
        var record = rescued("kept", false, "app.events", "app.orders", "app.customers");

        assertThat(record.failure()).isEmpty();
        assertThat(
                        server.sql(
                                "shop",
                                "select count(*), count(*) filter (where at < '2026-01-01') from kept.events"))
                .isEqualTo("365|183");
        assertThat(server.sql("shop", "select count(*) from kept.customers")).isEqualTo("100");
        // Both ends of it came along.
        assertThat(
                        server.sql(
                                "shop",
                                "select confrelid::regclass from pg_constraint where contype = 'f' and conrelid = 'kept.orders'::regclass"))
                .isEqualTo("kept.customers");
    }

    @Test
    void a_table_of_a_dump_comes_back_beside_what_is_there_and_nothing_else_is_touched() {
        var others = everythingBut("of_dump");

        var record = ofDump("of_dump", false, "app.orders", "app.customers", "app.events");

        assertThat(record.failure()).isEmpty();
        assertThat(record.rows()).containsEntry("orders", 5000L);
        assertThat(server.sql("shop", "select count(*), sum(total) from of_dump.orders"))
                .isEqualTo("5000|12502500");
        // Rows, partitions and the key between two of them; the customer of later is not there.
        assertThat(server.sql("shop", "select count(*), max(id) from of_dump.customers"))
                .isEqualTo("100|100");
        assertThat(server.sql("shop", "select count(*) from of_dump.events_25")).isNotEqualTo("0");
        assertThat(
                        server.sql(
                                "shop",
                                "select confrelid::regclass from pg_constraint where conrelid ="
                                        + " 'of_dump.orders'::regclass and contype = 'f'"))
                .isEqualTo("of_dump.customers");
        assertThat(everythingBut("of_dump")).isEqualTo(others);
        // The same schema again: what it holds is never mixed with anything.
        var again = ofDump("of_dump", false, "app.orders");
        assertThat(again.failure().orElseThrow().code()).isEqualTo("PGV-5001");
        assertThat(again.seconds()).doesNotContainKey("restore");
    }

    @Test
    void a_dry_run_of_a_dump_touches_nothing_and_an_unknown_table_is_said() {
        var planned = ofDump("planned_dump", true, "app.orders");
        var unknown = ofDump("planned_dump", false, "app.nothing");

        assertThat(planned.failure()).isEmpty();
        assertThat(planned.plan().getFirst()).contains("restore the whole backup");
        assertThat(unknown.failure().orElseThrow().what()).contains("app.nothing");
        assertThat(
                        server.sql(
                                "shop",
                                "select count(*) from pg_namespace where nspname = 'planned_dump'"))
                .isEqualTo("0");
    }

    @Test
    void rows_that_a_restore_of_the_dump_loses_are_named_with_the_reason_and_put_nowhere() {
        var record = ofLedger(ledger, "lost", "app.entries");

        requireRefused(record, "lost");
        assertThat(record.failure().orElseThrow().what())
                .contains("app.entries")
                .contains("0 rows of 7")
                .contains("relation \"known\" does not exist");
    }

    @Test
    void an_empty_table_of_the_same_name_elsewhere_does_not_excuse_lost_rows() {
        var record = ofLedger(ledger, "excused", "app.payments");

        requireRefused(record, "excused");
        assertThat(record.failure().orElseThrow().what())
                .contains("app.payments")
                .contains("0 rows of 7");
    }

    @Test
    void as_many_rows_with_other_content_are_put_nowhere() {
        var record = ofLedger(ledger, "haunted", "app.ghosts");

        requireRefused(record, "haunted");
        assertThat(record.failure().orElseThrow().what())
                .contains("app.ghosts")
                .contains("rows, but not the archived ones");
    }

    @Test
    void a_value_that_names_a_table_names_the_one_that_was_rescued_with_it() {
        var record =
                rescued(
                        new DatabaseName("ledger"),
                        ledger,
                        "ledger",
                        "renamed",
                        false,
                        "app.known",
                        "app.names");

        assertThat(record.failure()).isEmpty();
        assertThat(server.sql("shop", "select of from renamed.names")).isEqualTo("renamed.known");
    }

    @Test
    void a_schema_may_be_called_as_the_one_that_the_table_was_in() {
        var record = ofLedger(ledger, "books", "books.pages");

        assertThat(record.failure()).isEmpty();
        assertThat(server.sql("shop", "select count(*), sum(id) from books.pages"))
                .isEqualTo("5|15");
    }

    @Test
    void a_table_whose_rows_the_dump_was_to_leave_out_is_not_taken_for_an_empty_one() {
        var record = ofLedger(thinLedger, "thin", "app.known");

        requireRefused(record, "thin");
        assertThat(record.failure().orElseThrow().what())
                .contains("app.known")
                .contains("the backup was made without them");
    }

    @Test
    void rows_that_lie_in_another_partition_over_there_are_all_there() {
        var record = ofLedger(ledger, "hashed", "app.states");

        assertThat(record.failure()).isEmpty();
        assertThat(
                        server.sql(
                                "shop",
                                "select count(*), sum(id), count(distinct tableoid) > 1 from hashed.states"))
                .isEqualTo("1000|500500|t");
    }

    @Test
    void a_schema_that_holds_anything_is_refused_before_anything_is_fetched() {
        server.sql("shop", "create schema taken create table orders (mine int)");

        var record = rescued("taken", false, "app.orders");

        assertThat(record.failure().orElseThrow().code()).isEqualTo("PGV-5001");
        assertThat(record.seconds()).doesNotContainKey("restore");
        assertThat(server.sql("shop", "select count(*) from taken.orders")).isEqualTo("0");
    }

    @Test
    void a_dry_run_says_what_it_would_do_and_touches_nothing() {
        var record = rescued("planned", true, "app.orders");

        assertThat(record.failure()).isEmpty();
        assertThat(record.plan()).hasSize(3);
        assertThat(
                        server.sql(
                                "shop",
                                "select count(*) from pg_namespace where nspname = 'planned'"))
                .isEqualTo("0");
    }

    @Test
    void a_table_or_a_database_that_was_not_there_then_is_said_so() {
        var noTable = rescued("nothing", false, "app.order");
        var noDatabase = rescued("shop2", "nothing", false, "app.orders");

        assertThat(noTable.failure().orElseThrow().code()).isEqualTo("PGV-1010");
        assertThat(noDatabase.failure().orElseThrow().code()).isEqualTo("PGV-2003");
        assertThat(
                        server.sql(
                                "shop",
                                "select count(*) from pg_namespace where nspname = 'nothing'"))
                .isEqualTo("0");
    }

    @Test
    void what_the_database_no_longer_has_fails_the_whole_and_leaves_nothing() {
        server.sql("shop", "alter type app.state rename to old_state");
        try {
            var record = rescued("half", false, "app.customers", "app.orders");

            assertThat(record.failure().orElseThrow().code()).isEqualTo("PGV-5003");
            assertThat(record.failure().orElseThrow().what()).contains("app.state");
            assertThat(
                            server.sql(
                                    "shop",
                                    "select count(*) from pg_namespace where nspname = 'half'"))
                    .isEqualTo("0");
        } finally {
            server.sql("shop", "alter type app.old_state rename to state");
        }
    }
}
