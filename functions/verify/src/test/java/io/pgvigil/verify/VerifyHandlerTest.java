package io.pgvigil.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.ProfileRules;
import io.pgvigil.runtime.Retrievals;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.testkit.EventFiles;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.Invocation;
import io.pgvigil.testkit.SampleBackup;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Manifests;
import io.pgvigil.wire.Runs;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VerifyHandlerTest {
    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final FakeTaskLauncher launcher = new FakeTaskLauncher();
    private Instant now = Instant.parse("2026-11-22T03:00:00Z");
    private final VerifyHandler handler =
            new VerifyHandler(
                    new Drills(
                            new Catalog(store),
                            new Orders(new Runs(store), launcher, () -> now),
                            () -> new ProfileRules(Optional.empty()),
                            Sizing.NONE,
                            new Retrievals(store, () -> now)));

    @Test
    void orders_a_drill_of_the_newest_backup_with_the_requests_own_checks() {
        seal();

        var answer = call("request-1", EventFiles.read("verify.manual"));

        var run = new Runs(store).get(launcher.launched().getFirst());
        assertThat(run.state()).isEqualTo(RunState.STARTED);
        var order = (Order.Drill) run.order();
        assertThat(order.backup()).isEqualTo(SampleBackup.BACKUP);
        assertThat(order.checks())
                .containsExactly(
                        new Check("orders are there", "select count(*) > 0 from app.orders"));
        assertThat(answer).contains(run.run().value()).contains(SampleBackup.BACKUP.value());
    }

    @Test
    void the_newest_copy_of_a_whole_server_is_meant_where_that_kind_is_asked_for() {
        seal();
        var copy = seal(SampleBackup.physical());

        call("request-1", EventFiles.read("verify.physical"));
        call("request-2", "{\"backup\": \"" + copy.backup() + "\"}");
        call("request-3", "{}");

        var orders =
                launcher.launched().stream()
                        .map(run -> (Order.Drill) new Runs(store).get(run).order())
                        .toList();
        assertThat(orders)
                .extracting(Order.Drill::backup)
                .containsExactly(copy.backup(), copy.backup(), SampleBackup.BACKUP);
        assertThat(orders.getFirst().database()).isEqualTo(DatabaseName.CLUSTER);
        assertThat(orders.getFirst().checks())
                .containsExactly(
                        new Check(
                                "orders are there",
                                "select count(*) > 0 from app.orders",
                                Optional.of(SampleBackup.DATABASE)));
    }

    @Test
    void rds_takes_no_data_folder() {
        var copy = seal(SampleBackup.physical());

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() ->
                        call(
                                "request-1",
                                "{\"backup\": \"" + copy.backup() + "\", \"instance\": \"rds\"}"))
                .withMessageStartingWith("PGV-1012");
    }

    @Test
    void a_request_delivered_again_minutes_later_is_the_same_drill() {
        seal();
        var first = call("request-1", EventFiles.read("verify.manual"));
        var left = store.keys();

        now = now.plus(Duration.ofMinutes(1));
        var second = call("request-1", EventFiles.read("verify.manual"));

        assertThat(second).isEqualTo(first);
        assertThat(launcher.launched()).hasSize(1);
        assertThat(store.keys()).isEqualTo(left);
    }

    @Test
    void a_request_may_ask_for_rds_where_the_profile_says_where() {
        seal();
        var place = "rds: { subnet_group: drills, security_groups: [ sg-0a1b2c3d ] }";

        var asked = drill(profile("{ schedule: weekly, " + place + " }"), "rds");
        var ruled = drill(profile("{ schedule: weekly, instance: rds, " + place + " }"), "");
        var declined =
                drill(profile("{ schedule: weekly, instance: rds, " + place + " }"), "sandbox");
        var plain = drill(profile("weekly"), "");

        assertThat(asked.rds()).map(RdsPlacement::subnetGroup).contains("drills");
        assertThat(ruled.rds()).isEqualTo(asked.rds());
        assertThat(declined.rds()).isEmpty();
        assertThat(plain.rds()).isEmpty();
    }

    @Test
    void rds_without_a_place_is_refused_and_nothing_is_ordered() {
        seal();
        var left = store.keys();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> drill(profile("weekly"), "rds"))
                .withMessageContaining("drill.rds");

        assertThat(store.keys()).isEqualTo(left);
        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void a_whole_server_of_rds_is_proven_by_rdss_own_restore() {
        var answer = managed(PLACED, EventFiles.read("verify.managed"));

        var run = new Runs(store).get(launcher.launched().getFirst());
        var order = (Order.ManagedDrill) run.order();
        assertThat(order.server()).hasToString("orders-rds");
        assertThat(order.source()).isEqualTo(RDS);
        assertThat(order.rds().subnetGroup()).isEqualTo("drills");
        assertThat(order.checks())
                .extracting(Check::name)
                .containsExactly("of the profile", "orders are there");
        assertThat(answer).contains(run.run().value());
    }

    @Test
    void a_server_of_rds_needs_a_place_for_its_drill() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> managed("weekly", EventFiles.read("verify.managed")))
                .withMessageContaining("drill.rds");
        assertThat(launcher.launched()).isEmpty();
    }

    @Test
    void a_backup_of_a_server_of_rds_is_proven_like_any_other() {
        seal();

        managed(PLACED, "{}");

        assertThat(new Runs(store).get(launcher.launched().getFirst()).order())
                .isInstanceOf(Order.Drill.class);
    }

    private static final String RDS = "orders.c9akciq32rga.eu-west-1.rds.amazonaws.com";
    private static final String PLACED =
            "{ rds: { subnet_group: drills, security_groups: [ sg-0123456789abcdef0 ] } }";

    private String managed(String drill, String event) {
        var configuration =
                ConfigurationReader.read(
                        """
                        store: s3://bucket/pg
                        servers:
                          orders-rds:
                            connect: { host: %s, user: u, secret: iam }
                            databases: [ orders ]
                            profile: p
                        profiles:
                          p: { drill: %s, checks: [ { name: of the profile, sql: "select true" } ] }
                        """
                                .formatted(RDS, drill),
                        "test");
        return new Invocation("request-1")
                .of(
                        new VerifyHandler(
                                new Drills(
                                        new Catalog(store),
                                        new Orders(new Runs(store), launcher, () -> now),
                                        () -> new ProfileRules(Optional.of(configuration)),
                                        Sizing.NONE,
                                        new Retrievals(store, () -> now))),
                        event);
    }

    private static Configuration profile(String drill) {
        return ConfigurationReader.read(
                """
                store: s3://bucket/pg
                servers:
                  %s:
                    connect: { host: h, user: u, secret: "env:PW" }
                    profile: p
                profiles:
                  p: { drill: %s }
                """
                        .formatted(SampleBackup.SERVER, drill),
                "test");
    }

    private Order.Drill drill(Configuration configuration, String instance) {
        var configured =
                new VerifyHandler(
                        new Drills(
                                new Catalog(store),
                                new Orders(new Runs(store), launcher, () -> now),
                                () -> new ProfileRules(Optional.of(configuration)),
                                Sizing.NONE,
                                new Retrievals(store, () -> now)));
        var event = instance.isEmpty() ? "{}" : "{\"instance\": \"" + instance + "\"}";
        new Invocation("request-" + instance + configuration.hashCode()).of(configured, event);
        return (Order.Drill) new Runs(store).get(launcher.launched().getLast()).order();
    }

    @Test
    void without_a_sealed_backup_there_is_nothing_to_prove() {
        // The objects alone, as a run that was killed before the seal leaves them.
        SampleBackup.storeObjects(store);
        var left = store.keys();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", EventFiles.read("verify.manual")))
                .withMessageStartingWith("PGV-1006");

        assertThat(store.keys()).isEqualTo(left);
        assertThat(launcher.launched()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{\"jobs\": \"many\"}",
                "{\"backup\": [\"latest\"]}",
                "{\"checks\": [{\"name\": \"without SQL\"}]}",
                "{\"instance\": \"aurora\"}",
                "{\"accept\": [{\"object\": \"x\", \"reason\": \"y\", \"expires\": \"never\"}]}"
            })
    void a_bad_event_is_refused_with_the_file_that_shows_a_good_one(String event) {
        seal();
        var left = store.keys();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> call("request-1", event))
                .withMessageStartingWith("PGV-1008: the event cannot be used")
                .withMessageContaining("HINT: events/verify.manual.json shows");

        assertThat(store.keys()).isEqualTo(left);
        assertThat(launcher.launched()).isEmpty();
    }

    private void seal() {
        var manifest = SampleBackup.storeObjects(store);
        store.create(
                Layout.of(
                        SampleBackup.SERVER,
                        SampleBackup.DATABASE,
                        SampleBackup.BACKUP,
                        Layout.MANIFEST),
                Manifests.bytes(manifest));
    }

    private Manifest seal(Manifest manifest) {
        store.create(
                Layout.of(
                        manifest.server(), manifest.database(), manifest.backup(), Layout.MANIFEST),
                Manifests.bytes(manifest));
        return manifest;
    }

    private String call(String request, String event) {
        return new Invocation(request).of(handler, event);
    }
}
