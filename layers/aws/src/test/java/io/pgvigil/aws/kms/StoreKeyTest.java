package io.pgvigil.aws.kms;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.aws.Clients;
import io.pgvigil.aws.FakeAws;
import io.pgvigil.testkit.MotoServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.kms.KmsClient;

/// The states of keys, as moto keeps them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StoreKeyTest {
    private final MotoServer moto = MotoServer.start();
    private final Clients clients = new Clients(moto.environment(), FakeAws.credentials());
    private final KmsClient kms = clients.build(KmsClient.builder(), "KMS", Duration.ofSeconds(30));

    @AfterAll
    void stop() {
        kms.close();
        moto.close();
    }

    @Test
    void a_key_that_works_is_no_trouble() {
        assertThat(StoreKey.of(make(), clients).trouble()).isEmpty();
    }

    @Test
    void a_key_that_is_disabled_or_about_to_go_is() {
        var key = make();

        kms.disableKey(disable -> disable.keyId(id(key)));
        assertThat(StoreKey.of(key, clients).trouble())
                .hasValueSatisfying(what -> assertThat(what).contains(key).endsWith("is disabled"));

        kms.scheduleKeyDeletion(delete -> delete.keyId(id(key)).pendingWindowInDays(7));
        assertThat(StoreKey.of(key, clients).trouble())
                .hasValueSatisfying(what -> assertThat(what).contains("is to be deleted at 2"));
    }

    @Test
    void a_key_that_is_gone_is() {
        var gone = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";

        assertThat(StoreKey.of(gone, clients).trouble())
                .contains("the key " + gone + " of the store does not exist");
    }

    /// moto takes no ARN here.
    private static String id(String arn) {
        return arn.substring(arn.indexOf('/') + 1);
    }

    private String make() {
        return kms.createKey().keyMetadata().arn();
    }
}
