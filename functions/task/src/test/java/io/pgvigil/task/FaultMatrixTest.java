package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Lease;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.postgres.Tools;
import io.pgvigil.runtime.Seals;
import io.pgvigil.testkit.DyingObjectStore;
import io.pgvigil.testkit.FlakyObjectStore;
import io.pgvigil.testkit.FullObjectStore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.LyingObjectStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A backup that fails at any step leaves nothing that looks like one, says why, and the next run
/// works.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FaultMatrixTest {
    private static final String MUCH = "much";
    private static final String LITTLE = "little";

    private static TestServer server;

    @TempDir static Path shared;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.sql("postgres", "create database " + MUCH);
        // More than all buffers on the way hold, so that the dump still runs when the store fails.
        server.sql(
                MUCH,
                """
                create table pages (id int primary key, body text);
                insert into pages
                    select page, (select string_agg(md5(page || '/' || line), '')
                                  from generate_series(1, 40) line)
                    from generate_series(1, 20000) page;
                create table words (id int primary key, word text);
                insert into words select id, md5(id::text) from generate_series(1, 5000) id;
                select lo_from_bytea(0, decode(repeat('c0ffee', 20000), 'hex'));
                """);
        server.sql("postgres", "create database " + LITTLE);
        server.sql(
                LITTLE,
                """
                create table words (id int primary key, word text);
                insert into words select id, md5(id::text) from generate_series(1, 200) id;
                create table empty (id int);
                select lo_from_bytea(0, 'a large object');
                """);
        server.program("pg_dump", "-Fc", "-Z0", "-f", archive().toString(), "-d", LITTLE);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Path archive() {
        return shared.resolve("archive");
    }

    @Test
    void a_server_that_is_down_is_named_and_worth_another_try() {
        var attempts = new Attempts(new InMemoryObjectStore(), server, LITTLE);
        server.kill();
        Seals.Closed closed;
        try {
            closed = attempts.backup(attempts.healthy());
        } finally {
            server.startAgain();
        }

        requireFailed(closed, ErrorCode.SERVER_UNREACHABLE);
        assertThat(closed.outcomes().getFirst().failure().orElseThrow().transientFailure())
                .isTrue();
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000})
    void a_server_killed_during_the_dump_fails_the_run(long afterBytes) {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, MUCH);
        Seals.Closed closed;
        try {
            closed = attempts.backup(attempts.with(new AtByte(memory, afterBytes, server::kill)));
        } finally {
            server.startAgain();
        }

        requireFailed(closed, ErrorCode.SERVER_UNREACHABLE, ErrorCode.DUMP_FAILED);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @Test
    void a_wrong_password_is_called_that() {
        var attempts = new Attempts(directory(), server, LITTLE);

        var closed = attempts.backup(attempts.withPassword("not the password"));

        requireFailed(closed, ErrorCode.AUTHENTICATION_FAILED);
        assertThat(Json.line(closed.why())).doesNotContain("not the password");
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @Test
    void a_database_that_is_not_there_is_called_that() {
        var attempts = new Attempts(new InMemoryObjectStore(), server, "nowhere");

        var closed = attempts.backup(attempts.healthy());

        requireFailed(closed, ErrorCode.DATABASE_NOT_FOUND);
        attempts.requireNothingLeft();
    }

    @Test
    void one_database_that_fails_does_not_cost_the_others_their_backup() {
        var attempts = new Attempts(new InMemoryObjectStore(), server, LITTLE);
        var order =
                new Order.Backup(
                        Attempts.SERVER,
                        attempts.connection(),
                        List.of(new DatabaseName("nowhere"), new DatabaseName(LITTLE)),
                        List.of(),
                        Selection.EVERYTHING,
                        1,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1));

        var closed = attempts.closed(attempts.healthy(), order);

        requireFailed(closed, ErrorCode.DATABASE_NOT_FOUND);
        assertThat(attempts.listed())
                .extracting(manifest -> manifest.database().value())
                .containsExactly(LITTLE);
        attempts.requireTidy();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000, 3_000_000})
    void a_pg_dump_that_is_killed_fails_the_run(long afterBytes) {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, MUCH);

        var closed =
                attempts.backup(
                        attempts.with(new AtByte(memory, afterBytes, FaultMatrixTest::killPgDump)));

        requireFailed(closed, ErrorCode.DUMP_FAILED, ErrorCode.DUMP_CANCELLED);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    static Stream<Arguments> dumps_that_go_wrong() {
        return Stream.of(
                arguments("0 % and content", 0.0, "exit 0", ErrorCode.ARCHIVE_TRUNCATED),
                arguments("a byte and content", 0.00001, "exit 0", ErrorCode.ARCHIVE_TRUNCATED),
                arguments("half and content", 0.5, "exit 0", ErrorCode.ARCHIVE_TRUNCATED),
                arguments("99 % and content", 0.99, "exit 0", ErrorCode.ARCHIVE_TRUNCATED),
                arguments("0 % and failed", 0.0, "exit 1", ErrorCode.DUMP_FAILED),
                arguments("half and failed", 0.5, "exit 1", ErrorCode.DUMP_FAILED),
                arguments("all and failed", 1.0, "exit 1", ErrorCode.DUMP_FAILED),
                arguments("0 % and killed", 0.0, "kill -9 $$", ErrorCode.DUMP_FAILED),
                arguments("half and killed", 0.5, "kill -9 $$", ErrorCode.DUMP_FAILED),
                arguments("99 % and killed", 0.99, "kill -9 $$", ErrorCode.DUMP_FAILED),
                arguments("all and killed", 1.0, "kill -9 $$", ErrorCode.DUMP_FAILED),
                arguments("0 % and hung", 0.0, "exec sleep 600", ErrorCode.DEADLINE_EXCEEDED),
                arguments("half and hung", 0.5, "exec sleep 600", ErrorCode.DEADLINE_EXCEEDED),
                arguments("all and hung", 1.0, "exec sleep 600", ErrorCode.DEADLINE_EXCEEDED));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dumps_that_go_wrong")
    void a_pg_dump_that_goes_wrong_fails_the_run(
            String name, double part, String ending, ErrorCode code) throws IOException {
        var attempts = new Attempts(directory(), server, LITTLE);
        var tools = fakeDump(part, ending);

        var closed = attempts.backup(attempts.with(tools, Duration.ofSeconds(3)));

        requireFailed(closed, code);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit 0", "exec cat /dev/zero"})
    void a_pg_dump_that_writes_something_else_is_not_waited_for(String ending) throws IOException {
        var attempts = new Attempts(directory(), server, LITTLE);
        var tools = fakeDump(0, "echo this is no archive at all; " + ending);

        var closed = attempts.backup(attempts.with(tools, Duration.ofSeconds(20)));

        requireFailed(closed, ErrorCode.ARCHIVE_DAMAGED);
        attempts.requireNothingLeft();
    }

    @Test
    void the_fake_pg_dump_of_these_tests_is_good_enough_to_be_sealed() throws IOException {
        var attempts = new Attempts(directory(), server, LITTLE);

        var closed = attempts.backup(attempts.with(fakeDump(1.0, "exit 0"), Duration.ofMinutes(1)));

        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
    }

    @Test
    void a_pg_dumpall_that_fails_fails_the_run() throws IOException {
        var attempts = new Attempts(directory(), server, LITTLE);
        var tools = fakeDump(1.0, "exit 0");
        Files.delete(folder.resolve("bin/pg_dumpall"));
        script(folder.resolve("bin/pg_dumpall"), "#!/bin/sh\necho roles >&2\nexit 1\n");

        var closed = attempts.backup(attempts.with(tools, Duration.ofMinutes(1)));

        requireFailed(closed, ErrorCode.DUMP_FAILED);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @Test
    void an_upload_that_is_refused_fails_the_run_with_the_store_s_own_words() {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, LITTLE);
        var denied = new Problem(ErrorCode.STORE_DENIED, "no PutObject for you", "Ask.");

        for (var name : List.of(Layout.DATA, Layout.GLOBALS, Layout.FACTS, Layout.LOG)) {
            var closed = attempts.backup(attempts.with(new Refusing(memory, name, denied)));

            requireFailed(closed, ErrorCode.STORE_DENIED);
            attempts.requireNothingLeft();
        }
        attempts.requireNextRunWorks();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000, 3_000_000})
    void a_store_that_fails_during_the_upload_is_what_the_run_says(long afterBytes) {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, MUCH);
        var denied = new Problem(ErrorCode.STORE_DENIED, "the key is gone", "Ask.");

        var closed =
                attempts.backup(
                        attempts.with(
                                new AtByte(
                                        memory,
                                        afterBytes,
                                        () -> {
                                            throw denied;
                                        })));

        requireFailed(closed, ErrorCode.STORE_DENIED);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @Test
    void an_error_in_the_compressor_s_thread_ends_the_run_and_not_the_program() {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, MUCH);

        var closed =
                attempts.backup(
                        attempts.with(
                                new AtByte(
                                        memory,
                                        500_000,
                                        () -> {
                                            throw new StackOverflowError("deep");
                                        })));

        requireFailed(closed, ErrorCode.INTERNAL);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @Test
    void a_task_that_dies_at_any_writing_call_leaves_nothing_that_looks_like_a_backup() {
        var counting = DyingObjectStore.never(new InMemoryObjectStore());
        var whole = new Attempts(counting, server, LITTLE);
        var before = counting.writingCalls();
        assertThat(whole.backup(whole.healthy()).state()).isEqualTo(RunState.SEALED);
        var calls = counting.writingCalls() - before;

        var died = 0;
        for (var call = 0; call < calls; call++)
            for (var answered : List.of(true, false)) {
                var memory = new InMemoryObjectStore();
                var attempts = new Attempts(memory, server, LITTLE);
                var dying =
                        answered
                                ? new DyingObjectStore(memory, call)
                                : DyingObjectStore.withoutTheAnswer(memory, call);

                var closed = attempts.backup(attempts.with(dying));

                if (!dying.dead()) continue;
                died++;
                // Only the report's answer may be lost without losing the backup.
                if (closed.state() == RunState.SEALED) {
                    assertThat(attempts.listed()).hasSize(1);
                    attempts.requireTidy();
                } else {
                    requireFailed(closed, ErrorCode.RUN_FAILED);
                    attempts.requireNothingLeft();
                }
                if (call % 6 == 0) attempts.requireNextRunWorks();
            }
        assertThat(died).as("moments of death").isGreaterThan(20);
    }

    static Stream<Arguments> lies() {
        return Stream.of(LyingObjectStore.Lie.values())
                .flatMap(lie ->
                        Stream.of(Layout.DATA, Layout.GLOBALS, Layout.FACTS, Layout.LOG)
                                .map(name -> arguments(lie, name)));
    }

    @ParameterizedTest
    @MethodSource("lies")
    void a_store_that_lies_about_an_upload_gets_no_seal(LyingObjectStore.Lie lie, String name) {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, LITTLE);

        var closed =
                attempts.backup(
                        attempts.with(
                                new LyingObjectStore(memory, lie, key -> key.name().equals(name))));

        requireFailed(closed, ErrorCode.SEAL_REFUSED);
        assertThat(closed.why().orElseThrow().what()).contains(name);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2_000, 10_000, 1_000_000, 5_000_000})
    void a_store_without_space_fails_the_run(long room) {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, MUCH);

        var closed = attempts.backup(attempts.with(new FullObjectStore(memory, room)));

        // Without any room there is none for a report either.
        requireFailed(closed, ErrorCode.STORE_FULL, ErrorCode.RUN_FAILED);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 13, 21})
    void a_store_that_does_not_answer_for_a_while_costs_at_most_this_run(int calls) {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, LITTLE);

        var closed = attempts.backup(attempts.with(new FlakyObjectStore(memory, calls)));

        assertThat(closed.state()).isEqualTo(RunState.FAILED);
        attempts.requireNothingLeft();
        attempts.requireNextRunWorks();
    }

    @Test
    void a_claim_that_cannot_be_released_does_not_cost_the_backup() {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, LITTLE);

        var closed = attempts.backup(attempts.with(new NoRelease(memory)));

        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        assertThat(attempts.listed()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"0", "1000000"})
    void a_claim_that_somebody_else_took_in_between_ends_the_run(long afterBytes) {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, MUCH);
        var key = Layout.backupLease(Attempts.SERVER, new DatabaseName(MUCH));

        var closed =
                attempts.backup(
                        attempts.with(new AtByte(memory, afterBytes, () -> stolen(memory, key))));

        requireFailed(closed, ErrorCode.LEASE_LOST);
        assertThat(attempts.listed()).isEmpty();
        try (var pending = memory.pendingUploads("")) {
            assertThat(pending).isEmpty();
        }
        // The thief's claim is none of ours to end.
        assertThat(lease(memory, key).holder().value()).contains("-backup-ffffffffff");
    }

    @Test
    void a_database_that_is_being_backed_up_is_left_alone() {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, LITTLE);
        var key = Layout.backupLease(Attempts.SERVER, new DatabaseName(LITTLE));
        stolen(memory, key);

        var closed = attempts.backup(attempts.healthy());

        requireFailed(closed, ErrorCode.RUN_IN_PROGRESS);
        assertThat(attempts.listed()).isEmpty();
        assertThat(lease(memory, key).released()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "not json", "{\"format\": 99}"})
    void an_earlier_manifest_that_is_damaged_does_not_stop_the_next_backup(String content) {
        var memory = new InMemoryObjectStore();
        var attempts = new Attempts(memory, server, LITTLE);
        var first = attempts.requireNextRunWorks();
        memory.damage(
                Layout.of(first.server(), first.database(), first.backup(), Layout.MANIFEST),
                _ -> content.getBytes(java.nio.charset.StandardCharsets.UTF_8));

        var closed = attempts.backup(attempts.healthy());

        assertThat(closed.state()).as("%s", closed.why()).isEqualTo(RunState.SEALED);
        assertThat(attempts.listed()).hasSize(1);
        assertThat(attempts.listed().getFirst().notices())
                .as("what the operator is told")
                .anyMatch(notice -> notice.contains(first.backup().value()));
    }

    @Test
    void the_news_of_an_end_can_come_twice() {
        var attempts = new Attempts(new InMemoryObjectStore(), server, LITTLE);
        var closed = attempts.backup(attempts.healthy());

        var again = attempts.sealed(closed.run(), 0);

        assertThat(again.state()).isEqualTo(RunState.SEALED);
        assertThat(attempts.listed()).hasSize(1);
    }

    private static void requireFailed(Seals.Closed closed, ErrorCode... codes) {
        assertThat(closed.state()).as("%s", closed).isEqualTo(RunState.FAILED);
        var why = closed.why().orElseThrow();
        assertThat(Stream.of(codes).map(ErrorCode::id)).as("%s", why).contains(why.code());
        assertThat(why.what()).isNotBlank();
        assertThat(why.hint()).endsWith(".");
    }

    private ObjectStore directory() {
        return new DirectoryStore(new StoreUri.Directory(folder.resolve("store")));
    }

    private static void killPgDump() {
        var dump =
                ProcessHandle.current()
                        .descendants()
                        .filter(child ->
                                child.info()
                                        .command()
                                        .filter(path -> path.endsWith("/pg_dump"))
                                        .isPresent())
                        .findFirst()
                        .orElseThrow();
        dump.destroyForcibly();
        dump.onExit().join();
    }

    private static void stolen(ObjectStore store, ObjectKey key) {
        var thief =
                new Lease(
                        Lease.FORMAT,
                        new io.pgvigil.core.RunId("20261122T000000Z-backup-ffffffffff"),
                        "elsewhere",
                        7,
                        Instant.now().plusSeconds(120),
                        false);
        store.put(key, Json.bytes(thief));
    }

    private static Lease lease(ObjectStore store, ObjectKey key) {
        return Json.read(store.document(key).orElseThrow().content(), Lease.class, "" + key);
    }

    /// A folder of programs whose pg_dump writes part of a good archive and then ends as it is told.
    private Tools fakeDump(double part, String ending) throws IOException {
        var bin = Files.createDirectories(folder.resolve("bin"));
        var real = server.bin();
        var bytes = (long) Math.ceil(Files.size(archive()) * part);
        script(
                bin.resolve("pg_dump"),
                """
                #!/bin/sh
                [ "$1" = --version ] && exec %s/pg_dump --version
                head -c %d %s
                %s
                """
                        .formatted(real, bytes, archive(), ending));
        Files.createSymbolicLink(bin.resolve("pg_dumpall"), real.resolve("pg_dumpall"));
        return Tools.find(Map.of("PGVIGIL_PG_BIN", bin.toString()));
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
