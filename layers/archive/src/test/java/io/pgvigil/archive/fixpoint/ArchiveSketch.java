package io.pgvigil.archive.fixpoint;

import io.pgvigil.archive.ArchiveHeader;
import io.pgvigil.archive.ArchiveVersion;
import io.pgvigil.archive.TocEntry;
import io.pgvigil.archive.TocEntry.Section;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.Fingerprint;
import io.pgvigil.archive.facts.LargeObjectFacts;
import io.pgvigil.archive.facts.TableFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An archive's facts, sketched entry by entry; everything in schema `app`, owned by `alice`.
final class ArchiveSketch {
    private String database = "shop";
    private String server = "15.20 (Debian 15.20-0+deb12u1)";
    private String tool = "15.20 (Debian 15.20-0+deb12u1)";
    private ArchiveVersion version = new ArchiveVersion(1, 14, 0);
    private String createdLocal = "2026-11-22T02:30:00";
    private final List<TocEntry> entries = new ArrayList<>();
    private final List<TableFacts> tables = new ArrayList<>();
    private final List<LargeObjectFacts> largeObjects = new ArrayList<>();
    private int nextId = 1;

    static ArchiveSketch archive() {
        return new ArchiveSketch();
    }

    ArchiveSketch database(String name) {
        database = name;
        return this;
    }

    ArchiveSketch versions(String server, String tool) {
        this.server = server;
        this.tool = tool;
        return this;
    }

    ArchiveSketch format(int minor) {
        version = new ArchiveVersion(1, minor, 0);
        return this;
    }

    ArchiveSketch createdAt(String local) {
        createdLocal = local;
        return this;
    }

    ArchiveSketch startingWithId(int id) {
        nextId = id;
        return this;
    }

    static Entry entry(String desc, String tag) {
        return new Entry(desc, tag);
    }

    static Entry table(String name, String body) {
        return entry("TABLE", name).sql("CREATE TABLE app." + name + " " + body + ";\n");
    }

    ArchiveSketch with(Entry... several) {
        for (var entry : several) entries.add(entry.build(nextId++));
        return this;
    }

    ArchiveSketch data(String table, long rows, long fingerprint) {
        return block(table, "app." + table, false, false, List.of("id", "name"), rows, fingerprint);
    }

    /// A child of an inheriting table: fields sorted before hashing.
    ArchiveSketch childData(String table, List<String> columns, long rows, long fingerprint) {
        return block(table, "app." + table, false, true, columns, rows, fingerprint);
    }

    ArchiveSketch partData(String leaf, String root, long rows, long fingerprint) {
        return block(leaf, root, true, true, List.of("id", "name"), rows, fingerprint);
    }

    private ArchiveSketch block(
            String table,
            String target,
            boolean viaRoot,
            boolean sorted,
            List<String> columns,
            long rows,
            long fingerprint) {
        var id = nextId;
        var entry = entry("TABLE DATA", table).hadData();
        entry.copy = "COPY " + target + " (" + String.join(", ", columns) + ") FROM stdin;\n";
        entry.sql(viaRoot ? "-- load via partition root " + target : "");
        with(entry);
        tables.add(
                new TableFacts(
                        id,
                        "app",
                        table,
                        target,
                        viaRoot,
                        columns,
                        sorted,
                        rows,
                        rows * 10,
                        new Fingerprint(0, fingerprint)));
        return this;
    }

    ArchiveSketch largeObject(long oid, String owner, long size, long fingerprint) {
        largeObjects.add(new LargeObjectFacts(oid, owner, size, new Fingerprint(0, fingerprint)));
        return this;
    }

    ArchiveFacts facts() {
        return new ArchiveFacts(
                new ArchiveHeader(version, 4, 8, "none", createdLocal, database, server, tool),
                nextId * 1000L,
                entries,
                tables,
                largeObjects,
                List.of());
    }

    static final class Entry {
        private final String desc;
        private final String tag;
        private String owner = "alice";
        private String sql = "";
        private String drop = "";
        private String copy = "";
        private String relkind = "";
        private Optional<String> namespace = Optional.of("app");
        private Optional<String> tablespace = Optional.empty();
        private Optional<String> accessMethod = Optional.empty();
        private List<Integer> dependencies = List.of();
        private Optional<Long> offset = Optional.empty();
        private boolean data;

        private Entry(String desc, String tag) {
            this.desc = desc;
            this.tag = tag;
        }

        Entry sql(String text) {
            sql = text;
            return this;
        }

        Entry drop(String text) {
            drop = text;
            return this;
        }

        Entry owner(String name) {
            owner = name;
            return this;
        }

        Entry relkind(String letter) {
            relkind = letter;
            return this;
        }

        Entry noSchema() {
            namespace = Optional.empty();
            return this;
        }

        Entry tablespace(String name) {
            tablespace = Optional.of(name);
            return this;
        }

        Entry accessMethod(String name) {
            accessMethod = Optional.of(name);
            return this;
        }

        Entry dependsOn(Integer... ids) {
            dependencies = List.of(ids);
            return this;
        }

        Entry offset(long position) {
            offset = Optional.of(position);
            return this;
        }

        Entry hadData() {
            data = true;
            return this;
        }

        private TocEntry build(int id) {
            return new TocEntry(
                    id,
                    data,
                    "1259",
                    Integer.toString(16384 + id),
                    tag,
                    desc,
                    desc.equals("TABLE DATA") ? Section.DATA : Section.PRE_DATA,
                    sql,
                    drop,
                    copy,
                    namespace,
                    tablespace,
                    accessMethod,
                    relkind,
                    owner,
                    dependencies,
                    offset);
        }
    }
}
