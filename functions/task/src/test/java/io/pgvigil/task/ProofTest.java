package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.archive.ArchiveInput;
import io.pgvigil.archive.facts.ArchiveFacts;
import io.pgvigil.archive.facts.ArchiveTap;
import io.pgvigil.archive.fixpoint.Fixpoint;
import io.pgvigil.archive.fixpoint.Outcome;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.postgres.Tools;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A backup that cannot be restored to the same database is never called proven.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ProofTest {
    private static final List<Check> NO_CHECKS = List.of();
    private static final List<Acceptance> NOTHING_ACCEPTED = List.of();
    private static final Random RANDOM = new Random(7);

    private static TestServer server;
    private static Attempts attempts;
    private static Path store;
    private static Manifest good;
    private static Manifest other;

    @TempDir static Path shared;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.sql("postgres", "create role clerk login password 'a secret of the clerk'");
        server.sql("postgres", "create database shop");
        server.sql(
                "shop",
                """
                create table customers (id int primary key, name text not null);
                insert into customers select id, md5(id::text) from generate_series(1, 5000) id;
                create table orders (id int primary key, customer int references customers);
                insert into orders select id, 1 + id % 5000 from generate_series(1, 9000) id;
                create index on orders (customer);
                create view busy as select customer, count(*) from orders group by 1;
                grant select on orders to clerk;
                select lo_from_bytea(0, decode(repeat('c0ffee', 20000), 'hex'));
                """);
        store = shared.resolve("store");
        attempts = new Attempts(open(), server, "shop");
        other = attempts.requireNextRunWorks();
        // Every object of the two differs.
        server.sql("postgres", "create role auditor");
        server.sql("shop", "insert into customers values (5001, 'new')");
        good = attempts.requireNextRunWorks();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ObjectStore open() {
        return new DirectoryStore(new StoreUri.Directory(store));
    }

    @Test
    void a_good_backup_is_proven_and_what_was_compared_is_counted() {
        var drill = attempts.drill(good.backup(), NO_CHECKS, NOTHING_ACCEPTED);

        assertThat(drill.verdict()).as("%s", drill).isEqualTo(DrillVerdict.PROVEN);
        assertThat(drill.reasons()).isEmpty();
        assertThat(drill.equal())
                .containsEntry("tables", 2L)
                .containsEntry("rows", 14_001L)
                .containsEntry("large objects", 1L);
    }

    static Stream<String> roles() {
        return Stream.of("data", "globals", "facts", "log");
    }

    @ParameterizedTest
    @MethodSource("roles")
    void a_flipped_bit_anywhere_in_an_object_is_found_and_the_object_is_named(String role)
            throws IOException {
        var file = file(good, role);
        var whole = Files.readAllBytes(file);
        try {
            for (var position : positions(whole.length)) {
                var changed = whole.clone();
                changed[position] ^= (byte) (1 << RANDOM.nextInt(8));
                Files.write(file, changed);

                requireNotProven(drilled(), role);
            }
        } finally {
            Files.write(file, whole);
        }
    }

    @Test
    void a_flipped_bit_anywhere_in_the_manifest_is_found() throws IOException {
        var file = manifestFile(good);
        var whole = Files.readAllBytes(file);
        try {
            for (var position : positions(whole.length)) {
                var changed = whole.clone();
                changed[position] ^= (byte) (1 << RANDOM.nextInt(8));
                Files.write(file, changed);

                requireNotLooked(position);
            }
        } finally {
            Files.write(file, whole);
        }
    }

    @Test
    void a_manifest_that_was_edited_is_not_believed() throws IOException {
        var file = manifestFile(good);
        var whole = Files.readString(file);
        try {
            for (var edit :
                    Map.of(
                                    "\"rows\" : 14001", "\"rows\" : 14002",
                                    "\"format\" : 1", "\"format\" : 0",
                                    "\"restoreWith\"", "\"added\" : true, \"restoreWith\"")
                            .entrySet()) {
                assertThat(whole).contains(edit.getKey());
                Files.writeString(file, whole.replace(edit.getKey(), edit.getValue()));

                requireNotLooked(0);
            }
        } finally {
            Files.writeString(file, whole);
        }
    }

    @Test
    void the_manifest_of_another_backup_proves_nothing() throws IOException {
        var file = manifestFile(good);
        var whole = Files.readAllBytes(file);
        try {
            Files.copy(manifestFile(other), file, StandardCopyOption.REPLACE_EXISTING);

            requireNotLooked(0);
            assertThat(attempts.listed())
                    .extracting(Manifest::backup)
                    .containsOnlyOnce(other.backup());
        } finally {
            Files.write(file, whole);
        }
    }

    @ParameterizedTest
    @MethodSource("roles")
    void a_missing_object_is_named(String role) throws IOException {
        var file = file(good, role);
        var whole = Files.readAllBytes(file);
        try {
            Files.delete(file);

            requireNotProven(drilled(), role);
        } finally {
            Files.write(file, whole);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 0.999})
    void a_truncated_object_is_named(double part) throws IOException {
        var file = file(good, "data");
        var whole = Files.readAllBytes(file);
        try {
            Files.write(file, java.util.Arrays.copyOf(whole, (int) (whole.length * part)));

            requireNotProven(drilled(), "data");
        } finally {
            Files.write(file, whole);
        }
    }

    @ParameterizedTest
    @MethodSource("roles")
    void an_object_of_another_backup_is_named(String role) throws IOException {
        var file = file(good, role);
        var whole = Files.readAllBytes(file);
        try {
            Files.copy(file(other, role), file, StandardCopyOption.REPLACE_EXISTING);

            requireNotProven(drilled(), role);
        } finally {
            Files.write(file, whole);
        }
    }

    @Test
    void a_backup_that_retention_is_deleting_is_not_read() {
        var mark = Layout.deleting(Attempts.SERVER, good.database(), good.backup());
        open().put(mark, new byte[] {'{', '}'});
        try {
            var closed =
                    attempts.closed(
                            attempts.healthy(),
                            new Order.Drill(
                                    Attempts.SERVER,
                                    good.database(),
                                    good.backup(),
                                    1,
                                    NO_CHECKS,
                                    NOTHING_ACCEPTED));

            assertThat(closed.why().orElseThrow().code())
                    .isEqualTo(ErrorCode.BACKUP_BEING_DELETED.id());
        } finally {
            open().delete(mark);
        }
    }

    @Test
    void part_of_a_database_is_never_proven() {
        var selection =
                new Selection(
                        List.of(), List.of(), List.of("public.customers"), List.of(), List.of());
        var closed = attempts.backup(attempts.healthy(), selection);
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        var part = closed.outcomes().getFirst().backup();

        var drill = attempts.drill(part, NO_CHECKS, NOTHING_ACCEPTED);

        assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(drill.reasons()).anyMatch(reason -> reason.contains("selection"));
        // What is there is still compared.
        assertThat(drill.equal()).as("%s", drill).containsEntry("tables", 1L);
    }

    @Test
    void every_question_of_the_owner_is_answered_and_one_no_is_enough() {
        var checks =
                List.of(
                        new Check("yes", "select count(*) = 5001 from customers"),
                        new Check("no", "select count(*) > 1000000 from orders"),
                        new Check("broken", "select * from nowhere"),
                        new Check("silent", "select true where false"),
                        new Check("null", "select null::boolean"),
                        new Check("number", "select 1"),
                        new Check("writes", "delete from orders returning true"),
                        new Check("yes again", "select exists (select from busy)"));

        var drill = attempts.drill(good.backup(), checks, NOTHING_ACCEPTED);

        assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(drill.reasons()).containsExactly("6 of 8 checks do not hold");
        assertThat(drill.checks())
                .filteredOn(Drill.CheckResult::passed)
                .extracting(Drill.CheckResult::name)
                .containsExactly("yes", "yes again");
    }

    @Test
    void a_database_that_does_not_restore_is_not_proven_and_only_accepted_by_name_and_date()
            throws IOException {
        server.sql("postgres", "create database frail");
        server.sql(
                "frail",
                """
                create table known (id int primary key);
                insert into known values (1);
                create function is_known(int) returns boolean language sql
                    as 'select exists (select from known where id = $1)';
                create table trusting (id int check (is_known(id)));
                insert into trusting values (1);
                """);
        var frail = new Attempts(open(), server, "frail");
        var backup = frail.requireNextRunWorks().backup();
        var today = LocalDate.now(ZoneOffset.UTC);

        var unaccepted = frail.drill(backup, NO_CHECKS, NOTHING_ACCEPTED);
        var accepted = frail.drill(backup, NO_CHECKS, List.of(acceptance(today)));
        var late = frail.drill(backup, NO_CHECKS, List.of(acceptance(today.minusDays(1))));

        assertThat(unaccepted.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(unaccepted.differences())
                .isNotEmpty()
                .allMatch(line -> line.contains("trusting"));
        assertThat(unaccepted.restoreErrors()).anyMatch(line -> line.contains("known"));
        assertThat(accepted.verdict()).as("%s", accepted).isEqualTo(DrillVerdict.PROVEN_EXCEPT);
        assertThat(accepted.accepted()).allMatch(line -> line.contains("we know"));
        assertThat(late.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(late.reasons()).anyMatch(reason -> reason.contains("expired"));
    }

    private static Acceptance acceptance(LocalDate expires) {
        return new Acceptance("*trusting*", "we know", expires);
    }

    @Test
    void an_extension_that_is_not_installed_here_is_named() throws IOException {
        // What a source with an extension of its own would write; the name has the same length.
        server.sql("postgres", "create database exotic");
        server.sql("exotic", "create extension citext; create table t (a citext)");
        var archive = folder.resolve("archive");
        server.program("pg_dump", "-Fc", "-Z0", "-f", archive.toString(), "-d", "exotic");
        var bytes = Files.readAllBytes(archive);
        Files.write(
                archive,
                new String(bytes, StandardCharsets.ISO_8859_1)
                        .replace("citext", "exotix")
                        .getBytes(StandardCharsets.ISO_8859_1));
        var exotic = new Attempts(open(), server, "exotic");
        var closed = exotic.backup(exotic.with(dumpOf(archive), Duration.ofMinutes(1)));
        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);

        var drill =
                exotic.drill(closed.outcomes().getFirst().backup(), NO_CHECKS, NOTHING_ACCEPTED);

        assertThat(drill.verdict()).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(drill.differences()).anyMatch(line -> line.contains("EXTENSION exotix"));
        assertThat(drill.restoreErrors()).anyMatch(line -> line.contains("exotix"));
    }

    private Tools dumpOf(Path archive) throws IOException {
        var bin = Files.createDirectories(folder.resolve("bin"));
        var script = bin.resolve("pg_dump");
        Files.writeString(
                script,
                "#!/bin/sh\n[ \"$1\" = --version ] && exec %s/pg_dump --version\ncat %s\n"
                        .formatted(server.bin(), archive));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createSymbolicLink(bin.resolve("pg_dumpall"), server.bin().resolve("pg_dumpall"));
        return Tools.find(Map.of("PGVIGIL_PG_BIN", bin.toString()));
    }

    @Test
    void the_line_in_the_manifest_restores_the_same_database_with_stock_tools_only()
            throws IOException, InterruptedException {
        try (var second = TestServer.start()) {
            var builder = new ProcessBuilder("/bin/sh", "-c", good.restoreWith());
            builder.environment().clear();
            builder.environment().put("PATH", server.bin() + ":/usr/local/bin:/usr/bin:/bin");
            builder.environment().put("PGHOST", "127.0.0.1");
            builder.environment().put("PGPORT", "" + second.port());
            builder.environment().put("PGUSER", TestServer.USER);
            builder.environment().put("PGPASSWORD", TestServer.PASSWORD);
            var output = folder.resolve("output");
            builder.redirectErrorStream(true).redirectOutput(output.toFile());

            var status = builder.start().waitFor();

            assertThat(status).as("%s", Files.readString(output)).isZero();
            var comparison = Fixpoint.compare(dump(server, "before"), dump(second, "after"));
            assertThat(comparison.judge(List.of(), java.time.Instant.now()).outcome())
                    .as("%s", comparison)
                    .isInstanceOf(Outcome.Proven.class);
            assertThat(comparison.equal().rows()).isEqualTo(14_001);
            // Roles come back, too.
            assertThat(
                            second.sql(
                                    "postgres",
                                    "select rolpassword like 'SCRAM%' from pg_authid"
                                            + " where rolname = 'clerk'"))
                    .isEqualTo("t");
        }
    }

    private ArchiveFacts dump(TestServer from, String name) throws IOException {
        var file = folder.resolve(name);
        from.program("pg_dump", "-Fc", "-Z0", "-f", file.toString(), "-d", "shop");
        try (var in = Files.newInputStream(file)) {
            return ArchiveTap.read(ArchiveInput.of(in));
        }
    }

    private static Drill drilled() {
        return attempts.drill(good.backup(), NO_CHECKS, NOTHING_ACCEPTED);
    }

    private static void requireNotProven(Drill drill, String role) {
        assertThat(drill.verdict()).as(role).isEqualTo(DrillVerdict.NOT_PROVEN);
        assertThat(drill.reasons())
                .as(role)
                .anyMatch(reason -> reason.contains(good.object(role).key().value()));
        // The log is no part of what is restored.
        if (role.equals("data")) assertThat(drill.recovery()).isEmpty();
    }

    /// Without a manifest there is no backup to drill: the run says so and leaves no record.
    private static void requireNotLooked(int position) {
        var order =
                new Order.Drill(
                        good.server(),
                        new DatabaseName("shop"),
                        good.backup(),
                        1,
                        NO_CHECKS,
                        NOTHING_ACCEPTED);
        var closed = attempts.closed(attempts.healthy(), order);

        assertThat(closed.state()).as("byte %d", position).isEqualTo(RunState.FAILED);
        var why = closed.why().orElseThrow();
        assertThat(why.code())
                .as("byte %d: %s", position, why)
                .isIn(
                        ErrorCode.OBJECT_DAMAGED.id(),
                        ErrorCode.DOCUMENT_INVALID.id(),
                        ErrorCode.DOCUMENT_TOO_NEW.id());
        assertThat(why.what()).contains(Layout.MANIFEST);
        assertThat(Json.line(attempts.listed())).doesNotContain(good.backup().value());
    }

    private static int[] positions(int length) {
        return RANDOM.ints(5, 1, Math.max(2, length - 1))
                .boxed()
                .collect(
                        java.util.stream.Collectors.collectingAndThen(
                                java.util.stream.Collectors.toList(),
                                middle ->
                                        Stream.concat(Stream.of(0, length - 1), middle.stream())
                                                .distinct()
                                                .mapToInt(Integer::intValue)
                                                .toArray()));
    }

    private static Path file(Manifest manifest, String role) {
        return store.resolve(manifest.object(role).key().value());
    }

    private static Path manifestFile(Manifest manifest) {
        return store.resolve(
                Layout.of(
                                manifest.server(),
                                manifest.database(),
                                manifest.backup(),
                                Layout.MANIFEST)
                        .value());
    }
}
