package io.pgvigil.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.Sha256;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.drill.InstanceRecord;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.TaskReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Stored documents keep their meaning: what was written once is read for ever.
final class DocumentsTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");

    static Stream<Arguments> documents() {
        var manifest = Samples.manifest("app", NOON, "12345678");
        var failure = new Failure("PGV-2001", "no answer from db.example:5432", "Try again.", true);
        var drillOrder =
                new Order.Drill(
                        Samples.ORDERS,
                        new DatabaseName("app"),
                        manifest.backup(),
                        2,
                        List.of(new Check("fresh", "select max(at) > now() - interval '1 day'")),
                        List.of(
                                new Acceptance(
                                        "TABLE audit.*", "known", LocalDate.of(2026, 12, 31))));
        var drillInRds =
                new Order.Drill(
                        Samples.ORDERS,
                        new DatabaseName("app"),
                        manifest.backup(),
                        2,
                        List.of(),
                        List.of(),
                        Optional.of(
                                new RdsPlacement(
                                        "drills",
                                        List.of("sg-0a1b2c3d"),
                                        "db.t4g.large",
                                        Optional.empty(),
                                        Optional.of("alias/drills"),
                                        Duration.ofHours(12))));
        var instance =
                InstanceRecord.planned(
                                new RunId("20261122T120000Z-verify-0a1b2c3d4e"),
                                "pgvigil",
                                "pgvigil-1f0c9a77-20261122t120000z-verify-0a1b2c3d4e",
                                NOON,
                                NOON.plusSeconds(43_200))
                        .gone(NOON.plusSeconds(60));
        var restoreOrder =
                new Order.Restore(
                        Samples.ORDERS,
                        new DatabaseName("app"),
                        manifest.backup(),
                        Samples.order().connection(),
                        new DatabaseName("copy"),
                        List.of(),
                        List.of("public.orders"),
                        2,
                        true,
                        false,
                        false,
                        true,
                        Optional.empty());
        var seconds = new LinkedHashMap<String, Double>();
        seconds.put("fetch", 1.5);
        seconds.put("recovery", 2.25);
        return Stream.of(
                arguments("manifest-v1-excluded-data-older-tool.json", manifest),
                arguments("harvest-v1-gap-behind-a-lost-slot.json", Samples.harvest(NOON)),
                arguments(
                        "run-v1-asked-for-a-harvest.json",
                        Run.asked(
                                new RunId("20261122T120000Z-wal-0a1b2c3d4e"),
                                new Order.Harvest(
                                        Samples.ORDERS,
                                        Samples.order().connection(),
                                        "pgvigil_orders_prod",
                                        3,
                                        java.time.Duration.ofHours(6),
                                        false),
                                NOON)),
                arguments(
                        "run-v1-asked-for-a-data-folder.json",
                        Run.asked(
                                new RunId("20261122T120000Z-restore-0a1b2c3d4e"),
                                new Order.Recover(
                                        Samples.ORDERS,
                                        Samples.physical(NOON).backup(),
                                        "/data/rescued",
                                        Map.of("fast", "/mnt/fast"),
                                        4,
                                        false),
                                NOON)),
                arguments("manifest-v1-physical-one-tablespace.json", Samples.physical(NOON)),
                arguments(
                        "run-v1-asked-for-a-physical-backup.json",
                        Run.asked(
                                Samples.RUN,
                                new Order.Physical(
                                        Samples.ORDERS,
                                        Samples.order().connection(),
                                        3,
                                        java.time.Duration.ofHours(6)),
                                NOON)),
                arguments(
                        "run-v1-asked-for-two-databases.json",
                        Run.asked(Samples.RUN, Samples.order(), NOON)),
                arguments(
                        "run-v1-drill-failed.json",
                        Run.asked(new RunId("20261122T120000Z-verify-0a1b2c3d4e"), drillOrder, NOON)
                                .started("pid-7@host")
                                .ended(RunState.FAILED, NOON, Optional.of(failure))),
                arguments(
                        "run-v1-drill-in-rds.json",
                        Run.asked(
                                new RunId("20261122T120000Z-verify-0a1b2c3d4e"), drillInRds, NOON)),
                arguments("instance-v1-deleted.json", instance),
                arguments(
                        "run-v1-restore-of-one-table-started.json",
                        Run.asked(
                                        new RunId("20261122T120000Z-restore-0a1b2c3d4e"),
                                        restoreOrder,
                                        NOON)
                                .started("arn:aws:ecs:eu-west-1:0:task/c/1")),
                arguments(
                        "report-v1-one-backup-one-failure.json",
                        new TaskReport(
                                TaskReport.FORMAT,
                                Samples.RUN,
                                List.of(
                                        new TaskReport.Result(
                                                new DatabaseName("app"),
                                                manifest.backup(),
                                                Optional.of(manifest),
                                                Optional.empty(),
                                                Optional.empty()),
                                        new TaskReport.Result(
                                                new DatabaseName("other"),
                                                manifest.backup(),
                                                Optional.empty(),
                                                Optional.empty(),
                                                Optional.of(failure))),
                                Optional.empty())),
                arguments(
                        "lease-v1-held.json",
                        new Lease(Lease.FORMAT, Samples.RUN, "host", 4711, NOON, false)),
                arguments(
                        "drill-v1-proven-except.json",
                        new Drill(
                                Drill.FORMAT,
                                new RunId("20261122T120000Z-verify-0a1b2c3d4e"),
                                manifest.backup(),
                                Samples.ORDERS,
                                new DatabaseName("app"),
                                DrillVerdict.PROVEN_EXCEPT,
                                NOON,
                                NOON.plusSeconds(9),
                                List.of(),
                                List.of(),
                                List.of("TABLE audit.raw: differs; known"),
                                List.of("VIEW v: parentheses"),
                                List.of("role postgres: not restored"),
                                List.of("error: x"),
                                List.of(new Drill.CheckResult("fresh", true, "true")),
                                Map.of("tables", 7L),
                                seconds,
                                "a temporary instance")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("documents")
    void a_document_is_written_as_it_always_was_and_read_back_the_same(
            String golden, Object document) throws IOException {
        var expected = golden(golden);

        var written =
                document instanceof io.pgvigil.core.backup.Manifest manifest
                        ? Manifests.bytes(manifest)
                        : Json.bytes(document);

        assertThat(new String(written, StandardCharsets.UTF_8) + "\n").isEqualTo(expected);
        assertThat(
                        Json.read(
                                expected.getBytes(StandardCharsets.UTF_8),
                                document.getClass(),
                                golden))
                .isEqualTo(document);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("documents")
    void what_a_newer_version_added_is_ignored(String golden, Object document) throws IOException {
        var tree =
                (ObjectNode) Json.readTree(golden(golden).getBytes(StandardCharsets.UTF_8), golden);
        tree.put("inventedLater", 5);
        tree.putObject("alsoLater").put("deep", true);

        assertThat(Json.read(tree, document.getClass(), golden)).isEqualTo(document);
    }

    @Test
    void a_manifest_with_members_of_a_newer_version_is_believed_when_its_seal_covers_them() {
        var manifest = Samples.manifest("app", NOON, "12345678");
        var tree = (ObjectNode) Json.tree(manifest);
        tree.put("inventedLater", 5);
        tree.put("seal", Sha256.hex(Json.compactBytes(tree)));

        var read = Manifests.read(Samples.document(manifest, Json.bytes(tree)));

        assertThat(read).isEqualTo(manifest);
    }

    @Test
    void a_manifest_of_a_newer_format_is_refused_by_name() {
        var manifest = Samples.manifest("app", NOON, "12345678");
        var newer =
                new String(Manifests.bytes(manifest), StandardCharsets.UTF_8)
                        .replace("\"format\" : 1", "\"format\" : 2")
                        .getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> Manifests.read(Samples.document(manifest, newer)))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.code()).isEqualTo(ErrorCode.DOCUMENT_TOO_NEW));
    }

    @Test
    void every_bit_of_a_manifest_counts() {
        var manifest = Samples.manifest("app", NOON, "12345678");
        var whole = Manifests.bytes(manifest);
        var believed = 0;

        for (var position = 0; position < whole.length; position++)
            for (var bit = 0; bit < 8; bit++) {
                var changed = whole.clone();
                changed[position] ^= (byte) (1 << bit);
                try {
                    Manifests.read(Samples.document(manifest, changed));
                    believed++;
                } catch (Problem damaged) {
                    assertThat(damaged.code())
                            .isIn(
                                    ErrorCode.OBJECT_DAMAGED,
                                    ErrorCode.DOCUMENT_INVALID,
                                    ErrorCode.DOCUMENT_TOO_NEW);
                }
            }

        assertThat(believed).as("changes that went unnoticed").isZero();
    }

    @Test
    void what_is_cut_off_or_added_behind_a_manifest_is_noticed() {
        var manifest = Samples.manifest("app", NOON, "12345678");
        var whole = Manifests.bytes(manifest);

        for (var length = 0; length < whole.length; length++) {
            var cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Manifests.read(Samples.document(manifest, cut)))
                    .isInstanceOf(Problem.class);
        }
        var longer =
                (new String(whole, StandardCharsets.UTF_8) + "{}").getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> Manifests.read(Samples.document(manifest, longer)))
                .isInstanceOf(Problem.class);
    }

    @Test
    void a_sound_manifest_in_the_place_of_another_is_not_believed() {
        var manifest = Samples.manifest("app", NOON, "12345678");
        var other = Samples.manifest("app", NOON, "87654321");

        assertThatThrownBy(() -> Manifests.read(Samples.document(other, Manifests.bytes(manifest))))
                .hasMessageContaining(manifest.backup().value());
    }

    @Test
    void a_physical_manifest_without_the_wal_it_needs_is_not_read() {
        var whole = new String(Manifests.bytes(Samples.physical(NOON)), StandardCharsets.UTF_8);
        var tree = (ObjectNode) Json.readTree(whole.getBytes(StandardCharsets.UTF_8), "test");
        tree.remove("seal");
        ((com.fasterxml.jackson.databind.node.ArrayNode) tree.at("/physical/segments")).remove(1);

        assertThatThrownBy(() ->
                        Json.read(tree, io.pgvigil.core.backup.Manifest.class, "the manifest"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("000000010000001600000003");
    }

    private static String golden(String name) throws IOException {
        try (var in = DocumentsTest.class.getResourceAsStream("/golden/" + name)) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
