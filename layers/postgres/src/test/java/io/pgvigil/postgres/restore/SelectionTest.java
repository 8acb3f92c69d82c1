package io.pgvigil.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.archive.TocEntry;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What belongs to a table, told from a real archive that has everything a table can have.
final class SelectionTest {
    private static List<TocEntry> toc = List.of();

    @BeforeAll
    static void archive(@TempDir Path folder) {
        try (var server = TestServer.start()) {
            server.sql("postgres", "create database shop");
            server.sql(
                    "shop",
                    """
                    create role reader;
                    create schema app; comment on schema app is 'ours';
                    create extension hstore;
                    create type app.mood as enum ('fine');
                    create function app.touch() returns trigger language plpgsql
                      as 'begin return new; end';
                    create table app.customers(id int generated always as identity primary key);
                    create table app.orders(
                      id serial primary key, customer int references app.customers,
                      mood app.mood, tags hstore, n int check (n > 0));
                    insert into app.orders(n) values (1);
                    create index orders_mood on app.orders(mood);
                    comment on index app.orders_mood is 'i';
                    create statistics app.orders_stat on customer, n from app.orders;
                    create trigger touch before insert on app.orders
                      for each row execute function app.touch();
                    alter table app.orders enable row level security;
                    create policy own on app.orders using (true);
                    comment on policy own on app.orders is 'p';
                    comment on column app.orders.n is 'c';
                    grant select on app.orders to reader;
                    create rule never as on delete to app.orders do instead nothing;
                    create publication pub for table app.orders;
                    create table app.borrows(n int default nextval('app.orders_id_seq'));
                    create table app."orders x"(n int primary key);
                    create view app.open_orders as select id from app.orders;
                    create table app.events(day int) partition by range (day);
                    create table app.events_1 partition of app.events for values from (0) to (10);
                    insert into app.events values (1);
                    create index on app.events(day);
                    create table public.elsewhere(n int);
                    create schema "Mixed"; create table "Mixed"."a.b*"(n int);
                    """);
            toc = Lab.archive(server, "shop", folder).toc();
        }
    }

    @Test
    void a_table_comes_with_everything_that_is_its_own() {
        assertThat(titles(tables("app.orders")))
                .containsExactlyInAnyOrder(
                        "SCHEMA app",
                        "COMMENT SCHEMA app",
                        "TABLE app.orders",
                        "COMMENT app.COLUMN orders.n",
                        "ACL app.TABLE orders",
                        "SEQUENCE app.orders_id_seq",
                        "SEQUENCE OWNED BY app.orders_id_seq",
                        "SEQUENCE SET app.orders_id_seq",
                        "DEFAULT app.orders id",
                        "TABLE DATA app.orders",
                        "CONSTRAINT app.orders orders_pkey",
                        "INDEX app.orders_mood",
                        "COMMENT app.INDEX orders_mood",
                        "STATISTICS app.orders_stat",
                        "RULE app.orders never",
                        "TRIGGER app.orders touch",
                        "FK CONSTRAINT app.orders orders_customer_fkey",
                        "ROW SECURITY app.orders",
                        "POLICY app.orders own",
                        "COMMENT app.POLICY own ON orders");
    }

    @Test
    void what_a_table_needs_from_outside_is_named() {
        assertThat(tables("app.orders").needed())
                .extracting(need -> need.entry().title())
                .contains(
                        "EXTENSION hstore",
                        "TYPE app.mood",
                        "FUNCTION app.touch()",
                        "TABLE app.customers")
                .noneMatch(title -> title.startsWith("SCHEMA"));
        assertThat(tables("app.orders").needed())
                .extracting(Object::toString)
                .contains("TABLE app.customers, for FK CONSTRAINT app.orders orders_customer_fkey");
    }

    @Test
    void foreign_keys_that_lead_outside_can_be_left_out() {
        var without = tables("app.orders").withoutForeignKeysOutside();

        assertThat(titles(without)).noneMatch(title -> title.startsWith("FK CONSTRAINT"));
        assertThat(without.needed())
                .extracting(need -> need.entry().title())
                .doesNotContain("TABLE app.customers")
                .contains("TYPE app.mood");
        assertThat(
                        titles(
                                Selection.resolve(
                                                toc,
                                                List.of(),
                                                List.of("app.orders", "app.customers"))
                                        .withoutForeignKeysOutside()))
                .contains("FK CONSTRAINT app.orders orders_customer_fkey");
    }

    @Test
    void a_partitioned_table_comes_with_its_partitions() {
        assertThat(titles(tables("app.events")))
                .contains(
                        "TABLE app.events",
                        "TABLE app.events_1",
                        "TABLE ATTACH app.events_1",
                        "TABLE DATA app.events_1",
                        "INDEX app.events_day_idx",
                        "INDEX app.events_1_day_idx",
                        "INDEX ATTACH app.events_1_day_idx");
        assertThat(titles(tables("app.events_1")))
                .contains("TABLE app.events_1", "TABLE DATA app.events_1")
                .doesNotContain("TABLE app.events", "TABLE ATTACH app.events_1");
    }

    @Test
    void an_identity_column_s_sequence_comes_along() {
        assertThat(titles(tables("app.customers")))
                .contains("SEQUENCE app.customers_id_seq", "SEQUENCE SET app.customers_id_seq");
    }

    @Test
    void a_sequence_alone_does_not_bring_its_table() {
        assertThat(titles(tables("app.orders_id_seq")))
                .contains("SEQUENCE app.orders_id_seq", "SEQUENCE SET app.orders_id_seq")
                .doesNotContain("TABLE app.orders", "SEQUENCE OWNED BY app.orders_id_seq");
    }

    @Test
    void a_schema_comes_with_all_that_lies_in_it() {
        var schema = Selection.resolve(toc, List.of("app"), List.of());

        assertThat(titles(schema))
                .contains(
                        "SCHEMA app",
                        "TYPE app.mood",
                        "FUNCTION app.touch()",
                        "VIEW app.open_orders",
                        "TABLE app.orders x")
                .noneMatch(title -> title.contains("elsewhere") || title.contains("PUBLICATION"));
        assertThat(schema.needed())
                .extracting(need -> need.entry().title())
                .containsExactly("EXTENSION hstore");
    }

    @Test
    void patterns_are_read_as_pg_dump_reads_them() {
        assertThat(titles(tables("APP.ord*")))
                .contains("TABLE app.orders", "TABLE app.orders x", "SEQUENCE app.orders_id_seq");
        assertThat(titles(tables("\"Mixed\".\"a.b*\""))).contains("TABLE Mixed.a.b*");
        assertThat(titles(tables("app.order?"))).contains("TABLE app.orders");
        assertThat(titles(tables("elsewhere"))).contains("TABLE public.elsewhere");
        assertThatThrownBy(() -> tables("\"app.orders\"")).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> tables("Mixed.\"a.b*\"")).isInstanceOf(Problem.class);
    }

    @Test
    void what_matches_nothing_is_refused_with_near_names() {
        assertThatThrownBy(() -> tables("app.oders"))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code())
                                    .isEqualTo(ErrorCode.SELECTION_MATCHES_NOTHING);
                            assertThat(problem.what()).contains("app.oders");
                            assertThat(problem.hint()).contains("app.orders");
                        });
        assertThatThrownBy(() -> Selection.resolve(toc, List.of("ap"), List.of("app.orders")))
                .hasMessageContaining("matches ap")
                .hasMessageContaining("Near are app");
    }

    private static Selection tables(String pattern) {
        return Selection.resolve(toc, List.of(), List.of(pattern));
    }

    private static List<String> titles(Selection selection) {
        return selection.entries().stream().map(TocEntry::title).toList();
    }
}
