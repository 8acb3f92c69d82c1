package io.pgvigil.aws.rds;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.aws.rds.RdsInstances.Deletion;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.testkit.MotoServer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.rds.RdsClient;

/// The same calls against a double that is not ours: names, parameters, tags and errors as moto
/// understands them. It has no states and no engine versions.
final class RdsOnMotoTest {
    private static final Secret PASSWORD = new Secret("9f2c7c1d5f0e4a1b");

    private static final MotoServer MOTO = MotoServer.start();

    private final RdsClient client = Clients.to(MOTO.endpoint().toString());
    private final RdsInstances rds = new RdsInstances(client, Pace.quick());
    private final WantedInstance wanted =
            Clients.wanted("one", Instant.now().plus(Duration.ofHours(12)));

    @AfterAll
    static void stop() {
        MOTO.close();
    }

    @BeforeEach
    void subnets() throws Exception {
        HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(MOTO.endpoint().resolve("/moto-api/reset"))
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
        var ids =
                java.util.regex.Pattern.compile("subnet-[0-9a-f]+")
                        .matcher(MOTO.query("ec2", "Action=DescribeSubnets&Version=2016-11-15"))
                        .results()
                        .map(found -> found.group())
                        .distinct()
                        .toList();
        client.createDBSubnetGroup(group ->
                group.dbSubnetGroupName("drills").dbSubnetGroupDescription("d").subnetIds(ids));
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void an_instance_is_made_with_its_tags_found_again_and_deleted() {
        rds.create(wanted, PASSWORD);
        var address = rds.await(wanted, state -> {});

        assertThat(address.host()).startsWith(wanted.id());
        var made =
                client.describeDBInstances(request -> request.dbInstanceIdentifier(wanted.id()))
                        .dbInstances()
                        .getFirst();
        assertThat(made.storageEncrypted()).isTrue();
        assertThat(made.publiclyAccessible()).isFalse();
        assertThat(made.backupRetentionPeriod()).isZero();
        assertThat(made.deletionProtection()).isFalse();
        assertThat(made.masterUsername()).isEqualTo("postgres");
        assertThat(RdsInstances.tags(client, made))
                .containsEntry("pgvigil:stack", Clients.STACK)
                .containsEntry("pgvigil:run", Clients.RUN.value())
                .containsEntry("pgvigil:expires", wanted.expires().toString());

        assertThat(rds.delete(wanted)).isEqualTo(Deletion.DELETING);
        assertThat(rds.delete(wanted)).isEqualTo(Deletion.GONE);
    }

    @Test
    void asking_twice_in_one_attempt_makes_one_instance() {
        rds.create(wanted, PASSWORD);
        rds.create(wanted, PASSWORD);

        assertThat(client.describeDBInstances().dbInstances()).hasSize(1);
    }

    @Test
    void a_sweep_deletes_what_is_past_its_time_and_only_that() {
        rds.create(wanted, PASSWORD);
        client.createDBInstance(other ->
                other.dbInstanceIdentifier("orders-prod")
                        .engine("postgres")
                        .dbInstanceClass("db.t4g.large")
                        .allocatedStorage(20)
                        .masterUsername("postgres")
                        .masterUserPassword("somebody-elses"));
        var sweeper = new RdsSweeper(client, Clients.STACK, run -> false);

        assertThat(sweeper.sweep(wanted.expires().minusSeconds(1)).done()).isEmpty();
        assertThat(sweeper.sweep(wanted.expires()).done())
                .singleElement()
                .asString()
                .startsWith("deleted instance " + wanted.id());

        assertThat(client.describeDBInstances().dbInstances())
                .extracting(instance -> instance.dbInstanceIdentifier())
                .isEqualTo(List.of("orders-prod"));
    }
}
