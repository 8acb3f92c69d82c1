package io.pgvigil.aws.pitr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.aws.rds.RdsBackups;
import io.pgvigil.core.managed.ManagedBackups;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsClient;

/// The real SDK against a working fake that has states.
final class RdsPointInTimeTest {
    private static final Instant LATEST = Instant.parse("2026-11-22T11:55:00Z");
    private static final Instant AT = Instant.parse("2026-11-22T09:42:16Z");
    private static final String HOST = "orders.c9akciq32rga.eu-west-1.rds.amazonaws.com";
    private static final String WRITER = "aurora.cluster-c9akciq32rga.eu-west-1.rds.amazonaws.com";

    private final FakeRestores fake = new FakeRestores();
    private final RdsClient client = client(fake.endpoint());
    private final RdsPointInTime restores =
            new RdsPointInTime(client, Duration.ofMillis(5), Duration.ofSeconds(20));
    private final List<String> progress = new ArrayList<>();

    static RdsClient client(String endpoint) {
        return RdsClient.builder()
                .endpointOverride(URI.create(endpoint))
                .region(Region.EU_WEST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "key")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .build();
    }

    @BeforeEach
    void servers() {
        fake.instance(
                "orders",
                Map.of(
                        "Address", HOST,
                        "DBInstanceClass", "db.m6g.large",
                        "BackupRetentionPeriod", "7",
                        "LatestRestorableTime", LATEST.toString(),
                        "Subnets", "private",
                        "Group", "sg-0123456789abcdef0"));
        fake.cluster(
                "aurora",
                Map.of(
                        "Endpoint", WRITER,
                        "Engine", "aurora-postgresql",
                        "BackupRetentionPeriod", "7",
                        "EarliestRestorableTime", LATEST.minus(Duration.ofDays(7)).toString(),
                        "LatestRestorableTime", LATEST.toString(),
                        "Subnets", "private",
                        "Group", "sg-0123456789abcdef0",
                        "Writer", "aurora-w"));
        fake.instance(
                "aurora-w",
                Map.of(
                        "Address", "aurora-w.c9akciq32rga.eu-west-1.rds.amazonaws.com",
                        "DBInstanceClass", "db.r6g.xlarge",
                        "DBClusterIdentifier", "aurora"));
    }

    @AfterEach
    void stop() {
        client.close();
        fake.close();
    }

    private static RdsRestoreWish wish(String source, String id, Optional<Instant> at) {
        return new RdsRestoreWish(
                source, id, at, Optional.empty(), List.of(), Optional.empty(), Map.of("team", "a"));
    }

    @Test
    void an_instance_comes_back_beside_the_old_one_as_it_was_and_where_it_was() {
        var restored = restores.restore(wish(HOST, "rescued", Optional.of(AT)), progress::add);

        assertThat(restored.host()).isEqualTo("rescued.c9akciq32rga.eu-west-1.rds.amazonaws.com");
        var asked = fake.calls("RestoreDBInstanceToPointInTime").getFirst();
        assertThat(asked)
                .containsEntry("SourceDBInstanceIdentifier", "orders")
                .containsEntry("RestoreTime", AT.toString())
                .containsEntry("DBInstanceClass", "db.m6g.large")
                .containsEntry("DBSubnetGroupName", "private")
                .containsEntry("VpcSecurityGroupIds.VpcSecurityGroupId.1", "sg-0123456789abcdef0")
                .containsEntry("PubliclyAccessible", "false")
                .doesNotContainKey("UseLatestRestorableTime");
        assertThat(asked.values()).contains("pgvigil:restored-from", "orders", "team");
        assertThat(String.join("\n", progress))
                .contains("as of 2026-11-22T09:42:16Z into the new instance rescued")
                .contains("is creating", "is backing-up", "is available");
    }

    @Test
    void the_latest_moment_and_a_place_of_ones_own_are_asked_for() {
        restores.restore(
                new RdsRestoreWish(
                        "orders",
                        "rescued",
                        Optional.empty(),
                        Optional.of("drills"),
                        List.of("sg-1", "sg-2"),
                        Optional.of("db.t4g.medium"),
                        Map.of()),
                progress::add);

        assertThat(fake.calls("RestoreDBInstanceToPointInTime").getFirst())
                .containsEntry("UseLatestRestorableTime", "true")
                .containsEntry("DBSubnetGroupName", "drills")
                .containsEntry("VpcSecurityGroupIds.VpcSecurityGroupId.2", "sg-2")
                .containsEntry("DBInstanceClass", "db.t4g.medium");
    }

    @Test
    void aurora_is_a_cluster_and_then_an_instance_in_it() {
        var restored = restores.restore(wish(WRITER, "rescued", Optional.of(AT)), progress::add);

        assertThat(restored.instance()).isEqualTo("rescued-1");
        assertThat(fake.calls("RestoreDBClusterToPointInTime").getFirst())
                .containsEntry("SourceDBClusterIdentifier", "aurora")
                .containsEntry("RestoreToTime", AT.toString())
                .containsEntry("DBSubnetGroupName", "private");
        assertThat(fake.calls("CreateDBInstance").getFirst())
                .containsEntry("DBClusterIdentifier", "rescued")
                .containsEntry("Engine", "aurora-postgresql")
                .containsEntry("DBInstanceClass", "db.r6g.xlarge");
        assertThat(String.join("\n", progress)).contains("cluster rescued is available");
    }

    @Test
    void an_answer_that_was_lost_does_not_make_a_second_one_or_an_error() {
        fake.loseNextAnswer();

        restores.restore(wish("orders", "rescued", Optional.empty()), progress::add);

        assertThat(fake.calls("RestoreDBInstanceToPointInTime")).hasSize(2);
    }

    @Test
    void a_name_that_is_taken_is_refused_before_anything_is_asked() {
        refused(ErrorCode.TARGET_NOT_EMPTY, wish("orders", "aurora-w", Optional.empty()));
        refused(ErrorCode.TARGET_NOT_EMPTY, wish("orders", "aurora", Optional.empty()));
        assertThat(fake.calls("RestoreDBInstanceToPointInTime")).isEmpty();
    }

    @Test
    void a_moment_that_cannot_be_reached_is_refused_with_the_one_that_can() {
        refused(
                ErrorCode.POINT_NOT_REACHABLE,
                wish("orders", "rescued", Optional.of(LATEST.plusSeconds(1))));
        refused(
                ErrorCode.POINT_NOT_REACHABLE,
                wish("aurora", "rescued", Optional.of(LATEST.minus(Duration.ofDays(8)))));
        fake.instance("bare", Map.of("BackupRetentionPeriod", "0"));
        refused(ErrorCode.POINT_NOT_REACHABLE, wish("bare", "rescued", Optional.empty()));
        refused(ErrorCode.TARGET_MISSING, wish("nobody", "rescued", Optional.empty()));
    }

    private void refused(ErrorCode code, RdsRestoreWish wish) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> restores.plan(wish))
                .extracting(Problem::code)
                .isEqualTo(code);
    }

    @Test
    void one_that_will_never_be_available_is_not_waited_for() {
        fake.going("creating", "restore-error");

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() ->
                        restores.restore(wish("orders", "rescued", Optional.empty()), _ -> {}))
                .withMessageContaining("restore-error instead of available");
    }

    @Test
    void what_rds_keeps_is_found_by_an_endpoint() {
        var backups = new RdsBackups(client);

        assertThat(backups.find(ManagedHost.of(HOST).orElseThrow()))
                .contains(new ManagedBackups("orders", false, "available", 7, Optional.of(LATEST)));
        assertThat(backups.find(ManagedHost.of(WRITER).orElseThrow()).orElseThrow().id())
                .isEqualTo("aurora");
        // An instance of a cluster has the cluster's backups.
        assertThat(
                        backups.find(
                                        ManagedHost.of(
                                                        "aurora-w.c9akciq32rga.eu-west-1.rds.amazonaws.com")
                                                .orElseThrow())
                                .orElseThrow()
                                .id())
                .isEqualTo("aurora");
        assertThat(
                        backups.find(
                                ManagedHost.of("gone.c9akciq32rga.eu-west-1.rds.amazonaws.com")
                                        .orElseThrow()))
                .isEmpty();
    }
}
