package io.pgvigil.aws.s3;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.time.Duration;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;

/// Does beforehand, without a connection, what connections over TLS are slow at in a program that has just started.
///
/// Nothing depends on it: what is not done here is done when it is needed.
public final class TlsRehearsal {
    /// The most that TLS encrypts at a time.
    private static final int RECORD = 16 << 10;

    /// Runs of the same code are what is counted, and short ones are cheap while it is slow.
    private static final int SHORT = 1 << 10;

    private static final int RUNS = 64;

    /// Compiled it takes a tenth of it, interpreted a hundred times as long.
    private static final Duration QUICK = Duration.ofNanos(60_000);

    private static final Duration LONGEST = Duration.ofMillis(400);

    private TlsRehearsal() {}

    /// A client offers keys of two curves in its first message. For one of them Java computes a table first, which
    /// takes a tenth of a second as long as nothing is compiled.
    public static void keys() {
        tried(TlsRehearsal::generate);
    }

    /// Decrypts until that is compiled: as slow as it is before, everything that is fetched at the same time would
    /// pay for it.
    public static void records() {
        tried(TlsRehearsal::decrypt);
    }

    static void generate() throws GeneralSecurityException {
        generate("EC", new ECGenParameterSpec("secp256r1"));
        generate("XDH", NamedParameterSpec.X25519);
        SSLContext.getDefault();
    }

    private static void generate(String kind, AlgorithmParameterSpec curve)
            throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance(kind);
        generator.initialize(curve);
        var offered = generator.generateKeyPair();
    }

    static void decrypt() throws GeneralSecurityException {
        var records = new Records();
        var began = System.nanoTime();
        while (!records.areQuick() && System.nanoTime() - began < LONGEST.toNanos())
            records.decryptBriefOnes();
    }

    private interface Part {
        void rehearse() throws GeneralSecurityException;
    }

    private static void tried(Part part) {
        try {
            part.rehearse();
        } catch (GeneralSecurityException e) {
            // This Java has other curves and ciphers; the connection will find them.
        }
    }

    private static final class Records {
        private final SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
        private final GCMParameterSpec nonce = new GCMParameterSpec(128, new byte[12]);
        private final Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        private final ByteBuffer brief = encrypted(SHORT);
        private final ByteBuffer whole = encrypted(RECORD);
        private final ByteBuffer decrypted = ByteBuffer.allocate(RECORD);

        Records() throws GeneralSecurityException {}

        private ByteBuffer encrypted(int length) throws GeneralSecurityException {
            // A cipher does not encrypt twice with the same nonce. Here it protects nothing.
            var once = Cipher.getInstance(cipher.getAlgorithm());
            once.init(Cipher.ENCRYPT_MODE, key, nonce);
            return ByteBuffer.wrap(once.doFinal(new byte[length]));
        }

        void decryptBriefOnes() throws GeneralSecurityException {
            for (var run = 0; run < RUNS; run++) decrypt(brief);
        }

        boolean areQuick() throws GeneralSecurityException {
            var began = System.nanoTime();
            decrypt(whole);
            return System.nanoTime() - began < QUICK.toNanos();
        }

        private void decrypt(ByteBuffer encrypted) throws GeneralSecurityException {
            cipher.init(Cipher.DECRYPT_MODE, key, nonce);
            cipher.doFinal(encrypted.duplicate(), decrypted.duplicate());
        }
    }
}
