package io.pgvigil.runtime;

import io.pgvigil.aws.s3.S3Rehearsal;
import io.pgvigil.core.store.StoreUri;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/// Loads what later runs of a program will need, while Java records it for an AOT cache.
///
/// - **Asks nobody:** nothing leaves this machine.
public final class Warmup {
    private static final StoreUri.S3 NOWHERE = (StoreUri.S3) StoreUri.parse("s3://nowhere/warm-up");
    private static final byte[] NOT_FOUND =
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final String OURS = "io/pgvigil/";
    private static final String CLASS = ".class";

    private Warmup() {}

    /// What one run alone does not load. The recording must not cost the run: whatever fails, it is only
    /// smaller.
    public static void everything() {
        try {
            s3();
            ourClasses();
        } catch (RuntimeException less) {
            System.err.println("not everything was recorded: " + less);
        }
    }

    /// The classes of a store in S3, of its client, and of the beginning of TLS.
    private static void s3() {
        Stores.prepare(NOWHERE, Map.of());
        try (var listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answer(listener));
            for (var scheme : List.of("http", "https"))
                S3Rehearsal.over(
                        NOWHERE, URI.create(scheme + "://127.0.0.1:" + listener.getLocalPort()));
        } catch (IOException nothingListens) {
            // Then less is recorded.
        }
    }

    private static void answer(ServerSocket listener) {
        while (!listener.isClosed()) {
            try (var caller = listener.accept()) {
                caller.getInputStream().read(new byte[1 << 14]);
                caller.getOutputStream().write(NOT_FOUND);
            } catch (IOException gone) {
                // The next one may listen longer.
            }
        }
    }

    /// Every class of ours on the class path: one run uses some of them, and the next one others.
    private static void ourClasses() {
        for (var element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!new File(element).getName().startsWith("pgvigil-")) continue;
            try (var jar = new JarFile(element)) {
                jar.stream().map(JarEntry::getName).forEach(Warmup::load);
            } catch (IOException unreadable) {
                // What cannot be read is not recorded.
            }
        }
    }

    private static void load(String entry) {
        if (!entry.startsWith(OURS) || !entry.endsWith(CLASS)) return;
        try {
            Class.forName(
                    entry.substring(0, entry.length() - CLASS.length()).replace('/', '.'),
                    false,
                    Warmup.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError optional) {
            // It needs a library that this program goes without.
        }
    }
}
