-- The demo shop, part 1: roles, the database and everything in it except rows.
--
-- Run by psql as a superuser on a fresh server, PostgreSQL 14 to 17, followed by data.sql:
--   psql -X -q -v ON_ERROR_STOP=1 -f schema.sql -f data.sql
--
-- Blue Heron Outdoor sells tents and boots. Its database is believable, and on purpose it also holds
-- one of nearly everything that a backup can lose without anybody noticing. Every function that a
-- table, index or view needs names its schemas in full, so that a stock pg_restore has no errors.

set client_encoding = 'UTF8';
set client_min_messages = warning;
set timezone = 'UTC';

-- Roles ------------------------------------------------------------------------------------------

create role shop_owner nologin;
create role shop_reader nologin;
create role shop_writer nologin in role shop_reader;
create role shop_app login password 'demo-only' connection limit 40 in role shop_writer;
create role shop_analyst login noinherit in role shop_reader valid until '2031-01-01 00:00:00+00';
create role shop_auditor nologin bypassrls;
create role "Shop Support, 2nd level" login;
create role shop_batch login;

grant shop_writer to shop_batch with admin option;
grant shop_reader to "Shop Support, 2nd level";

alter role shop_app set statement_timeout = '30s';
alter role shop_app set search_path = app, billing, pg_catalog;
alter role shop_analyst set work_mem = '64MB';
alter role shop_analyst set default_transaction_read_only = on;
alter role "Shop Support, 2nd level" set application_name = 'support "desk", it''s us';
comment on role shop_app is 'The web application';
comment on role "Shop Support, 2nd level" is 'A role name with a comma and blanks';

-- The C locale exists on every server and sorts the same on all of them.
create database shop with owner shop_owner template template0 encoding 'UTF8'
    lc_collate 'C' lc_ctype 'C' connection limit 200;
comment on database shop is 'Blue Heron Outdoor: the demo shop';
alter database shop set default_text_search_config = 'pg_catalog.english';
alter database shop set jit = off;
alter role shop_batch in database shop set lock_timeout = '5s';
revoke all on database shop from public;
grant connect, temporary on database shop to shop_reader;
grant connect on database shop to shop_auditor with grant option;

\connect shop

set client_encoding = 'UTF8';
set client_min_messages = warning;
set timezone = 'UTC';

create schema app authorization shop_owner;
create schema billing authorization shop_owner;
create schema audit authorization shop_owner;
create schema reporting authorization shop_owner;
create schema "legacy import" authorization shop_owner;
comment on schema app is 'What the web shop reads and writes';
comment on schema billing is 'Invoices, payments and the ledger';
comment on schema audit is 'Who did what; nobody updates rows here';
comment on schema reporting is 'Views for people, nothing of its own';
comment on schema "legacy import" is E'Tables of the old shop, names as they were\nSecond line of a comment -- not SQL';

-- Before the tables, because default privileges only work forwards.
alter default privileges for role shop_owner in schema app grant select on tables to shop_reader;
alter default privileges for role shop_owner in schema app grant insert, update on tables to shop_writer;
alter default privileges for role shop_owner in schema app grant usage on sequences to shop_writer;
alter default privileges for role shop_owner in schema reporting grant select on tables to shop_reader;
alter default privileges for role shop_owner revoke execute on functions from public;
alter default privileges for role shop_owner grant execute on functions to shop_reader;
alter default privileges for role shop_owner grant usage on types to shop_reader;

set role shop_owner;

-- Types ------------------------------------------------------------------------------------------

create domain app.email as text
    constraint email_shape check (value ~ '^[^@\s]+@[^@\s]+\.[a-z]{2,}$');
create domain app.country_code as char(2) constraint upper_case check (value ~ '^[A-Z]{2}$');
create domain app.eu_country as app.country_code
    constraint in_the_union check (value in ('AT', 'BE', 'DE', 'ES', 'FR', 'IE', 'IT', 'NL', 'PL', 'PT'));
create domain app.amount as numeric(12, 2) default 0.00 not null;
create domain app.short_label as varchar(40) check (value in ('new', 'sale', 'last chance', 'it''s "back"'));
comment on domain app.email is 'Lower case top level domain; the rest is up to the mail server';
comment on constraint email_shape on domain app.email is 'A typo filter, not a proof';

create type app.order_status as enum ('new', 'paid', 'packed', 'delivered', 'returned');
create type app.channel as enum ('web', 'app', 'phone', 'market place');

reset role;
-- Values added later sit between others, so their numbers are not in the order of their names.
alter type app.order_status add value 'shipped' before 'delivered';
alter type app.order_status add value 'cancelled' after 'new';
set role shop_owner;

create type app.address as (
    street text,
    house_no varchar(12),
    postcode varchar(12),
    city text,
    country app.country_code
);
comment on type app.address is 'Composite, used as a column and as an array';
create type app.contact as (name text, addresses app.address[]);
create type app.weight_range as range (
    subtype = numeric,
    multirange_type_name = app.weight_multirange
);

-- Not every server is built with ICU; the shop works without, names then sort by bytes.
do $$
begin
    create collation app.customer_names (provider = icu, locale = 'de-u-co-phonebk');
    create collation app.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
exception when feature_not_supported or invalid_parameter_value or undefined_object then
    create collation if not exists app.customer_names from pg_catalog."C";
    create collation if not exists app.no_case from pg_catalog."C";
end
$$;
comment on collation app.customer_names is 'Phone book order where ICU is available';

-- Functions that tables need ---------------------------------------------------------------------

create function app.slug(name text) returns text
    language sql immutable strict parallel safe
    return trim(both '-' from regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'));
comment on function app.slug(text) is 'The part of a URL that people read';

create function app.is_ean13(code text) returns boolean
    language plpgsql immutable strict parallel safe cost 20
as $$
declare
    digits int := 0;
begin
    if code !~ '^[0-9]{13}$' then
        return false;
    end if;
    for i in 1..12 loop
        digits := digits + substr(code, i, 1)::int * case when i % 2 = 0 then 3 else 1 end;
    end loop;
    return (10 - digits % 10) % 10 = substr(code, 13, 1)::int;
end
$$;

create function app.gross(net numeric, rate numeric) returns numeric
    language sql immutable parallel safe
    return round(net * (1 + rate), 2);

create function app.address_line(a app.address) returns text
    language sql immutable
    return concat_ws(', ', concat_ws(' ', (a).street, (a).house_no), concat_ws(' ', (a).postcode, (a).city), (a).country);

create function app.address_equal(a app.address, b app.address) returns boolean
    language sql immutable
    return lower((a).street) = lower((b).street) and (a).postcode = (b).postcode and (a).country = (b).country;
create function app.address_equal(a app.address, b text) returns boolean
    language sql immutable
    return lower(app.address_line(a)) = lower(b);
-- Two operators of one name: a list of operators by name alone loses one of them.
create operator app.=~= (function = app.address_equal, leftarg = app.address, rightarg = app.address, commutator = operator(app.=~=));
create operator app.=~= (function = app.address_equal, leftarg = app.address, rightarg = text);
comment on operator app.=~= (app.address, text) is 'Is this the address as one line?';

create function app.compare_backwards(a text, b text) returns integer
    language sql immutable strict
    return bttextcmp(b, a);

create function app.status_rank(status app.order_status) returns integer
    language sql immutable strict
    return case status
        when 'new' then 10 when 'paid' then 20 when 'packed' then 30 when 'shipped' then 40
        when 'delivered' then 50 when 'returned' then 90 else 99 end;
create cast (app.order_status as integer) with function app.status_rank(app.order_status);
comment on cast (app.order_status as integer) is 'How far an order has come';

create function app.keep_last(state anyelement, value anyelement) returns anyelement
    language sql immutable
    as 'select coalesce(value, state)';
create aggregate app.last_known(anyelement) (sfunc = app.keep_last, stype = anyelement);
create aggregate app.product_of(numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1', parallel = safe);
comment on aggregate app.product_of(numeric) is 'Chains discounts';

reset role;
create operator class app.text_backwards_ops for type text using btree as
    operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <,
    function 1 app.compare_backwards(text, text);
alter operator class app.text_backwards_ops using btree owner to shop_owner;
alter operator family app.text_backwards_ops using btree owner to shop_owner;
set role shop_owner;

create text search dictionary app.plain_words (template = pg_catalog.simple, accept = false);
create text search dictionary app.english_stems (template = pg_catalog.snowball, language = english, stopwords = english);
create text search configuration app.shop_english (copy = pg_catalog.english);
alter text search configuration app.shop_english
    alter mapping for asciiword, word with app.plain_words, app.english_stems;
alter text search configuration app.shop_english drop mapping for email, url, url_path;
comment on text search configuration app.shop_english is 'English without mail and web addresses';

-- Sequences --------------------------------------------------------------------------------------

create sequence app.customer_number as integer increment by 7 start with 100003 minvalue 100003 cache 20;
create sequence app.countdown as smallint increment by -3 minvalue -30000 maxvalue 30000 start with 30000 cycle;
create sequence billing.invoice_number start with 2024000001 maxvalue 9223372036854775807 no cycle;
create sequence app.never_used increment by 1000000007;
comment on sequence app.countdown is 'Runs backwards and starts again';

-- app --------------------------------------------------------------------------------------------

create table app.customer (
    id bigint generated always as identity (start with 1000 increment by 1),
    number integer not null default nextval('app.customer_number'),
    mail app.email not null,
    first_name text not null collate app.customer_names,
    last_name text not null collate app.customer_names,
    display_name text generated always as (first_name || ' ' || last_name) stored,
    nickname text collate app.no_case,
    billing_address app.address not null,
    delivery_addresses app.address[] not null default '{}',
    phones text[],
    preferences jsonb not null default '{"newsletter": false}',
    born date check (born is null or born > date '1900-01-01'),
    credit_limit app.amount default 500.00,
    created_at timestamptz not null default now(),
    constraint customer_pkey primary key (id),
    constraint customer_number_key unique (number),
    constraint preferences_is_object check (jsonb_typeof(preferences) = 'object')
);
alter sequence app.customer_number owned by app.customer.number;
alter table app.customer alter column mail set statistics 500;
alter table app.customer alter column preferences set storage external;
comment on table app.customer is 'People; companies are not customers yet';
comment on column app.customer.nickname is 'Compared without case where ICU is available: "Müller" = ''MÜLLER''';

create table app.category (
    id smallint generated by default as identity (minvalue 1 maxvalue 999),
    parent_id smallint,
    name text not null,
    slug text generated always as (app.slug(name)) stored,
    constraint category_pkey primary key (id),
    constraint category_slug_key unique (slug) deferrable initially deferred,
    -- Trees are loaded in any order.
    constraint category_parent_fkey foreign key (parent_id) references app.category (id)
        on delete restrict deferrable initially deferred
);

create table app.product (
    id integer generated by default as identity,
    sku varchar(20) not null,
    ean char(13) not null check (app.is_ean13(ean)),
    category_id smallint not null references app.category (id) on update cascade,
    name text not null,
    description text not null,
    label app.short_label,
    cost app.amount,
    price app.amount,
    margin numeric generated always as (round(price - cost, 2)) stored,
    weight_kg numeric(7, 3) check (weight_kg > 0),
    ships_within app.weight_range,
    on_sale daterange,
    attributes jsonb not null default '{}',
    tags varchar(30)[] not null default array[]::varchar[],
    thumbnail bytea,
    search tsvector generated always as (
        setweight(to_tsvector('app.shop_english'::regconfig, name), 'A')
        || setweight(to_tsvector('app.shop_english'::regconfig, description), 'C')) stored,
    discontinued_at timestamptz,
    constraint product_pkey primary key (id),
    constraint product_sku_key unique (sku) include (name),
    constraint known_season check (attributes ->> 'season' in ('summer', 'winter', 'all year'))
);
create index product_category_idx on app.product (category_id) where discontinued_at is null;
create index product_search_idx on app.product using gin (search);
create index product_attributes_idx on app.product using gin (attributes jsonb_path_ops);
create index product_price_idx on app.product (price desc nulls last) include (name, sku) with (fillfactor = 80);
create index product_slug_idx on app.product (app.slug(name), (attributes ->> 'colour'));
create index product_backwards_idx on app.product (sku app.text_backwards_ops);
create index product_ean_idx on app.product using hash (ean);
create index product_tags_idx on app.product using gin (tags);
create index product_sale_idx on app.product using gist (on_sale) where not isempty(on_sale);
comment on index app.product_slug_idx is 'For links of the old shop';
alter index app.product_slug_idx alter column 2 set statistics 250;
alter table app.product cluster on product_pkey;
alter table app.product set (autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_enabled = true);

create table app.product_manual (
    product_id integer primary key references app.product (id) on delete cascade,
    language text not null default 'en',
    body text not null,
    pages integer generated always as (length(body) / 3000 + 1) stored
);
alter table app.product_manual alter column body set storage external;
comment on table app.product_manual is 'One row has about 2 MB';

create table app.warehouse (
    code char(3) primary key,
    name text not null unique,
    location point not null,
    opening_hours int4multirange not null
);
create table app.stock (
    product_id integer not null references app.product (id),
    warehouse char(3) not null references app.warehouse (code) match full,
    quantity integer not null check (quantity >= 0),
    reserved integer not null default 0,
    counted_on date,
    primary key (product_id, warehouse),
    constraint reserved_is_there check (reserved between 0 and quantity)
);
create statistics app.stock_by_place (ndistinct, dependencies, mcv) on warehouse, quantity, reserved from app.stock;
create statistics app.stock_free on (quantity - reserved), (quantity > 0) from app.stock;
alter statistics app.stock_by_place set statistics 400;
comment on statistics app.stock_by_place is 'The north keeps more';

create table app.orders (
    id bigint generated by default as identity,
    ordered_at timestamptz not null,
    customer_id bigint not null references app.customer (id),
    status app.order_status not null default 'new',
    channel app.channel not null default 'web',
    deliver_to app.address,
    note text,
    net app.amount,
    shipping app.amount default 4.90,
    total numeric generated always as (net + shipping) stored,
    constraint orders_pkey primary key (id, ordered_at)
) partition by range (ordered_at);
create table app.orders_2024 partition of app.orders
    for values from ('2024-01-01 00:00:00+00') to ('2025-01-01 00:00:00+00');
create table app.orders_2025 partition of app.orders
    for values from ('2025-01-01 00:00:00+00') to ('2026-01-01 00:00:00+00');
create table app.orders_2026 partition of app.orders
    for values from ('2026-01-01 00:00:00+00') to ('2027-01-01 00:00:00+00')
    partition by range (ordered_at);
create table app.orders_2026_spring partition of app.orders_2026
    for values from ('2026-01-01 00:00:00+00') to ('2026-07-01 00:00:00+00');
create table app.orders_2026_autumn partition of app.orders_2026
    for values from ('2026-07-01 00:00:00+00') to ('2027-01-01 00:00:00+00');
create table app.orders_other partition of app.orders default with (fillfactor = 70);
create index orders_customer_idx on app.orders (customer_id, ordered_at desc);
create index orders_open_idx on app.orders (status) where status not in ('delivered', 'cancelled', 'returned');
create index orders_2024_note_idx on app.orders_2024 using brin (ordered_at) with (pages_per_range = 32);
comment on table app.orders is 'By year of order; 2026 by half year';
comment on table app.orders_other is 'Should be empty';

create table app.order_item (
    order_id bigint not null,
    ordered_at timestamptz not null,
    line smallint not null,
    product_id integer not null references app.product (id),
    quantity smallint not null check (quantity > 0),
    unit_price app.amount,
    amount numeric generated always as (quantity * unit_price) stored,
    primary key (order_id, line),
    foreign key (order_id, ordered_at) references app.orders (id, ordered_at) on delete cascade
) partition by hash (order_id);
create table app.order_item_0 partition of app.order_item for values with (modulus 4, remainder 0);
create table app.order_item_1 partition of app.order_item for values with (modulus 4, remainder 1);
create table app.order_item_2 partition of app.order_item for values with (modulus 4, remainder 2);
create table app.order_item_3 partition of app.order_item for values with (modulus 4, remainder 3);
create index order_item_product_idx on app.order_item (product_id);

-- The hash of an enum value is the hash of its OID, which differs in every cluster: after a restore
-- the rows of this table lie in other partitions.
create table app.order_event (
    order_id bigint not null,
    status app.order_status not null,
    at timestamptz not null,
    by_whom text,
    primary key (order_id, status)
) partition by hash (status);
create table app.order_event_0 partition of app.order_event for values with (modulus 3, remainder 0);
create table app.order_event_1 partition of app.order_event for values with (modulus 3, remainder 1);
create table app.order_event_2 partition of app.order_event for values with (modulus 3, remainder 2);

-- A column added to the parent later: the child has it last, a restored child has it in front of its own.
create table app.page (
    id integer generated by default as identity primary key,
    title text not null,
    body text not null,
    published_at timestamptz
);
create table app.landing_page (
    campaign varchar(60) not null check (campaign in ('spring', 'summer', 'black friday')),
    budget app.amount,
    primary key (id)
) inherits (app.page);
alter table app.page add column language text not null default 'en';
alter table app.page add column views integer default 0 check (views >= 0);
alter table app.landing_page alter column views set default 100;

create unlogged table app.web_session (
    token uuid primary key,
    customer_id bigint references app.customer (id) on delete cascade,
    started_at timestamptz not null,
    address inet,
    data jsonb
);
create table app.cart (
    customer_id bigint primary key references app.customer (id),
    items jsonb not null,
    touched_at timestamptz not null default now()
);
comment on table app.cart is 'Empty in the demo';
create table app.maintenance_mode ();
comment on table app.maintenance_mode is 'No columns: the shop is closed while it has a row';
create table app.computed_only (answer integer generated always as (42) stored);

create table app.promotion (
    id integer generated always as identity (start with -5 increment by 5 minvalue -5) primary key,
    code text not null,
    percent numeric(5, 2) not null check (percent > 0 and percent <= 80),
    during tstzrange not null,
    -- One promotion at a time; needs nothing beyond the core.
    constraint one_at_a_time exclude using gist (during with &&) deferrable initially deferred
);

-- billing ----------------------------------------------------------------------------------------

create table billing.tax_rate (
    country app.eu_country not null,
    rate numeric(4, 3) not null check (rate >= 0 and rate < 1),
    valid daterange not null,
    primary key (country, valid)
);
create table billing.invoice (
    number bigint not null default nextval('billing.invoice_number'),
    country app.country_code not null,
    order_id bigint not null,
    issued_on date not null,
    net app.amount,
    tax_rate numeric(4, 3) not null,
    gross numeric generated always as (app.gross(net, tax_rate)) stored,
    due_on date not null,
    pdf oid,
    primary key (number, country),
    constraint due_later check (due_on >= issued_on)
) partition by list (country);
alter sequence billing.invoice_number owned by billing.invoice.number;
create table billing.invoice_de partition of billing.invoice for values in ('DE');
create table billing.invoice_fr partition of billing.invoice for values in ('FR');
create table billing.invoice_south partition of billing.invoice for values in ('ES', 'IT', 'PT');
create table billing.invoice_rest partition of billing.invoice default;
create unique index invoice_order_idx on billing.invoice (order_id, country);
comment on column billing.invoice.pdf is 'A large object';

create table billing.payment (
    id uuid primary key,
    invoice bigint not null,
    country app.country_code not null,
    paid_on date not null,
    amount numeric(12, 2) not null check (amount <> 0),
    method varchar(12) not null check (method in ('card', 'transfer', 'invoice', 'voucher')),
    masked_card text,
    foreign key (invoice, country) references billing.invoice (number, country)
);
create index payment_invoice_idx on billing.payment (invoice, country);

create table billing.ledger (
    id bigint generated always as identity primary key,
    booked_on date not null,
    account text not null check (account in ('bank', 'receivables', 'revenue', 'tax')),
    amount numeric(14, 2) not null,
    document bigint not null
);
create index ledger_document_idx on billing.ledger (document);
create table billing.voucher (
    code text primary key,
    worth money not null,
    bought_by bigint references app.customer (id) on delete set null,
    redeemed_by bigint constraint redeemed_by_a_customer references app.customer (id) on delete set default
);

-- audit ------------------------------------------------------------------------------------------

create table audit.change (
    id bigint generated always as identity,
    at timestamptz not null default clock_timestamp(),
    who text not null default session_user,
    relation text not null,
    action char(1) not null check (action in ('I', 'U', 'D')),
    old_row jsonb,
    new_row jsonb,
    primary key (id, at)
) partition by range (at);
create table audit.change_2025 partition of audit.change
    for values from (minvalue) to ('2026-01-01 00:00:00+00');
create table audit.change_2026 partition of audit.change
    for values from ('2026-01-01 00:00:00+00') to (maxvalue);
create table audit.login (
    id integer generated by default as identity primary key,
    mail text not null,
    at timestamptz not null,
    address inet not null,
    network cidr not null,
    device macaddr,
    succeeded boolean not null,
    took interval
);
create table audit.ddl (at timestamptz not null, who text not null, command text not null, object text);

alter table audit.change enable row level security;
alter table audit.change force row level security;
create policy auditors_see_all on audit.change for select to shop_auditor using (true);
create policy own_changes on audit.change for select to shop_writer using (who = current_user);
create policy nobody_rewrites on audit.change as restrictive for update to public using (false) with check (false);
create policy functions_append on audit.change for insert to shop_owner with check (true);
create policy writers_append on audit.change for insert to shop_writer with check (action in ('I', 'U', 'D'));
comment on policy nobody_rewrites on audit.change is 'Restrictive: holds whatever other policies say';
alter table app.customer enable row level security;
create policy staff on app.customer to shop_reader, "Shop Support, 2nd level" using (true);
create policy own_row on app.customer for update to shop_app
    using (number = nullif(current_setting('shop.customer', true), '')::integer);

-- Functions and procedures -----------------------------------------------------------------------

create function audit.record_change() returns trigger
    language plpgsql security definer set search_path = pg_catalog, audit
as $$
begin
    insert into audit.change (relation, action, old_row, new_row)
    values (tg_table_schema || '.' || tg_table_name, left(tg_op, 1),
            case when tg_op <> 'INSERT' then to_jsonb(old) end,
            case when tg_op <> 'DELETE' then to_jsonb(new) end);
    return null;
end
$$;
create function audit.count_prices() returns trigger
    language plpgsql security definer set search_path = pg_catalog, audit
as $$
begin
    insert into audit.change (relation, action, new_row)
    select 'app.product', 'U', jsonb_build_object('prices changed', count(*))
    from before_update b join after_update a using (id) where a.price <> b.price;
    return null;
end
$$;
create function app.lower_mail() returns trigger language plpgsql as $$
begin
    new.mail := lower(new.mail);
    return new;
end
$$;
create function billing.ledger_balances() returns trigger language plpgsql as $$
begin
    if (select sum(amount) from billing.ledger where document = new.document) <> 0 then
        raise exception 'document % does not balance', new.document;
    end if;
    return null;
end
$$;

create trigger lower_mail before insert or update of mail on app.customer
    for each row when (new.mail is distinct from lower(new.mail)) execute function app.lower_mail();
create trigger record_change after insert or update or delete on app.customer
    for each row execute function audit.record_change();
create trigger count_prices after update on app.product
    referencing old table as before_update new table as after_update
    for each statement execute function audit.count_prices();
create trigger record_change after update or delete on app.orders
    for each row execute function audit.record_change();
create trigger record_change after insert on app.stock for each row execute function audit.record_change();
create trigger always_recorded after delete on billing.payment for each row execute function audit.record_change();
create trigger on_replicas_only after update on billing.payment for each row execute function audit.record_change();
create constraint trigger ledger_balances after insert or update on billing.ledger
    deferrable initially deferred for each row execute function billing.ledger_balances();
alter table app.stock disable trigger record_change;
alter table billing.payment enable always trigger always_recorded;
alter table billing.payment enable replica trigger on_replicas_only;
comment on trigger ledger_balances on billing.ledger is 'At commit: every document sums to zero';

create function app.customer_orders(customer bigint, since timestamptz default '-infinity', variadic states app.order_status[] default '{}')
    returns table (order_id bigint, ordered_at timestamptz, total numeric)
    language sql stable parallel safe rows 20
begin atomic
    select o.id, o.ordered_at, o.total
    from app.orders o
    where o.customer_id = customer and o.ordered_at >= since
        and (cardinality(states) = 0 or o.status = any (states))
    order by o.ordered_at;
end;
create function reporting.revenue(from_day date, to_day date, out orders bigint, out net numeric)
    language sql stable security definer set search_path = pg_catalog, app
begin atomic
    select count(*), coalesce(sum(o.net), 0)
    from app.orders o
    where o.ordered_at >= from_day and o.ordered_at < to_day
        and o.channel::text in ('web'::varchar, 'app'::varchar);
end;
create procedure app.close_old_carts(older_than interval default interval '30 days', inout closed integer default 0)
    language plpgsql as $$
begin
    delete from app.cart where touched_at < now() - older_than;
    get diagnostics closed = row_count;
    commit;
end
$$;
create function app."strange name: ""quoted"", 'single', $dollar$"(integer, "a name" text default 'x') returns text
    language sql as $body$ select '$$' || $2 || '$body' || $1 $body$;
create function app.old_discount(percent numeric) returns numeric language plpgsql as $$
-- Calls a function that is long gone; the server only notices when it runs.
begin
    return legacy.discount(percent);
end
$$;
comment on procedure app.close_old_carts(interval, integer) is 'Commits, so it cannot run in a transaction';

-- reporting --------------------------------------------------------------------------------------

create view reporting.open_order with (security_barrier) as
    select o.id, o.ordered_at, o.status, o.status::integer as rank, c.display_name, o.total
    from app.orders o join app.customer c on c.id = o.customer_id
    where o.status in ('new', 'paid', 'packed', 'shipped');
create recursive view reporting.category_path (id, path, depth) as
    select id, name, 1 from app.category where parent_id is null
    union all
    select c.id, p.path || ' > ' || c.name, p.depth + 1
    from app.category c join category_path p on p.id = c.parent_id;
create view reporting.cheap_product as
    select id, sku, name, price from app.product where price < 50 with local check option;
create view reporting.very_cheap_product as
    select * from reporting.cheap_product where price < 10 with cascaded check option;
create view reporting.best_customer as
    select c.id, c.display_name, count(*) as orders, sum(o.total) as total,
        rank() over (order by sum(o.total) desc, c.id) as place,
        app.last_known(o.note order by o.ordered_at) as last_note
    from app.customer c join app.orders o on o.customer_id = c.id
    where o.status <> 'cancelled' group by c.id;
create materialized view reporting.sales_by_month as
    select date_trunc('month', o.ordered_at at time zone 'UTC')::date as month, o.channel,
        count(*) as orders, sum(o.net) as net, percentile_cont(0.5) within group (order by o.net) as median_order
    from app.orders o where o.status <> 'cancelled' group by 1, 2 with no data;
create unique index sales_by_month_key on reporting.sales_by_month (month, channel);
create materialized view reporting.top_product as
    select p.id, p.name, sum(i.quantity) as sold, sum(i.amount) as net
    from app.order_item i join app.product p on p.id = i.product_id group by p.id with no data;
create materialized view reporting.top_product_of_category as
    select distinct on (p.category_id) p.category_id, t.name, t.net
    from reporting.top_product t join app.product p using (id)
    order by p.category_id, t.net desc, t.id with no data;
create materialized view reporting.never_filled as select now() as at with no data;
comment on materialized view reporting.sales_by_month is 'Refreshed every night';
comment on view reporting.open_order is E'Backslash \\ and quote '' and\ttab';
comment on column reporting.open_order.rank is 'How far it has come';

create function reporting.move_price() returns trigger language plpgsql as $$
begin
    update app.product set price = new.price where id = new.id;
    return new;
end
$$;
create view reporting.price_list as select id, sku, price from app.product;
create trigger move_price instead of update on reporting.price_list
    for each row execute function reporting.move_price();
create rule no_delete as on delete to reporting.price_list do instead nothing;
create rule new_page as on insert to reporting.cheap_product
    do instead insert into app.page (title, body) values (new.name, 'to be written');
create rule logins_stay as on delete to audit.login where (old.succeeded) do instead nothing;
comment on rule logins_stay on audit.login is 'Only failures are cleaned up';
alter table audit.login disable rule logins_stay;

-- Awkward names and values -----------------------------------------------------------------------

create table "legacy import"."select" (
    "order by" integer primary key,
    "group" text default 'it''s "quoted" \ and back',
    U&"new\000Aline" text,
    U&"tab\0009here" text,
    "%s %1$s ; -- \. $1" text,
    "größe_名前_🛒" text,
    " " text
);
create table "legacy import"."Bestellung ""alt"", Stand 'März'" (id integer, "Straße" text);
create table "legacy import".U&"name with\000Aa second line" (id serial primary key, t text);
create table "legacy import".this_name_is_exactly_sixty_three_bytes_long_as_long_as_they_get (
    this_column_is_also_exactly_sixty_three_bytes_long_just_because integer
        constraint this_constraint_name_is_exactly_sixty_three_bytes_long_as_well1 check (true)
);
create index "Index; drop table x; --" on "legacy import"."select" ("größe_名前_🛒", lower("group"));
create view "legacy import"."where" as select "order by" as "from", U&"new\000Aline" as "having" from "legacy import"."select";
comment on table "legacy import"."select" is E'$$ \\. \\N ''; drop database shop; --\nЮникод 名前 🛒';
create table "legacy import".extreme (
    id integer primary key,
    d double precision,
    r real,
    n numeric,
    t text,
    b bytea,
    day date,
    at timestamptz,
    span interval,
    r4 int4range,
    mr nummultirange,
    a integer[],
    aa text[][],
    bits bit varying(20),
    fixed bit(8),
    m money,
    j json,
    jb jsonb,
    path jsonpath,
    id16 uuid,
    net inet,
    mac macaddr8,
    lsn pg_lsn,
    rel regclass,
    c "char",
    nm name,
    pt point,
    poly polygon,
    circ circle,
    q tsquery,
    whole app.contact,
    tz timetz,
    x xid8
);

-- Publications, foreign servers, event triggers --------------------------------------------------

reset role;

-- Equality and ranges in one constraint need btree_gist, which not every server has.
do $$
begin
    if exists (select from pg_available_extensions where name = 'btree_gist') then
        create extension btree_gist with schema public;
        alter table billing.tax_rate add constraint one_rate_per_country
            exclude using gist (country with =, valid with &&);
    end if;
end
$$;

create publication shop_catalogue for table app.product, app.category with (publish = 'insert, update');
create publication shop_orders for table app.orders with (publish_via_partition_root = true);
alter publication shop_catalogue owner to shop_owner;
comment on publication shop_catalogue is 'For the search engine';
do $$
begin
    if current_setting('server_version_num')::int >= 150000 then
        create publication shop_billing for tables in schema billing;
        create publication shop_heavy for table app.product (id, sku, price) where (weight_kg > 10)
            with (publish = 'insert');
    end if;
end
$$;
alter table app.category replica identity full;
alter table app.product replica identity using index product_sku_key;

-- No handler: nothing can be read through it, but its definition and its password have to survive.
create foreign data wrapper shop_partner options (debug 'no');
create server partner_api type 'rest' version '2.1' foreign data wrapper shop_partner
    options (host 'partner.example', path '/v2/it''s');
create user mapping for shop_app server partner_api options ("user" 'blueheron', password 'partner-demo-secret');
create user mapping for public server partner_api options ("user" 'guest');
create foreign table app.partner_stock (
    sku varchar(20) options (field 'article') not null,
    quantity integer
) server partner_api options (resource 'stock');
alter server partner_api owner to shop_owner;
alter foreign table app.partner_stock owner to shop_owner;
grant usage on foreign server partner_api to shop_writer;

create function audit.record_ddl() returns event_trigger
    language plpgsql security definer set search_path = pg_catalog, audit
as $$
begin
    insert into audit.ddl (at, who, command, object)
    select clock_timestamp(), session_user, tg_tag, object_identity from pg_event_trigger_ddl_commands();
end
$$;
alter function audit.record_ddl() owner to shop_owner;
create function audit.never_called() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger shop_records_ddl on ddl_command_end
    when tag in ('CREATE TABLE', 'ALTER TABLE', 'DROP TABLE') execute function audit.record_ddl();
create event trigger shop_sleeps on sql_drop execute function audit.never_called();
alter event trigger shop_records_ddl enable always;
alter event trigger shop_sleeps disable;
comment on event trigger shop_records_ddl is 'Who changed the tables';

-- Grants -----------------------------------------------------------------------------------------

grant usage on schema app, billing, reporting to shop_reader;
grant usage, create on schema "legacy import" to shop_batch;
grant usage on schema audit to shop_auditor;
grant select on all tables in schema billing to shop_reader;
revoke select on billing.payment from shop_reader;
grant select (id, invoice, country, paid_on, amount, method) on billing.payment to shop_reader;
grant insert, update (masked_card), references (id) on billing.payment to shop_writer;
grant all on all tables in schema audit to shop_auditor;
revoke delete, truncate on audit.change, audit.login from shop_auditor;
grant usage, select on sequence billing.invoice_number to shop_writer;
grant select on sequence app.countdown to public;
grant execute on procedure app.close_old_carts(interval, integer) to shop_batch;
revoke execute on function reporting.revenue(date, date) from shop_reader;
grant usage on type app.order_status, app.address to public;
revoke usage on language plpgsql from public;
grant usage on language plpgsql to shop_owner, shop_writer with grant option;

-- Granted by somebody who is not the owner.
grant select on app.stock to shop_writer with grant option;
set role shop_writer;
grant select on app.stock to "Shop Support, 2nd level";
reset role;
