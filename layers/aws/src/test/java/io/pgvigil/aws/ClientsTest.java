package io.pgvigil.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ecs.EcsClient;

final class ClientsTest {
    @Test
    void the_endpoint_of_one_service_comes_before_that_of_all() {
        try (var ecs = new FakeAws();
                var others = new FakeAws()) {
            var clients =
                    new Clients(
                            Map.of(
                                    "AWS_ENDPOINT_URL", others.endpoint().toString(),
                                    "AWS_ENDPOINT_URL_ECS", ecs.endpoint().toString(),
                                    "AWS_REGION", "eu-west-1"),
                            FakeAws.credentials());

            describe(clients);

            assertThat(ecs.requests("DescribeTasks")).hasSize(1);
            assertThat(others.requests("DescribeTasks")).isEmpty();
        }
    }

    @Test
    void without_variables_of_ours_the_sdk_finds_its_own_endpoint() {
        try (var ecs = new FakeAws()) {
            System.setProperty("aws.endpointUrlEcs", ecs.endpoint().toString());
            System.setProperty("aws.region", "eu-west-1");

            describe(new Clients(Map.of(), FakeAws.credentials()));

            assertThat(ecs.requests("DescribeTasks")).hasSize(1);
        } finally {
            System.clearProperty("aws.endpointUrlEcs");
            System.clearProperty("aws.region");
        }
    }

    @Test
    void the_region_is_that_of_the_function_or_the_shell() {
        assertThat(
                        new Clients(
                                        Map.of("AWS_DEFAULT_REGION", "eu-west-3"),
                                        FakeAws.credentials())
                                .region())
                .contains(Region.EU_WEST_3);
    }

    private static void describe(Clients clients) {
        try (var client = clients.build(EcsClient.builder(), "ECS", Duration.ofSeconds(30))) {
            client.describeTasks(ask -> ask.cluster("c").tasks("t"));
        }
    }
}
