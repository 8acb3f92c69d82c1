package io.pgvigil.postgres.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.restore.Lab;
import io.pgvigil.postgres.sandbox.SandboxShape.Provider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SandboxTest {
    private static final ByteSize MEMORY = ByteSize.of(64 << 20);
    private static final Duration GONE_WITHIN = Duration.ofSeconds(20);

    private Path work = Path.of("/");

    // Not below JUnit's own folder: the server's user must be able to reach it.
    @BeforeEach
    void makeWorkFolder() throws IOException {
        work = Files.createTempDirectory(Path.of("/tmp"), "pgvigil-sandboxes-");
        Files.setPosixFilePermissions(
                work, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void removeWorkFolder() throws IOException {
        Sandbox.sweep(work);
        try (var files = Files.list(work)) {
            assertThat(files).isEmpty();
        }
        Files.delete(work);
    }

    @Test
    void a_sandbox_takes_connections_and_leaves_nothing_behind() throws Exception {
        try (var sandbox = start(SandboxShape.utf8())) {
            assertThat(ask(sandbox.login(), "show fsync")).isEqualTo("off");
            assertThat(ask(sandbox.login(), "show autovacuum")).isEqualTo("off");
            assertThat(ask(sandbox.login(), "show listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(sandbox.dataFolderSize().bytes()).isGreaterThan(10_000_000);
        }

        assertThat(processesNaming(work)).isEmpty();
        try (var files = Files.list(work)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void only_its_own_password_opens_it_and_no_file_or_argument_holds_it() throws Exception {
        try (var sandbox = start(SandboxShape.utf8())) {
            var password = sandbox.login().password().orElseThrow().reveal();

            assertThatThrownBy(() -> connect(sandbox.login(), "wrong").close())
                    .isInstanceOf(SQLException.class);
            assertThat(commandLines()).noneMatch(line -> line.contains(password));
            assertThat(sandbox.toString()).doesNotContain(password);
            try (var files = Files.walk(sandbox.folder(), 1)) {
                assertThat(files.filter(Files::isRegularFile))
                        .allMatch(file -> !contentOf(file).contains(password));
            }
            assertThat(Files.getPosixFilePermissions(sandbox.folder()))
                    .doesNotContain(
                            PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
        }
    }

    @Test
    void two_sandboxes_live_side_by_side() throws Exception {
        try (var one = start(SandboxShape.utf8());
                var other = start(SandboxShape.utf8().withSuperuser("source admin"))) {
            assertThat(one.login().endpoint().port()).isNotEqualTo(other.login().endpoint().port());
            assertThat(
                            ask(
                                    other.login(),
                                    "select current_user || oid from pg_roles where rolname ="
                                            + " current_user"))
                    .isEqualTo("source admin10");
        }
    }

    @Test
    void encoding_and_libc_locale_are_those_asked_for() throws Exception {
        var latin1 =
                new SandboxShape(
                        "LATIN1",
                        Provider.LIBC,
                        "C",
                        "C",
                        Optional.empty(),
                        Optional.empty(),
                        "postgres");
        try (var sandbox = start(latin1)) {
            assertThat(ask(sandbox.login(), "show server_encoding")).isEqualTo("LATIN1");
        }
        var bytewise =
                new SandboxShape(
                        "UTF8",
                        Provider.LIBC,
                        "C.UTF-8",
                        "C.UTF-8",
                        Optional.empty(),
                        Optional.empty(),
                        "postgres");
        try (var sandbox = start(bytewise)) {
            assertThat(ask(sandbox.login(), "select datcollate from pg_database limit 1"))
                    .isEqualTo("C.UTF-8");
        }
    }

    @Test
    void an_icu_locale_is_the_one_asked_for() throws Exception {
        var icu =
                new SandboxShape(
                        "UTF8",
                        Provider.ICU,
                        "C.UTF-8",
                        "C.UTF-8",
                        Optional.of("de-DE"),
                        Optional.empty(),
                        "postgres");

        try (var sandbox = start(icu)) {
            assertThat(
                            ask(
                                    sandbox.login(),
                                    "select datlocprovider::text || daticulocale from pg_database"
                                            + " limit 1"))
                    .isEqualTo("ide-DE");
        }
    }

    @Test
    void a_locale_that_is_not_installed_is_named() {
        var foreign =
                new SandboxShape(
                        "UTF8",
                        Provider.LIBC,
                        "tlh_QO.UTF-8",
                        "tlh_QO.UTF-8",
                        Optional.empty(),
                        Optional.empty(),
                        "postgres");

        assertThatThrownBy(() -> start(foreign))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.SANDBOX_FAILED);
                            assertThat(problem.what()).contains("tlh_QO.UTF-8");
                            assertThat(problem.hint()).contains("glibc-langpack");
                        });
    }

    @Test
    void the_shape_is_read_from_an_archive_s_database_entry() {
        assertThat(
                        shapeOf(
                                "CREATE DATABASE \"a ENCODING = 'SQL_ASCII'\" WITH TEMPLATE = template0"
                                        + " ENCODING = 'UTF8' LOCALE_PROVIDER = icu LC_COLLATE = 'C'"
                                        + " LC_CTYPE = 'C.UTF-8' ICU_LOCALE = 'en-US' ICU_RULES = '&a < ''b'"
                                        + " TABLESPACE = x;"))
                .contains(
                        new SandboxShape(
                                "UTF8",
                                Provider.ICU,
                                "C",
                                "C.UTF-8",
                                Optional.of("en-US"),
                                Optional.of("&a < 'b"),
                                "postgres"));
        assertThat(
                        shapeOf(
                                "CREATE DATABASE b WITH TEMPLATE = template0 ENCODING = 'LATIN1'"
                                        + " LC_COLLATE = 'de_DE' LC_CTYPE = 'fr_FR';"))
                .map(SandboxShape::toString)
                .contains("LATIN1, libc LC_COLLATE de_DE, LC_CTYPE fr_FR");
        assertThat(
                        shapeOf(
                                "CREATE DATABASE b WITH TEMPLATE = template0 ENCODING = 'UTF8'"
                                        + " LOCALE_PROVIDER = builtin LOCALE = 'C.UTF-8';"))
                .map(shape -> shape.initdbOptions(17).getLast())
                .contains("--builtin-locale=C.UTF-8");
    }

    @Test
    void killing_the_owner_leaves_no_server_and_a_sweep_removes_its_folder() throws Exception {
        var owner =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                SandboxOwner.class.getName(),
                                work.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var said = owner.inputReader()) {
            var folder = Path.of(said.readLine());
            assertThat(processesNaming(folder)).isNotEmpty();

            // A living owner's sandbox is not touched, even by another process.
            assertThat(Sandbox.sweep(work)).isEmpty();
            assertThat(folder.resolve("data/PG_VERSION")).exists();

            owner.destroyForcibly().waitFor();

            assertThat(within(GONE_WITHIN, () -> processesNaming(folder).isEmpty())).isTrue();
            assertThat(within(GONE_WITHIN, () -> !Files.exists(folder.resolve("data")))).isTrue();
            assertThat(Sandbox.sweep(work)).containsExactly(folder);
            assertThat(folder).doesNotExist();
        } finally {
            owner.destroyForcibly();
        }
    }

    @Test
    void a_sweep_ends_a_server_whose_watchdog_was_killed_too() throws Exception {
        var owner =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                SandboxOwner.class.getName(),
                                work.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var said = owner.inputReader()) {
            var folder = Path.of(said.readLine());
            // Shells first, both of them, so that nobody is left to notice.
            owner.descendants()
                    .filter(process ->
                            process.info().command().filter(name -> name.endsWith("sh")).isPresent()
                                    || process.info()
                                            .command()
                                            .filter(name -> name.endsWith("dash"))
                                            .isPresent())
                    .toList()
                    .forEach(ProcessHandle::destroyForcibly);
            owner.destroyForcibly().waitFor();
            assertThat(processesNaming(folder)).isNotEmpty();

            assertThat(Sandbox.sweep(work)).containsExactly(folder);

            assertThat(within(GONE_WITHIN, () -> processesNaming(folder).isEmpty())).isTrue();
        } finally {
            owner.destroyForcibly();
        }
    }

    @Test
    void a_sweep_leaves_other_folders_alone() throws Exception {
        var other = Files.createDirectory(work.resolve("pgvigil-cache"));

        assertThat(Sandbox.sweep(work)).isEmpty();

        assertThat(other).exists();
        Files.delete(other);
    }

    @Test
    void buffers_follow_the_memory_within_limits() {
        assertThat(Sandbox.settings(ByteSize.of(1L << 30)))
                .contains("shared_buffers = '262144kB'", "maintenance_work_mem = '131072kB'");
        assertThat(Sandbox.settings(ByteSize.of(0))).contains("shared_buffers = '32768kB'");
        assertThat(Sandbox.settings(ByteSize.of(1L << 40)))
                .contains("shared_buffers = '4194304kB'");
    }

    private Sandbox start(SandboxShape shape) {
        return Sandbox.start(Lab.tools(), shape, work, MEMORY);
    }

    private static Optional<SandboxShape> shapeOf(String definition) {
        return SandboxShape.of(
                List.of(
                        new io.pgvigil.archive.TocEntry(
                                1,
                                false,
                                "1262",
                                "1",
                                "b",
                                "DATABASE",
                                io.pgvigil.archive.TocEntry.Section.PRE_DATA,
                                definition,
                                "",
                                "",
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                "",
                                "postgres",
                                List.of(),
                                Optional.empty())));
    }

    private static java.sql.Connection connect(Login login, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + login.endpoint().port() + "/postgres",
                login.endpoint().user(),
                password);
    }

    private static String ask(Login login, String sql) throws SQLException {
        try (var connection = connect(login, login.password().orElseThrow().reveal());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static List<String> processesNaming(Path folder) {
        return commandLines().stream()
                .filter(line -> line.contains(folder + "/") && !line.contains("SandboxOwner"))
                .toList();
    }

    private static List<String> commandLines() {
        try (var processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(path -> path.getFileName().toString().matches("\\d+"))
                    .map(path -> contentOf(path.resolve("cmdline")).replace('\0', ' '))
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String contentOf(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    private static boolean within(Duration limit, BooleanSupplier condition)
            throws InterruptedException {
        var deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) return false;
            Thread.sleep(50);
        }
        return true;
    }
}
