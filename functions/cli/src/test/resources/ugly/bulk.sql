-- Forty tenants of the same application, as schema-per-tenant products make them.
do $$ begin
    if not exists (select from pg_roles where rolname = 'ugly_owner') then create role ugly_owner; end if;
    if not exists (select from pg_roles where rolname = 'Ugly "Reader", x') then create role "Ugly ""Reader"", x"; end if;
end $$;
alter default privileges for role ugly_owner grant select on tables to "Ugly ""Reader"", x";

do $bulk$
declare
    s text;
begin
    for t in 1..40 loop
        s := format('%I', 'tenant ' || lpad(t::text, 3, '0'));
        execute format('create schema %s authorization ugly_owner', s);
        execute 'set local role ugly_owner';
        execute replace($sql$
            create type @.state as enum ('open', 'closed', 'it''s odd');
            create domain @.code as varchar(8) check (value in ('A1', 'B2', 'C3'));
            create sequence @.numbers as integer increment by 3 cache 5;
            create table @.account (
                id int generated always as identity primary key, name varchar(80) not null, code @.code default 'A1',
                parent int references @.account, kind varchar not null default 'x' check (kind in ('x', 'y', 'z')),
                full_name text generated always as (name || ' (' || kind || ')') stored, unique (name, kind));
            create table @.ticket (
                id bigint default nextval('@.numbers'), account int not null references @.account on delete cascade, state @.state not null,
                opened timestamptz not null, data jsonb, tags text[], primary key (id, opened)) partition by range (opened);
            create table @.ticket_old partition of @.ticket for values from (minvalue) to ('2025-01-01 00:00+00');
            create table @.ticket_new partition of @.ticket for values from ('2025-01-01 00:00+00') to (maxvalue) partition by hash (id);
            create table @.ticket_new_0 partition of @.ticket_new for values with (modulus 2, remainder 0);
            create table @.ticket_new_1 partition of @.ticket_new for values with (modulus 2, remainder 1);
            create index on @.ticket (account) where state = 'open';
            create index on @.ticket using gin (data);
            create table @.by_state (state @.state, n int) partition by hash (state);
            create table @.by_state_0 partition of @.by_state for values with (modulus 2, remainder 0);
            create table @.by_state_1 partition of @.by_state for values with (modulus 2, remainder 1);
            create table @.note (id serial primary key, body text);
            create table @.long_note (extra varchar check (extra in ('p', 'q'))) inherits (@.note);
            alter table @.note add column author text default 'nobody';
            create function @.touch() returns trigger language plpgsql as 'begin return new; end';
            create trigger touch before insert or update on @.ticket for each row execute function @.touch();
            create function @.count_open(a int) returns bigint language sql stable
                begin atomic select count(*) from @.ticket where account = a and state = 'open'; end;
            create view @.open_ticket as select t.*, a.full_name from @.ticket t join @.account a on a.id = t.account where t.state in ('open', 'it''s odd');
            create materialized view @.totals as select account, count(*) as n from @.ticket group by 1;
            create unique index on @.totals (account);
            create statistics @.ticket_stat (ndistinct, mcv) on account, state from @.ticket;
            create rule quiet as on delete to @.account where old.kind = 'z' do instead nothing;
            alter table @.note enable row level security;
            create policy own on @.note using (author in (current_user, 'nobody'));
            grant usage on schema @ to "Ugly ""Reader"", x";
            grant select (id, name), update (name) on @.account to "Ugly ""Reader"", x";
            grant execute on function @.count_open(int) to "Ugly ""Reader"", x" with grant option;
            revoke execute on function @.touch() from public;
            comment on table @.ticket is E'Tickets of @\n-- not a comment';
            comment on column @.ticket.data is 'free form';
            comment on function @.touch() is $c$does 'nothing'$c$;
            insert into @.account (name, parent, kind) select 'Account ' || i, nullif(i / 2, 0), (array['x', 'y', 'z'])[1 + i % 3] from generate_series(1, 50) i;
            insert into @.ticket (account, state, opened, data, tags)
                select 1 + i % 50, (enum_range(null::@.state))[1 + i % 3], '2024-06-01 00:00+00'::timestamptz + i * interval '17 hours', jsonb_build_object('n', i, 'h', md5(i::text)), array[i::text, null]
                from generate_series(1, 800) i;
            insert into @.by_state select (enum_range(null::@.state))[1 + i % 3], i from generate_series(1, 60) i;
            insert into @.note (body) select repeat('n', i) from generate_series(1, 20) i;
            insert into @.long_note (body, extra, author) select 'long', 'q', 'me ' || i from generate_series(1, 20) i;
            refresh materialized view @.totals;
        $sql$, '@', s);
        execute 'reset role';
    end loop;
end
$bulk$;

-- More large objects than one archive entry of PostgreSQL 17 takes, with several owners and grants.
do $$
begin
    for i in 1..2600 loop
        perform lo_from_bytea(700000 + i, convert_to(repeat(md5(i::text), i % 40), 'UTF8'));
        if i % 3 = 0 then execute format('alter large object %s owner to ugly_owner', 700000 + i); end if;
        if i % 7 = 0 then execute format('grant select on large object %s to "Ugly ""Reader"", x"', 700000 + i); end if;
    end loop;
    perform lo_from_bytea(4294967295, '\x00');
    comment on large object 4294967295 is 'The last number there is';
end
$$;

-- One table with as many columns as fit, some dropped; one row of 6 MB.
select 'create table public.wide (' || string_agg('"column ' || i || '" ' || (array['int', 'text', 'numeric(10,3)', 'boolean', 'varchar(9)'])[1 + i % 5], ', ' order by i) || ')'
from generate_series(1, 1200) i \gexec
select 'alter table public.wide ' || string_agg('drop column "column ' || i || '"', ', ') from generate_series(3, 1200, 50) i \gexec
insert into public.wide ("column 1", "column 1200") select 'row ' || i, i from generate_series(1, 20) i;
create table public.one_huge_row (body text);
insert into public.one_huge_row select string_agg(md5(i::text), ' ') from generate_series(1, 180000) i;
