CREATE SCHEMA app AUTHORIZATION alice;
CREATE SCHEMA "odd schema
of two lines.and a dot";
SET search_path TO app;
SET ROLE alice;

-- Lists on varchar, wherever the server keeps an expression.
CREATE DOMAIN app.rating AS character varying CHECK (VALUE IN ('good', 'bad', 'it''s (so], so'));
CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE app.customers (
    id integer PRIMARY KEY,
    name text NOT NULL,
    email text DEFAULT 'none',
    kind varchar(10) DEFAULT 'private',
    vip boolean GENERATED ALWAYS AS (kind IN ('gold', 'platinum')) STORED,
    tags varchar(5)[] DEFAULT ARRAY['a', 'b'],
    sizes bigint[] DEFAULT ARRAY[1, 2, -3],
    CHECK (kind IN ('private', 'company', 'gold', 'platinum')),
    CHECK (kind NOT IN ('x, ]', E'\\''y')));
CREATE TABLE app.orders (
    id integer PRIMARY KEY,
    customer integer CONSTRAINT orders_customer REFERENCES app.customers (id),
    state varchar NOT NULL DEFAULT 'new',
    total numeric(10,2),
    cost numeric(10,2),
    placed timestamptz DEFAULT '2026-01-01 00:00+00',
    image bytea,
    note text,
    rating app.rating);
ALTER TABLE app.orders ALTER COLUMN state SET STATISTICS 500;
CREATE INDEX orders_open ON app.orders (customer) WHERE state IN ('new', 'paid');
CREATE INDEX orders_is_open ON app.orders ((state IN ('new', 'paid')));
CREATE VIEW app.open_orders AS SELECT * FROM app.orders WHERE state IN ('new', 'paid');
CREATE MATERIALIZED VIEW app.closed_orders AS SELECT id FROM app.orders WHERE state IN ('sent', 'lost');
CREATE POLICY own_orders ON app.orders AS RESTRICTIVE USING (state IN ('new', 'paid'));
CREATE TRIGGER orders_note BEFORE UPDATE ON app.orders FOR EACH ROW
    WHEN (NEW.state IN ('new', 'paid')) EXECUTE FUNCTION app.note();
CREATE STATISTICS app.orders_states ON (state IN ('new', 'paid')), (state || 'x' IN ('newx', 'paidx')), id FROM app.orders;
CREATE STATISTICS app.orders_notes ON (note LIKE ANY (ARRAY[state, state || note])), id FROM app.orders;
CREATE FUNCTION app.is_open(s varchar) RETURNS boolean LANGUAGE sql BEGIN ATOMIC
    SELECT s IN ('new', 'paid') OR EXISTS (SELECT 1 FROM app.orders o WHERE o.state IN ('a', 'b')); END;
CREATE FUNCTION app.total(a integer) RETURNS integer LANGUAGE sql AS $f$ SELECT a + 1 -- (ARRAY['x'])::text[]
$f$;
CREATE TABLE app.parted (state varchar, id integer) PARTITION BY LIST ((state IN ('new', 'paid')));
CREATE TABLE app.parted_open PARTITION OF app.parted FOR VALUES IN (true);
CREATE TABLE app.parted_rest PARTITION OF app.parted DEFAULT;
CREATE RULE no_delete AS ON DELETE TO app.customers WHERE OLD.kind IN ('gold', 'platinum') DO INSTEAD NOTHING;

-- Columns without a name: in subqueries the server gives them one when it reads its own words.
CREATE VIEW app.in_arms AS
    SELECT id, 'a' AS kind, total FROM app.orders UNION ALL SELECT id, 'b', -1 FROM app.customers UNION ALL SELECT NULL::integer, NULL, 1;
CREATE VIEW app.in_exists AS SELECT id FROM app.orders o
    WHERE EXISTS (SELECT 'x' FROM app.customers c WHERE c.id = o.customer) AND o.note IN (SELECT NULL);
CREATE VIEW app.in_set_operation AS
    SELECT id, (SELECT NULL::timestamptz) AS at, ARRAY(SELECT 'a'::varchar) AS list FROM app.orders
    WHERE id IN (SELECT 1 UNION (SELECT NULL EXCEPT SELECT -1)) OR total IN (SELECT 1 UNION SELECT NULL);

-- A column that came to the parent after the child.
CREATE TABLE app.animals (id integer, name text);
CREATE TABLE app.dogs (barks boolean NOT NULL DEFAULT true, weight numeric(5,2), CHECK (weight > 0)) INHERITS (app.animals);
CREATE TABLE app.puppies (age integer DEFAULT 0) INHERITS (app.dogs);
ALTER TABLE app.animals ADD COLUMN legs integer DEFAULT 4, ADD COLUMN "a, b" text;
ALTER TABLE app.dogs ALTER COLUMN weight SET STATISTICS 7, ALTER COLUMN name SET NOT NULL, ALTER COLUMN legs SET STATISTICS 9;
INSERT INTO app.animals VALUES (1, 'cat', 4, 'x');
INSERT INTO app.dogs (id, name, weight, legs) SELECT i, 'dog ' || i, i, 4 FROM generate_series(1, 20) i;
INSERT INTO app.puppies (id, name, weight, age, "a, b") SELECT i, 'puppy' || i, 1, i, E'\t' FROM generate_series(1, 5) i;

-- Hash partitions on an enum: the hash is that of the value's oid.
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy', 'odd');
CREATE TABLE app.moods (mood app.mood, n integer) PARTITION BY HASH (mood);
CREATE TABLE app.moods_0 PARTITION OF app.moods FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE app.moods_1 PARTITION OF app.moods FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE app.moods_2 (n integer, mood app.mood);
ALTER TABLE app.moods ATTACH PARTITION app.moods_2 FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO app.moods SELECT m, i FROM unnest(enum_range(NULL::app.mood)) m, generate_series(1, 5) i;

-- Names that are not unique, and odd ones.
CREATE FUNCTION app.same(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2';
CREATE FUNCTION app.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2';
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = integer, RIGHTARG = integer);
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = text, RIGHTARG = text);
RESET ROLE;
CREATE TABLE "odd schema
of two lines.and a dot"."table ""with"" a
line, a 'quote' and	a tab" ("a column
(of two lines)" text DEFAULT 'INHERITS (', " " integer);
INSERT INTO "odd schema
of two lines.and a dot"."table ""with"" a
line, a 'quote' and	a tab" VALUES (E'\\.', 1), (E'a\nb', NULL);
CREATE POLICY "p q" ON "odd schema
of two lines.and a dot"."table ""with"" a
line, a 'quote' and	a tab" USING (true);
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing OPTIONS (host 'h', password 'server-secret');
CREATE USER MAPPING FOR alice SERVER elsewhere OPTIONS (password 'mapping-secret');
CREATE FOREIGN TABLE app.far (id integer) SERVER elsewhere;
CREATE TABLE app.placed_fast (id integer) TABLESPACE fast;
CREATE TABLE app.no_columns ();
INSERT INTO app.no_columns DEFAULT VALUES;
CREATE UNLOGGED TABLE app.scratch (x float8);
INSERT INTO app.scratch VALUES ('NaN'), ('-0'), ('infinity'), (5e-324);
CREATE SEQUENCE app.numbers START 5;
SELECT setval('app.numbers', 41);
CREATE SEQUENCE app.unused;

-- Privileges.
SET ROLE alice;
GRANT SELECT ON app.orders TO reader, bob WITH GRANT OPTION;
GRANT USAGE ON SCHEMA app TO reader, bob;
GRANT UPDATE (total) ON app.orders TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO reader;
RESET ROLE;
SET ROLE bob;
GRANT SELECT ON app.orders TO "Odd; role";
RESET ROLE;
ALTER DEFAULT PRIVILEGES FOR ROLE bob IN SCHEMA app GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE bob REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE app.orders IS 'what was ordered';
COMMENT ON COLUMN app.orders.total IS 'with tax';

-- Large objects.
SELECT lo_from_bytea(90001, 'hello'), lo_from_bytea(90002, 'world'), lo_create(90003),
       lo_from_bytea(3000000001, 'high');
ALTER LARGE OBJECT 90002 OWNER TO alice;
GRANT SELECT ON LARGE OBJECT 90002 TO reader;
GRANT SELECT ON LARGE OBJECT 90001 TO reader;
COMMENT ON LARGE OBJECT 90001 IS 'a greeting';

INSERT INTO app.customers (id, name, email, kind) SELECT i, 'customer ' || i, NULL, 'gold' FROM generate_series(1, 20) i;
INSERT INTO app.orders (id, customer, state, total, cost, placed, image, note, rating)
    SELECT i, 1 + i % 20, 'new', i, i + 0.5, '2026-03-29 00:30+00'::timestamptz + i * interval '1 h', decode('00ff0a5c', 'hex'), NULL, 'good'
    FROM generate_series(1, 200) i;
INSERT INTO app.parted SELECT CASE WHEN i % 2 = 0 THEN 'new' ELSE 'old' END, i FROM generate_series(1, 9) i;
CREATE TABLE app.copies AS SELECT id, note FROM app.orders;
REFRESH MATERIALIZED VIEW app.closed_orders;
