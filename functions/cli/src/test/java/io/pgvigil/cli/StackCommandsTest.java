package io.pgvigil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.StackEndpoint;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.config.ConfigurationReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The command with `--stack`, in a process of its own, its real clients pointed at a stack whose
/// functions and tasks are the real ones.
@Timeout(180)
@SuppressWarnings("NullAway.Init")
final class StackCommandsTest {
    private static TestServer server;

    @TempDir Path folder;

    private StoreUri store;
    private String document;
    private FakeStack stack;
    private StackEndpoint endpoint;

    @BeforeAll
    static void startServer() {
        server = TestServer.start();
        server.sql("postgres", "create database shop");
        server.sql("shop", "create table t as select generate_series(1, 1000) id");
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void deploy() {
        store = StoreUri.parse(folder.resolve("store").toString());
        document =
                """
                store: %s
                servers:
                  orders:
                    connect: { host: 127.0.0.1, port: %d, user: postgres, secret: env:SHOP_PASSWORD, sslmode: prefer }
                    databases: [shop]
                    profile: staging
                """
                        .formatted(store, server.port());
        deploy(document);
    }

    private void deploy(String document) {
        if (endpoint != null) endpoint.close();
        stack =
                new FakeStack(
                        store,
                        ConfigurationReader.read(document, "the test"),
                        Map.of("SHOP_PASSWORD", TestServer.PASSWORD));
        endpoint = StackEndpoint.of("prod", stack);
    }

    @AfterEach
    void undeploy() {
        stack.quiet();
        endpoint.close();
    }

    @Test
    void a_backup_is_ordered_followed_listed_and_proven_from_afar() {
        var backup = run("backup", "--server", "orders", "--stack", "prod");

        assertThat(backup.status()).as(backup.all()).isZero();
        assertThat(backup.stdout())
                .contains("sealed  orders/shop")
                .contains("1,000 rows")
                .contains("--stack prod");
        assertThat(backup.stderr())
                .contains("orders, 2")
                .contains(": at work")
                .contains(": sealed");

        assertThat(run("list", "--stack", "prod").stdout()).contains("orders  shop");
        assertThat(run("show", "--stack", "prod").stdout()).contains("orders/shop");

        var verify = run("verify", "--stack", "prod");
        assertThat(verify.status()).as(verify.all()).isZero();
        assertThat(verify.stdout()).startsWith("PROVEN  orders/shop");

        var status = run("status", "--stack", "prod");
        assertThat(status.stdout())
                .contains("Under way\nnothing")
                .containsPattern("orders +shop +\\S+-l-\\S+ +\\d+ s +\\S+-l-\\S+ +\\d+ s")
                .contains("there is no configuration in the store");
    }

    @Test
    void a_copy_is_sent_from_afar() {
        var far = folder.resolve("far").toUri();
        deploy(
                document.replace("profile: staging", "profile: copied")
                        + "profiles: { copied: { keep: { last: 3 }, copies: [ \"%s\" ] } }%n"
                                .formatted(far));
        run("backup", "--server", "orders", "--stack", "prod");

        var copied = run("copy", "latest", "--stack", "prod");

        assertThat(copied.status()).as(copied.all()).isZero();
        assertThat(copied.stdout()).contains("copied     orders/shop").contains("checked in ");
        assertThat(run("show", "--store", folder.resolve("far") + "").stdout())
                .contains("orders/shop");
        assertThat(run("copy", "--stack", "prod").stderr())
                .contains("PGV-1001: it is not said which backup is to be sent");
    }

    @Test
    void who_does_not_wait_gets_the_run_and_where_to_look() {
        var ordered = run("backup", "--stack", "prod", "--no-wait");

        assertThat(ordered.status()).as(ordered.all()).isZero();
        assertThat(ordered.stdout())
                .containsPattern("ordered  \\d{8}T\\d{6}Z-backup-[0-9a-f]{10}\n")
                .contains("look:  pgvigil status --stack prod");
    }

    @Test
    void a_restore_names_a_secret_because_a_password_cannot_travel() {
        var to = "postgresql://postgres@127.0.0.1:" + server.port() + "/copy";

        var refused =
                Program.run(
                        folder,
                        environment(Map.of("PGPASSWORD", "hush-unmistakable")),
                        "restore",
                        "--to",
                        to,
                        "--stack",
                        "prod");

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.stderr()).contains("a password cannot travel").contains("--secret");
        assertThat(refused.all()).doesNotContain("unmistakable");
        assertThat(endpoint.calls()).isEmpty();
    }

    @Test
    void a_restore_is_done_by_the_stacks_task() {
        run("backup", "--stack", "prod");
        var to = "postgresql://postgres@127.0.0.1:" + server.port() + "/copy?sslmode=prefer";

        var restored =
                run(
                        "restore",
                        "latest",
                        "--to",
                        to,
                        "--create",
                        "--secret",
                        "env:SHOP_PASSWORD",
                        "--stack",
                        "prod");

        assertThat(restored.status()).as(restored.all()).isZero();
        assertThat(restored.stdout()).startsWith("RESTORED");
        assertThat(server.sql("copy", "select count(*) from t").strip()).isEqualTo("1000");
    }

    @Test
    void retention_is_looked_at_here_and_carried_out_by_the_stacks_function() throws IOException {
        run("backup", "--server", "orders", "--stack", "prod");
        run("backup", "--server", "orders", "--stack", "prod");
        var calls = endpoint.calls().size();
        var file = folder.resolve("pgvigil.yaml");
        Files.writeString(file, document);

        var plan = run("retention", "plan", "--stack", "prod", "--config", file.toString());
        assertThat(plan.status()).as(plan.all()).isZero();
        assertThat(plan.stdout())
                .containsPattern("(?m)^PLAN [0-9a-f]{12} ")
                .contains("orders/shop");
        var id = plan.stdout().replaceAll("(?s).*PLAN ([0-9a-f]{12}) .*", "$1");
        assertThat(endpoint.calls()).hasSize(calls);

        var held =
                run(
                        "retention",
                        "hold",
                        "latest",
                        "--owner",
                        "legal",
                        "--reason",
                        "case 4711",
                        "--stack",
                        "prod");
        assertThat(held.status()).as(held.all()).isZero();
        assertThat(held.stdout()).contains("held by legal: case 4711");
        assertThat(endpoint.calls().getLast().function()).isEqualTo("prod-retention");

        var stale =
                run(
                        "retention",
                        "apply",
                        "--plan",
                        plan.stdout().substring(5, 17),
                        "--stack",
                        "prod");
        assertThat(stale.stderr()).startsWith("PGV-6020");

        var applied = run("retention", "apply", "--unattended", "--stack", "prod");
        assertThat(applied.status()).as(applied.all()).isZero();
        assertThat(applied.stdout()).contains("0 of 2 backups deleted");
        assertThat(endpoint.calls().getLast().event()).contains("\"action\" : \"apply\"");
    }

    @Test
    void a_problem_of_a_function_is_shown_as_if_it_were_ours() {
        var failed = run("verify", "nix", "--stack", "prod");

        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.stderr())
                .startsWith("PGV-1006: there is no backup 'nix'")
                .contains("HINT: ")
                .doesNotContain("errorMessage", "at io.pgvigil");
    }

    @Test
    void a_function_that_is_throttled_is_worth_trying_again() {
        endpoint.refuse("prod-backup", 429, "TooManyRequestsException", "Rate Exceeded.");

        var refused = run("backup", "--stack", "prod");

        assertThat(refused.status()).isEqualTo(4);
        assertThat(refused.stderr()).startsWith("PGV-8003: could not call function prod-backup");
    }

    @Test
    void a_stack_that_does_not_exist_is_a_matter_of_usage() {
        var absent = run("list", "--stack", "nix");

        assertThat(absent.status()).isEqualTo(2);
        assertThat(absent.stderr())
                .startsWith("PGV-8001: there is no stack nix in region eu-west-1");
    }

    @Test
    void a_stack_and_a_store_are_two_answers_to_one_question() {
        var both = run("list", "--stack", "prod", "--store", store.toString());

        assertThat(both.status()).isEqualTo(2);
        assertThat(both.stderr()).startsWith("PGV-1001: --stack and --store are both given");
    }

    @Test
    void the_stack_can_be_named_by_the_environment_and_a_typed_store_beats_it() {
        var environment = environment(Map.of("PGVIGIL_STACK_NAME", "nix"));

        assertThat(Program.run(folder, environment, "list").stderr()).startsWith("PGV-8001");
        assertThat(Program.run(folder, environment, "list", "--store", store.toString()).status())
                .isZero();
    }

    @Test
    void an_event_can_be_sent_to_a_function_as_it_is() throws IOException {
        var event = folder.resolve("event.json");
        Files.writeString(event, "{\"server\":\"orders\"}");

        var invoked = run("invoke", "backup", "--event", event.toString(), "--stack", "prod");

        assertThat(invoked.status()).as(invoked.all()).isZero();
        assertThat(invoked.stdout())
                .contains("\"answer\":{\"runs\"")
                .contains("\"state\":\"SEALED\"");
        assertThat(endpoint.calls())
                .singleElement()
                .satisfies(call -> assertThat(call.event()).isEqualTo("{\"server\":\"orders\"}"));
    }

    @Test
    void a_configuration_is_put_taken_and_got_back() throws IOException {
        var file = folder.resolve("pgvigil.yaml");
        Files.writeString(file, document);

        var put = run("config", "put", file.toString(), "--stack", "prod", "--accept");
        assertThat(put.status()).as(put.all()).isZero();
        assertThat(put.stdout()).contains("+  orders  new", "written  " + store, "accepted");
        assertThat(endpoint.calls())
                .singleElement()
                .satisfies(call -> {
                    assertThat(call.function()).isEqualTo("prod-backup");
                    assertThat(call.event()).contains("\"tick\" : \"2");
                });

        assertThat(run("config", "get", "--stack", "prod").stdout()).isEqualTo(document);
        assertThat(run("config", "check", "--stack", "prod").stdout())
                .contains("is usable: 1 servers");
        assertThat(run("config", "put", file.toString(), "--stack", "prod").stdout())
                .contains("unchanged");
    }

    @Test
    void a_configuration_of_another_store_is_refused() throws IOException {
        var file = folder.resolve("pgvigil.yaml");
        Files.writeString(file, document.replace(store.toString(), "s3://acme-other/pg"));

        var put = run("config", "put", file.toString(), "--stack", "prod");

        assertThat(put.status()).isEqualTo(2);
        assertThat(put.stderr()).contains("the document's store is s3://acme-other/pg");
    }

    private Program.Ended run(String... arguments) {
        return Program.run(folder, environment(Map.of()), arguments);
    }

    private Map<String, String> environment(Map<String, String> more) {
        var environment = new HashMap<>(endpoint.environment());
        environment.putAll(more);
        return environment;
    }
}
