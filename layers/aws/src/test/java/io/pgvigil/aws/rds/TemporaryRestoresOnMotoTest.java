package io.pgvigil.aws.rds;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.aws.rds.RdsInstances.Deletion;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.testkit.MotoServer;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.rds.RdsClient;

/// The same calls against a double that is not ours. It has no states, and no data.
final class TemporaryRestoresOnMotoTest {
    private static final MotoServer MOTO = MotoServer.start();
    private static final Secret PASSWORD = new Secret("0123456789abcdef0123456789abcdef");

    @AfterAll
    static void stop() {
        MOTO.close();
    }

    @Test
    void a_copy_of_an_instance_is_tagged_entered_and_deleted() {
        try (var client = Clients.to(MOTO.endpoint().toString())) {
            subnets(client);
            client.createDBInstance(request ->
                    request.dbInstanceIdentifier("orders")
                            .engine("postgres")
                            .dbInstanceClass("db.t4g.large")
                            .allocatedStorage(20)
                            .masterUsername("shopkeeper")
                            .masterUserPassword("somebody-elses")
                            .backupRetentionPeriod(7));
            var source = client.describeDBInstances().dbInstances().getFirst().endpoint().address();
            var like = Clients.wanted("one", Instant.now().plus(Duration.ofHours(12)));
            var wanted =
                    new TemporaryRestore(
                            like.id(),
                            like.stack(),
                            like.run(),
                            like.expires(),
                            source,
                            like.place());
            var restores = new TemporaryRestores(client, Pace.quick());

            var made = restores.make(wanted, PASSWORD, _ -> {});

            assertThat(made.user()).isEqualTo("shopkeeper");
            assertThat(made.address().host()).startsWith(wanted.id());
            var there =
                    client.describeDBInstances(request -> request.dbInstanceIdentifier(wanted.id()))
                            .dbInstances()
                            .getFirst();
            assertThat(RdsInstances.tags(client, there))
                    .containsEntry("pgvigil:managed", "temporary-instance")
                    .containsEntry("pgvigil:stack", Clients.STACK)
                    .containsEntry("pgvigil:run", Clients.RUN.value())
                    .containsEntry("pgvigil:expires", wanted.expires().toString());

            var sweeper = new RdsSweeper(client, Clients.STACK, _ -> false);
            assertThat(sweeper.sweep(wanted.expires().minusSeconds(1)).done()).isEmpty();
            assertThat(restores.delete(wanted)).isEqualTo(Deletion.DELETING);
            assertThat(
                            client.describeDBInstances().dbInstances().stream()
                                    .map(one -> one.dbInstanceIdentifier()))
                    .containsExactly("orders");
        }
    }

    private static void subnets(RdsClient client) {
        var ids =
                Pattern.compile("subnet-[0-9a-f]+")
                        .matcher(MOTO.query("ec2", "Action=DescribeSubnets&Version=2016-11-15"))
                        .results()
                        .map(found -> found.group())
                        .distinct()
                        .toList();
        client.createDBSubnetGroup(group ->
                group.dbSubnetGroupName("drills").dbSubnetGroupDescription("d").subnetIds(ids));
    }
}
