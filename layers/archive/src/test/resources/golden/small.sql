-- The database behind the archives in this folder.
CREATE TABLE plain (id int PRIMARY KEY, note text, amounts numeric[], raw bytea);
INSERT INTO plain VALUES
  (1, 'tab	new
line back\slash', '{1.5,NULL,-0}', '\x00ff0a09'),
  (2, NULL, NULL, ''),
  (3, '\.', '{}', '\x5c2e0a');
CREATE TABLE empty_one (a int);
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
CREATE SCHEMA "odd ""schema""";
CREATE TABLE "odd ""schema"""."line
break	tab" ("a, b" int, "c""d)" text DEFAULT 'é');
INSERT INTO "odd ""schema"""."line
break	tab" VALUES (1, 'one'), (2, 'zwölf');
CREATE TABLE parent (z int, a int);
CREATE TABLE child (own text) INHERITS (parent);
ALTER TABLE parent ADD COLUMN late int;
INSERT INTO child (z, a, own, late) VALUES (1, 2, 'three', 4), (NULL, NULL, '', NULL);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE moods (m mood, n int) PARTITION BY HASH (m);
CREATE TABLE moods_0 PARTITION OF moods FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE moods_1 (n int, m mood);
ALTER TABLE moods ATTACH PARTITION moods_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO moods VALUES ('sad', 1), ('ok', 2), ('happy', 3), ('sad', 4);
CREATE ROLE golden_owner;
SELECT lo_from_bytea(3000000001, '\x00010203'), lo_from_bytea(16, ''), lo_from_bytea(17, 'seventeen');
ALTER LARGE OBJECT 17 OWNER TO golden_owner;
