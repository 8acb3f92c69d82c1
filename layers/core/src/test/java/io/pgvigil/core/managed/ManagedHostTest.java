package io.pgvigil.core.managed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ManagedHostTest {
    @ParameterizedTest
    @CsvSource({
        "orders.c9akciq32rga.eu-west-1.rds.amazonaws.com, false",
        "Orders.c9akciq32rga.eu-west-1.rds.amazonaws.com., false",
        "orders.c9akciq32rga.cn-north-1.rds.amazonaws.com.cn, false",
        "orders.cluster-c9akciq32rga.us-gov-west-1.rds.amazonaws.com, true",
        "orders.cluster-ro-c9akciq32rga.eu-west-1.rds.amazonaws.com, true",
        "eu.cluster-custom-c9akciq32rga.eu-west-1.rds.amazonaws.com, true"
    })
    void a_name_of_rds_is_recognised(String host, boolean cluster) {
        assertThat(ManagedHost.of(host))
                .hasValueSatisfying(found -> assertThat(found.cluster()).isEqualTo(cluster));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "orders.internal",
                "10.0.0.4",
                "rds.amazonaws.com",
                "orders.rds.amazonaws.com.evil.example",
                "db.compute-1.amazonaws.com"
            })
    void any_other_name_is_not(String host) {
        assertThat(ManagedHost.of(host)).isEmpty();
    }

    @Test
    void why_nothing_physical_is_made_names_the_host_and_what_takes_its_place() {
        assertThat(
                        ManagedHost.of("orders.c9akciq32rga.eu-west-1.rds.amazonaws.com")
                                .orElseThrow()
                                .why())
                .startsWith("orders.c9akciq32rga")
                .contains("automated backups");
    }
}
