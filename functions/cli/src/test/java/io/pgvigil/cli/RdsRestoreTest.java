package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.testkit.FakeRds;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `restore --to rds:NEW-ID` as a process, with the rights of whoever calls it.
@Timeout(120)
final class RdsRestoreTest {
    private static final String HOST = "orders.c9akciq32rga.eu-west-1.rds.amazonaws.com";

    @TempDir Path folder;
    private final FakeRds fake = FakeRds.start(InstantSource.system()).taking(0, 0);

    @BeforeEach
    void configure() throws IOException {
        fake.source("orders", HOST, "shopkeeper");
        Files.writeString(
                folder.resolve("pgvigil.yaml"),
                """
                store: %s
                servers:
                  orders-prod:
                    connect: { host: %s, user: backup, secret: iam }
                    databases: all
                    profile: staging
                """
                        .formatted(folder.resolve("store").toUri(), HOST));
    }

    @AfterEach
    void close() {
        fake.close();
    }

    @Test
    void the_server_of_the_configuration_is_restored_to_the_moment_into_a_new_one() {
        var at = Instant.now().minusSeconds(600).truncatedTo(ChronoUnit.SECONDS);

        var ended =
                run(
                        "--server",
                        "orders-prod",
                        "--config",
                        folder.resolve("pgvigil.yaml") + "",
                        "--at",
                        at + "",
                        "--rds-class",
                        "db.t4g.small",
                        "--rds-security-group",
                        "sg-1",
                        "--rds-tag",
                        "owner=jane",
                        "--to",
                        "rds:orders-rescued");

        assertThat(ended.status()).as(ended.all()).isZero();
        assertThat(ended.stdout())
                .startsWith("RESTORED  orders-rescued")
                .contains("with the users and passwords of the source");
        assertThat(ended.stderr()).contains("restore instance orders as of " + at);
        assertThat(fake.left()).containsExactly("orders", "orders-rescued");
        var call = fake.calls("RestoreDBInstanceToPointInTime").getFirst();
        assertThat(call.get("SourceDBInstanceIdentifier")).isEqualTo("orders");
        assertThat(Instant.parse(call.get("RestoreTime"))).isEqualTo(at);
        assertThat(call.get("DBInstanceClass")).isEqualTo("db.t4g.small");
        assertThat(call.get("PubliclyAccessible")).isEqualTo("false");
        assertThat(call.parameters()).containsValue("sg-1");
        assertThat(fake.tags("orders-rescued"))
                .containsEntry("owner", "jane")
                .containsEntry("pgvigil:restored-from", "orders");
    }

    @Test
    void without_a_moment_it_is_the_latest_and_json_says_where_it_listens() {
        var ended = run("--rds-source", "orders", "--json", "--to", "rds:new");

        assertThat(ended.status()).as(ended.all()).isZero();
        var rds =
                Json.readTree(ended.stdout().getBytes(StandardCharsets.UTF_8), "answer").get("rds");
        assertThat(rds.get("id").asText()).isEqualTo("new");
        assertThat(rds.get("port").asInt()).isEqualTo(5432);
        assertThat(rds.get("seconds").isNumber()).isTrue();
        var call = fake.calls("RestoreDBInstanceToPointInTime").getFirst();
        assertThat(call.get("UseLatestRestorableTime")).isEqualTo("true");
    }

    @Test
    void a_dry_run_says_what_would_be_done_and_changes_nothing() {
        var ended = run("--rds-source", "orders", "--dry-run", "--to", "rds:new");

        assertThat(ended.status()).as(ended.all()).isZero();
        assertThat(ended.stdout())
                .startsWith("PLANNED  orders can be restored up to ")
                .contains("would: restore instance orders as of the latest moment");
        assertThat(fake.calls("RestoreDBInstanceToPointInTime")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PGV-5001 | --rds-source orders --to rds:orders",
                "PGV-5020 | --rds-source orders --at 2999-01-01T00:00:00Z --to rds:new",
                "PGV-5002 | --rds-source nobody --to rds:new",
                "PGV-1001 | --rds-source orders --lsn 0/1 --to rds:new",
                "PGV-1001 | --rds-source orders --to rds:Not_A_Name",
                "PGV-1001 | --to rds:new",
            })
    void what_cannot_be_is_refused_before_anything_is_made(String code, String arguments) {
        var ended = run(arguments.split(" "));

        assertThat(ended.status()).as(ended.all()).isNotZero();
        assertThat(ended.stderr()).contains(code + ": ").contains("HINT: ");
        assertThat(fake.left()).containsExactly("orders");
        assertThat(fake.calls("RestoreDBInstanceToPointInTime")).isEmpty();
    }

    @Test
    void what_rds_refuses_is_said_in_its_words_with_the_rights_that_it_takes() {
        fake.fail("RestoreDBInstanceToPointInTime", FakeRds.When.BEFORE, "AccessDenied", 403);

        var ended = run("--rds-source", "orders", "--to", "rds:new");

        assertThat(ended.status()).isNotZero();
        assertThat(ended.stderr())
                .contains("PGV-5012")
                .contains("AccessDenied")
                .contains("rds:RestoreDBInstanceToPointInTime");
    }

    private Program.Ended run(String... arguments) {
        return Program.run(
                folder,
                Map.of(
                        "AWS_ENDPOINT_URL_RDS",
                        fake.endpoint(),
                        "AWS_REGION",
                        "eu-west-1",
                        "AWS_ACCESS_KEY_ID",
                        "id",
                        "AWS_SECRET_ACCESS_KEY",
                        "key"),
                Stream.concat(List.of("restore").stream(), Stream.of(arguments))
                        .toArray(String[]::new));
    }
}
