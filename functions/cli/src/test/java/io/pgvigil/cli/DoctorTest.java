package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorTest {
    private static TestServer server;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.sql("postgres", "create database shop");
        server.sql("postgres", "create database crm");
        server.sql("shop", "create table \"Open\" (a text); create table closed (a text)");
        server.sql(
                "shop",
                """
                create role backup login password '%s';
                grant select on "Open" to backup;
                revoke connect on database crm from public;
                """
                        .formatted(TestServer.PASSWORD));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_url_needs_neither_store_nor_configuration_and_its_sql_is_enough() throws IOException {
        var before = doctor(url("shop"), "--kind", "logical,wal");

        assertThat(before.status()).isEqualTo(1);
        assertThat(before.stdout())
                .contains(
                        "/shop  not backed up yet",
                        "table public.closed: no SELECT",
                        "NO   physical",
                        "grant pg_read_all_data to \"backup\";",
                        "alter role \"backup\" replication;",
                        "estimate: a backup takes about")
                .doesNotContain(TestServer.PASSWORD, "public.\"Open\"");
        apply("shop", before.stdout());
        var after = doctor(url("shop"), "--kind", "logical,wal");
        assertThat(after.stdout())
                .contains("yes  logical", "yes  physical", "yes  wal")
                .doesNotContain("HINT", "grant ", "alter ");
        assertThat(after.status()).isZero();
    }

    @Test
    void a_configured_server_without_a_backup_is_connected_to() throws IOException {
        server.sql(
                "shop",
                "create role looker login in role pg_read_all_data password '%s'"
                        .formatted(TestServer.PASSWORD));
        var config =
                Files.writeString(
                        folder.resolve("pgvigil.yaml"),
                        """
                        store: file://%s/store
                        servers:
                          orders:
                            connect: { host: 127.0.0.1, port: %d, user: looker, secret: env:SOURCE, sslmode: prefer }
                            databases: [crm, shop]
                            profile: staging
                        """
                                .formatted(folder, server.port()));

        var answer = doctor("--config", config.toString(), "--json");

        var found = Json.readTree(answer.stdout().getBytes(StandardCharsets.UTF_8), "the answer");
        assertThat(found.get("databases")).hasSize(2);
        var crm = found.get("beforehand").get(0);
        assertThat(crm.get("ready").asBoolean()).isFalse();
        assertThat(crm.get("sql").get(0).get("sql").asText())
                .isEqualTo("grant connect on database \"crm\" to \"looker\";");
        var shop = found.get("beforehand").get(1);
        assertThat(shop.get("server").asText()).isEqualTo("orders");
        assertThat(shop.get("ready").asBoolean()).isTrue();
        assertThat(shop.get("choice").get("kind").asText()).isEqualTo("LOGICAL");
        assertThat(marks(shop))
                .containsExactly(
                        "connection ready",
                        "size ready",
                        "logical ready",
                        "physical not-asked",
                        "wal not-asked",
                        "drill ready");
        assertThat(shop.get("estimate").get("backup_seconds").asLong()).isPositive();
        assertThat(answer.all()).doesNotContain(TestServer.PASSWORD);
    }

    @Test
    void a_wrong_password_is_said_and_nothing_else_is_guessed() {
        var answer = Program.run(folder, Map.of("PGPASSWORD", "wrong"), "doctor", url("shop"));

        assertThat(answer.status()).isEqualTo(1);
        assertThat(answer.stdout())
                .contains("NO   connection", "does not let backup in", "0 of 1 can be backed up")
                .doesNotContain("estimate");
    }

    private static List<String> marks(JsonNode one) {
        var marks = new ArrayList<String>();
        for (var line : one.get("lines"))
            marks.add(line.get("item").asText() + " " + line.get("mark").asText());
        return marks;
    }

    /// Everything from the line on that says it is SQL.
    private void apply(String database, String printed) throws IOException {
        var sql = printed.substring(printed.indexOf("  -- The least SQL"));
        sql = sql.substring(0, sql.indexOf("\n\n"));
        server.sqlFile(database, Files.writeString(folder.resolve("least.sql"), sql));
    }

    private static String url(String database) {
        return "postgresql://backup@127.0.0.1:" + server.port() + "/" + database;
    }

    private Program.Ended doctor(String... arguments) {
        var all = new ArrayList<>(List.of("doctor"));
        all.addAll(List.of(arguments));
        return Program.run(
                folder,
                Map.of(
                        "PGPASSWORD",
                        TestServer.PASSWORD,
                        "SOURCE",
                        TestServer.PASSWORD,
                        "PGVIGIL_PG_BIN",
                        server.bin().toString()),
                all.toArray(String[]::new));
    }
}
