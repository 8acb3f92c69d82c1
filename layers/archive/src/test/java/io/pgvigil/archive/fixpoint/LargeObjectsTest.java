package io.pgvigil.archive.fixpoint;

import static io.pgvigil.archive.fixpoint.ArchiveSketch.archive;
import static io.pgvigil.archive.fixpoint.ArchiveSketch.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.archive.fixpoint.ArchiveSketch.Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LargeObjectsTest {

    @Test
    void missing_added_and_changed_objects_are_named_by_their_oid() {
        var one =
                archive()
                        .largeObject(1, "alice", 10, 1)
                        .largeObject(2, "alice", 10, 2)
                        .largeObject(3, "alice", 10, 3)
                        .largeObject(4, "alice", 10, 4);
        var two =
                archive()
                        .largeObject(2, "alice", 11, 2)
                        .largeObject(3, "alice", 10, 33)
                        .largeObject(4, "bob", 10, 4)
                        .largeObject(3_000_000_001L, "alice", 0, 0);

        assertThat(lines(one, two))
                .containsExactly(
                        "LARGE OBJECT 1: missing",
                        "LARGE OBJECT 2: 10 bytes became 11",
                        "LARGE OBJECT 3: as many bytes (10), but not the same",
                        "LARGE OBJECT 4: owner 'alice' became 'bob'",
                        "LARGE OBJECT 3000000001: added");
    }

    @Test
    void an_object_that_changed_hands_is_named_and_not_the_groups_it_left_and_joined() {
        var one =
                objects()
                        .with(group("alice", 1, 2, 3), grant("LARGE OBJECTS 1..3", 1, "reader"))
                        .with(group("bob", 4, 5), blobs());
        var two =
                objects()
                        .with(group("alice", 1, 3), grant("LARGE OBJECTS 1..3", 1, "reader"))
                        .with(group("bob", 2, 4, 5), blobs());

        assertThat(lines(one, two))
                .containsExactly(
                        "LARGE OBJECT 2: owner 'alice' became 'bob'",
                        "LARGE OBJECT 2: privileges 'GRANT SELECT ON LARGE OBJECT … TO reader;\\n' became ''");
    }

    @Test
    void the_first_object_of_a_group_may_leave_it_without_disturbing_the_others() {
        var one =
                objects()
                        .with(
                                group("alice", 1, 2, 3, 4, 5),
                                grant("LARGE OBJECTS 1..5", 1, "reader"),
                                blobs());
        var two =
                objects()
                        .with(
                                group("alice", 2, 3, 4, 5),
                                grant("LARGE OBJECTS 2..5", 2, "reader"),
                                blobs())
                        .with(group("alice", 1));

        assertThat(lines(one, two))
                .singleElement()
                .asString()
                .startsWith("LARGE OBJECT 1: privileges ");
    }

    @Test
    void a_group_per_thousand_and_groups_of_one_say_the_same() {
        var one =
                objects()
                        .with(
                                group("alice", 1, 2, 3, 4, 5),
                                grant("LARGE OBJECTS 1..5", 1, "reader"),
                                blobs());
        var two =
                objects()
                        .with(
                                group("alice", 1, 2),
                                grant("LARGE OBJECTS 1..2", 1, "reader"),
                                blobs())
                        .with(
                                group("alice", 3, 4),
                                grant("LARGE OBJECTS 3..4", 3, "reader"),
                                blobs())
                        .with(group("alice", 5), grant("LARGE OBJECT 5", 5, "reader"), blobs());

        assertThat(lines(one, two)).isEmpty();
    }

    @Test
    void entries_of_single_objects_are_compared_the_same_way() {
        var blob = entry("BLOB", "1").noSchema().sql("SELECT pg_catalog.lo_create('1');\n");
        var one =
                archive()
                        .with(blob, grant("LARGE OBJECT 1", 1, "reader"), blobs())
                        .largeObject(1, "alice", 1, 1);
        var two = archive().with(blob, blobs()).largeObject(1, "alice", 1, 1);

        assertThat(lines(one, one)).isEmpty();
        assertThat(lines(one, two))
                .singleElement()
                .asString()
                .startsWith("LARGE OBJECT 1: privileges ");
    }

    @Test
    void the_comment_on_a_large_object_is_an_entry_like_any_other() {
        var one = objects().with(entry("COMMENT", "LARGE OBJECT 1").noSchema().sql("COMMENT …"));

        assertThat(lines(one, objects())).containsExactly("COMMENT LARGE OBJECT 1: missing");
    }

    @Test
    void an_object_whose_bytes_nobody_read_is_never_equal() {
        var sketch = archive().with(group("alice", 1), blobs());

        assertThat(lines(sketch, sketch))
                .containsExactly(
                        "LARGE OBJECT 1: the data in the original archive was not read",
                        "LARGE OBJECT 1: the data in the second archive was not read");
    }

    private static ArchiveSketch objects() {
        var sketch = archive();
        for (var oid = 1; oid <= 5; oid++) sketch.largeObject(oid, "", 1, oid);
        return sketch;
    }

    private static Entry group(String owner, long... oids) {
        var lines = new StringBuilder();
        for (var oid : oids) lines.append(oid).append('\n');
        return entry("BLOB METADATA", oids[0] + ".." + oids[oids.length - 1])
                .noSchema()
                .owner(owner)
                .sql(lines.toString());
    }

    private static Entry blobs() {
        return entry("BLOBS", "BLOBS").noSchema().hadData();
    }

    private static Entry grant(String tag, long oid, String role) {
        return entry("ACL", tag)
                .noSchema()
                .sql("GRANT SELECT ON LARGE OBJECT " + oid + " TO " + role + ";\n");
    }

    private static List<String> lines(ArchiveSketch one, ArchiveSketch two) {
        return Fixpoint.compare(one.facts(), two.facts()).differences().stream()
                .map(Difference::line)
                .toList();
    }
}
