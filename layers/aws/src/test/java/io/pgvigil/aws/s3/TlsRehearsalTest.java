package io.pgvigil.aws.s3;

import java.security.GeneralSecurityException;
import org.junit.jupiter.api.Test;

/// What fails in a rehearsal is passed over, and would only be seen as a slow start.
final class TlsRehearsalTest {
    @Test
    void this_java_has_the_curves_that_it_offers() throws GeneralSecurityException {
        TlsRehearsal.generate();
    }

    @Test
    void what_it_encrypts_it_can_decrypt() throws GeneralSecurityException {
        TlsRehearsal.decrypt();
    }
}
