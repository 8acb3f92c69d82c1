package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.store.StoreUri;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class S3RehearsalTest {
    private static final StoreUri.S3 STORE = (StoreUri.S3) StoreUri.parse("s3://acme-backups/pg");

    @Test
    void it_reaches_its_end_where_nothing_is_set() {
        S3Rehearsal.of(STORE, S3Settings.STANDARD);
    }

    @Test
    void nothing_is_sent() throws IOException {
        try (var s3 = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            S3Rehearsal.of(
                    STORE,
                    new S3Settings(
                            Optional.empty(),
                            Optional.of(URI.create("http://127.0.0.1:" + s3.getLocalPort())),
                            true,
                            Optional.empty()));

            s3.setSoTimeout(200);
            assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(s3::accept);
        }
    }
}
