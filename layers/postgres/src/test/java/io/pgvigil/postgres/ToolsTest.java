package io.pgvigil.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ToolsTest {
    @TempDir Path root;

    @Test
    void finds_what_debian_red_hat_and_homebrew_install_and_what_path_names() throws IOException {
        client("usr/lib/postgresql/15/bin", "15.18");
        client("usr/pgsql-16/bin", "16.4");
        client("opt/homebrew/opt/libpq/bin", "18.1");
        var onPath = client("somewhere", "13.22");

        var tools = Tools.find(Map.of("PATH", onPath + ":/does/not/exist"), root);

        assertThat(tools.sets())
                .extracting(ToolSet::version)
                .containsExactly(
                        ServerVersion.of(15, 18),
                        ServerVersion.of(16, 4),
                        ServerVersion.of(18, 1),
                        ServerVersion.of(13, 22));
    }

    @Test
    void a_server_is_dumped_by_its_own_major_even_when_newer_ones_are_installed()
            throws IOException {
        var tools = installed("14.9", "15.18", "15.20", "17.2");

        assertThat(tools.forDump(ServerVersion.of(15, 19)).version())
                .isEqualTo(ServerVersion.of(15, 20));
        assertThat(tools.forDump(ServerVersion.of(15, 19)).olderThan(ServerVersion.of(15, 19)))
                .isFalse();
    }

    @Test
    void an_older_minor_is_taken_and_says_that_it_is_older() throws IOException {
        var set = installed("15.18").forDump(ServerVersion.of(15, 20));

        assertThat(set.version()).isEqualTo(ServerVersion.of(15, 18));
        assertThat(set.olderThan(ServerVersion.of(15, 20))).isTrue();
    }

    @Test
    void without_its_own_major_the_nearest_newer_one_is_taken() throws IOException {
        var tools = installed("14.9", "17.2", "18.1");

        assertThat(tools.forDump(ServerVersion.of(16, 3)).version())
                .isEqualTo(ServerVersion.of(17, 2));
    }

    @Test
    void an_older_major_is_refused_with_the_package_to_install() throws IOException {
        var tools = installed("14.9", "15.18");

        assertThatThrownBy(() -> tools.forDump(ServerVersion.of(16, 3)))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.TOOL_MISSING);
                            assertThat(problem.what()).contains("14.9, 15.18");
                            assertThat(problem.hint()).contains("postgresql-client-16");
                        });
    }

    @Test
    void a_sandbox_needs_the_server_programs_of_exactly_its_major() throws IOException {
        client("usr/lib/postgresql/15/bin", "15.18");
        var server = client("usr/lib/postgresql/16/bin", "16.4");
        for (var name : new String[] {"initdb", "postgres", "pg_ctl"})
            program(server, name, "16.4");
        var tools = Tools.find(Map.of(), root);

        assertThat(tools.forSandbox(16).bin()).isEqualTo(server);
        assertThatThrownBy(() -> tools.forSandbox(15))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> {
                            assertThat(problem.code()).isEqualTo(ErrorCode.TOOL_MISSING);
                            assertThat(problem.hint()).contains("postgresql-15");
                        });
    }

    @Test
    void a_folder_named_by_the_user_beats_a_packaged_one_of_the_same_version() throws IOException {
        client("usr/lib/postgresql/15/bin", "15.18");
        var mine = client("mine", "15.18");

        var tools = Tools.find(Map.of(Tools.BIN_SETTING, mine.toString()), root);

        assertThat(tools.forDump(ServerVersion.of(15, 1)).bin()).isEqualTo(mine);
    }

    @Test
    void a_folder_named_by_the_user_that_holds_nothing_is_refused() {
        assertThatThrownBy(() -> Tools.find(Map.of(Tools.BIN_SETTING, root + "/nothing"), root))
                .hasMessageContaining("PGVIGIL_PG_BIN names " + root + "/nothing");
    }

    @Test
    void the_same_folder_reached_twice_counts_once() throws IOException {
        var bin = client("usr/lib/postgresql/15/bin", "15.18");
        var link = Files.createSymbolicLink(root.resolve("link"), bin);

        var tools =
                Tools.find(
                        Map.of(Tools.BIN_SETTING, bin.toString(), "PATH", link.toString()), root);

        assertThat(tools.sets()).hasSize(1);
    }

    @Test
    void debians_wrapper_on_the_path_is_not_taken_for_a_program() throws IOException {
        var wrapper = program(root, "pg_wrapper", "15.18");
        var bin = Files.createDirectories(root.resolve("usr/bin"));
        Files.createSymbolicLink(bin.resolve("pg_dump"), wrapper);

        assertThat(Tools.find(Map.of("PATH", bin.toString()), root).sets()).isEmpty();
    }

    @Test
    void a_program_that_does_not_start_is_passed_over() throws IOException {
        var bin = Files.createDirectories(root.resolve("broken"));
        var file = Files.writeString(bin.resolve("pg_dump"), "#!/does/not/exist\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThat(Tools.find(Map.of("PATH", bin.toString()), root).sets()).isEmpty();
    }

    @Test
    void a_missing_program_names_its_package() throws IOException {
        var set = installed("15.18").forDump(ServerVersion.of(15, 0));

        assertThatThrownBy(() -> set.program("pg_basebackup"))
                .hasMessageContaining("pg_basebackup is missing")
                .hasMessageContaining("postgresql-client-15");
    }

    @Test
    void the_programs_of_this_machine_are_found() {
        var bin = TestServer.newestBin();

        var set = Tools.find(Map.of(Tools.BIN_SETTING, bin.toString())).sets().getFirst();

        assertThat(set.bin()).isEqualTo(bin);
        assertThat(set.hasServer()).isTrue();
        assertThat(set.version()).isGreaterThan(ServerVersion.of(13, 0));
    }

    @Test
    void versions_are_read_the_way_programs_and_servers_print_them() {
        assertThat(ServerVersion.parse("pg_dump (PostgreSQL) 15.20 (Debian 15.20-1.pgdg120+1)"))
                .isEqualTo(new ServerVersion(150_020));
        assertThat(ServerVersion.parse("18beta2")).isEqualTo(ServerVersion.of(18, 0));
        assertThat(ServerVersion.parse("postgres (PostgreSQL) 19devel"))
                .isEqualTo(ServerVersion.of(19, 0));
        assertThat(ServerVersion.parse("9.6.24")).isEqualTo(new ServerVersion(90_624));
        assertThat(new ServerVersion(90_624)).hasToString("9.6.24");
        assertThat(new ServerVersion(150_020)).hasToString("15.20");
        assertThat(ServerVersion.of(9, 0)).isLessThan(ServerVersion.of(10, 0));
    }

    private Tools installed(String... versions) throws IOException {
        for (var version : versions) client("usr/lib/postgresql/" + version + "/bin", version);
        return Tools.find(Map.of(), root);
    }

    private Path client(String folder, String version) throws IOException {
        var bin = root.resolve(folder);
        program(bin, "pg_dump", version);
        program(bin, "pg_restore", version);
        return bin;
    }

    private static Path program(Path bin, String name, String version) throws IOException {
        Files.createDirectories(bin);
        var script = "#!/bin/sh\necho '" + name + " (PostgreSQL) " + version + "'\n";
        var file = Files.writeString(bin.resolve(name), script);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
