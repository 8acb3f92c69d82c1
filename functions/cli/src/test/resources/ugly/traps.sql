-- Objects on which a stock pg_restore fails, or whose second dump differs, although nothing is lost.
-- A restore has to repair the first three by replaying exactly the entries that failed.
create schema traps;

-- 1. A CHECK that reads another table: rows of a_order are loaded while z_limit is still empty.
create table traps.z_limit (name text primary key, at_most int not null);
insert into traps.z_limit values ('quantity', 100);
create function traps.within_limit(n int) returns boolean language plpgsql stable
    as $$ begin return n <= (select at_most from traps.z_limit where name = 'quantity'); end $$;
create table traps.a_order (id int primary key, quantity int, check (traps.within_limit(quantity) is true));
insert into traps.a_order select i, i % 100 from generate_series(1, 1000) i;

-- 2. A regclass column that names an index: indexes come after the data.
create table traps.index_notes (object regclass primary key, note text);
create index z_limit_at_most on traps.z_limit (at_most);
insert into traps.index_notes values ('traps.z_limit_at_most', 'an index'), ('traps.z_limit', 'a table');

-- 3. A partition's trigger with a state of its own: under -j its ALTER TABLE may come too early.
create function traps.nothing() returns trigger language plpgsql as 'begin return new; end';
create table traps.measured (at date not null, v int) partition by range (at);
do $$ begin
    for y in 2000..2039 loop
        execute format('create table traps.measured_%s partition of traps.measured for values from (%L) to (%L)', y, y || '-01-01', y + 1 || '-01-01');
    end loop;
end $$;
create trigger nothing after insert on traps.measured for each row execute function traps.nothing();
create trigger never after update on traps.measured for each row execute function traps.nothing();
alter table traps.measured_2007 disable trigger nothing;
alter table traps.measured_2019 enable always trigger nothing;
alter table traps.measured_2031 enable replica trigger never;
insert into traps.measured select date '2000-01-01' + i, i from generate_series(1, 14000, 3) i;

-- From here on everything restores; the second dump may be written differently.

-- A set operation gains an alias; the third dump equals the second.
create view traps.two_arms as select 1 as a, 'x'::text as b union all select null::integer, null::text;
create view traps.three_arms as select at, v from traps.measured union (select null::date, 3 except select current_date, 4);

-- IN-lists over varchar, wherever an expression can stand.
create domain traps.colour as varchar(12) check (value in ('red', 'it''s [blue]', 'gr)een'));
create table traps.lists (
    c varchar(10) check (c in ('a', 'b,c', '('::varchar)), d traps.colour,
    g boolean generated always as (c in ('a', 'b,c')) stored, e varchar default 'x') partition by list ((c in ('a', 'b,c')));
create table traps.lists_true partition of traps.lists for values in (true);
create table traps.lists_rest partition of traps.lists default;
create index on traps.lists ((c in ('a', '(')), d) where d in ('red', 'gr)een');
create statistics traps.lists_stat on (c in ('a', '(')), d from traps.lists;
create view traps.lists_view as select * from traps.lists where c in ('a', '(') and d not in ('red', 'gr)een');
create materialized view traps.lists_matview as select count(*) filter (where c in ('a', 'z')) as n from traps.lists;
create function traps.lists_function(x varchar) returns boolean language sql immutable begin atomic select x in ('a', 'it''s', ']'); end;
alter table traps.lists enable row level security;
create policy "some" on traps.lists using (c in ('a', 'b')) with check (c in ('c', 'd'));
create trigger picky before insert on traps.lists_rest for each row when (new.c in ('a', 'b')) execute function traps.nothing();
insert into traps.lists (c, d) values ('a', 'red'), ('b,c', 'gr)een'), ('(', null), (null, 'it''s [blue]');

-- Diamonds and late columns.
create table traps.top (id int, t text);
create table traps.l (l int) inherits (traps.top);
create table traps.r (r int) inherits (traps.top);
create table traps.bottom (b int, t text not null default 'merged') inherits (traps.l, traps.r);
alter table traps.top add column late date default '2020-02-02', add column "Later" varchar check ("Later" in ('u', 'v'));
alter table traps.l drop column l;
alter table traps.bottom alter column late set default '2021-01-01';
insert into traps.bottom select i, 't' || i, i, i from generate_series(1, 200) i;
insert into traps.l (id) select i from generate_series(1, 50) i;

-- A partition that was a table with another column order and a dropped column.
create table traps.parted (a int, b text, c date) partition by range (a);
create table traps.guest (gone int, c date, b text default 'own', a int not null);
alter table traps.guest drop column gone;
insert into traps.guest select date '2020-01-01' + i, i::text, i from generate_series(1, 99) i;
alter table traps.parted attach partition traps.guest for values from (1) to (100);
-- An index of the parent only, never completed, and one that two levels share under other names.
create index never_finished on only traps.parted (b);
create index guest_c on traps.guest (c desc);
create index parted_c on traps.parted (c desc);
alter table traps.guest cluster on guest_c;

-- Tables that need each other, functions that need tables that need functions.
create table traps.hen (id int primary key, egg int);
create table traps.egg (id int primary key, hen int references traps.hen deferrable initially deferred);
alter table traps.hen add foreign key (egg) references traps.egg deferrable initially deferred not valid;
begin;
insert into traps.hen values (1, 1);
insert into traps.egg values (1, 1);
commit;
create table traps.loop_table (id int, n int);
create function traps.of_row(r traps.loop_table) returns int language sql immutable as 'select $1.id';
alter table traps.loop_table add check (traps.of_row(loop_table) > 0), alter n set default traps.of_row(row(1, 1)::traps.loop_table);
create index on traps.loop_table (traps.of_row(loop_table));
create view traps.loop_view as select 1 as id, 'x'::text as t;
create function traps.of_view() returns setof traps.loop_view language sql stable as 'select * from traps.loop_view';
create or replace view traps.loop_view as select 2 as id, 'y'::text as t where not exists (select from traps.z_limit where at_most < 0);
create view traps.needs_key as select l.name, l.at_most, count(*) as n from traps.z_limit l join traps.a_order o on o.quantity < l.at_most group by l.name;
create view traps.on_view as select * from traps.needs_key;

-- Rare kinds.
create type traps.shell;
create access method ugly_heap type table handler heap_tableam_handler;
create table traps.in_ugly_heap (id int) using ugly_heap;
create conversion traps.odd for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create procedure traps.proc(in a int, inout b text, variadic c int[] default '{}') language plpgsql as 'begin b := a; end';
create function traps.windowed() returns bigint language internal window immutable as 'window_row_number';
create aggregate traps.ordered(float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
create operator traps.|+| (function = int4pl, leftarg = int, rightarg = int, commutator = operator(traps.|+|));
create operator traps.|+| (function = int8pl, leftarg = bigint, rightarg = bigint);
create operator family traps.mixed_family using hash;
create publication ugly_all for all tables with (publish = 'insert');
create subscription ugly_subscription connection 'host=127.0.0.1 port=1 dbname=x password=subscription-secret-never-print'
    publication a, "b c" with (connect = false, enabled = false, slot_name = none, create_slot = false);
create function traps.on_ddl() returns event_trigger language plpgsql as 'begin end';
create event trigger ugly_ddl on ddl_command_start when tag in ('CREATE SEQUENCE') execute function traps.on_ddl();
create materialized view traps.stale as select count(*) as rows_then from traps.hen;
delete from traps.hen where false;
comment on rule "_RETURN" on traps.on_view is 'a comment on a rule';
comment on type traps.shell is 'never finished';
comment on access method ugly_heap is 'heap by another name';
do $$ begin
    if current_setting('server_version_num')::int >= 150000 then
        execute 'create table traps.no_two_nulls (a int, unique nulls not distinct (a))';
        execute 'create publication ugly_schema for tables in schema traps';
        execute 'create view traps.as_caller with (security_invoker) as select * from traps.z_limit';
        execute 'grant set on parameter work_mem to ugly_owner';
    end if;
end $$;
