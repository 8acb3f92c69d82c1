package io.pgvigil.postgres;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A connection pooler between a client and a real server, with the habits that make poolers unfit for a
/// dump. Clients sign in at the server through it; afterwards it may hand them each other's backends.
final class FakePooler implements AutoCloseable {
    private static final int STARTUP = 196_608;

    private final boolean dropsOptions;
    private final boolean sharesBackends;
    private final int serverPort;
    private final ServerSocket listener;
    private final List<Backend> backends = new CopyOnWriteArrayList<>();

    /// @param dropsOptions takes startup options and forgets them, as with `ignore_startup_parameters`
    /// @param sharesBackends gives each transaction a free backend, as with `pool_mode=transaction`
    FakePooler(int serverPort, boolean dropsOptions, boolean sharesBackends) {
        this.serverPort = serverPort;
        this.dropsOptions = dropsOptions;
        this.sharesBackends = sharesBackends;
        try {
            listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (var backend : backends) backend.socket.close();
    }

    private static final class Backend {
        final Socket socket;
        volatile Socket client;

        Backend(Socket socket, Socket client) {
            this.socket = socket;
            this.client = client;
        }
    }

    private void accept() {
        try {
            while (true) {
                var client = listener.accept();
                Thread.ofVirtual().start(() -> quietly(() -> serve(client)));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void quietly(Work work) {
        try {
            work.run();
        } catch (IOException gone) {
            // One side hung up, as clients and servers do.
        }
    }

    private void serve(Socket client) throws IOException {
        var in = new DataInputStream(client.getInputStream());
        var startup = readStartup(client, in);
        var backend = new Backend(new Socket(InetAddress.getLoopbackAddress(), serverPort), client);
        backends.add(backend);
        var toServer = new DataOutputStream(backend.socket.getOutputStream());
        toServer.writeInt(startup.length + 8);
        toServer.writeInt(STARTUP);
        toServer.write(startup);
        toServer.flush();
        Thread.ofVirtual().start(() -> quietly(() -> answer(backend)));

        for (byte @Nullable [] message; (message = message(in)) != null; ) {
            // 'p' is a password; whatever else a client sends, it sends after signing in.
            var signedIn = message[0] != 'p';
            if (message[0] == 'X' && sharesBackends) break;
            var target = sharesBackends && signedIn ? backends.getFirst() : backend;
            target.client = client;
            target.socket.getOutputStream().write(message);
        }
        client.close();
    }

    private byte[] readStartup(Socket client, DataInputStream in) throws IOException {
        while (true) {
            var body = new byte[in.readInt() - 8];
            var code = in.readInt();
            in.readFully(body);
            if (code == STARTUP) return dropsOptions ? withoutOptions(body) : body;
            // Asked for TLS or GSS encryption: not here.
            client.getOutputStream().write('N');
        }
    }

    private static byte[] withoutOptions(byte[] startup) {
        var words = new String(startup, StandardCharsets.UTF_8).split("\0");
        var kept = new StringBuilder();
        for (var i = 0; i + 1 < words.length; i += 2)
            if (!words[i].equals("options"))
                kept.append(words[i]).append('\0').append(words[i + 1]).append('\0');
        return kept.append('\0').toString().getBytes(StandardCharsets.UTF_8);
    }

    private void answer(Backend backend) throws IOException {
        var in = new DataInputStream(backend.socket.getInputStream());
        for (byte @Nullable [] message; (message = message(in)) != null; ) {
            // The key for cancelling is the pooler's own: it names no process of the server.
            if (message[0] == 'K') message[5] ^= 0x10;
            backend.client.getOutputStream().write(message);
        }
    }

    private static byte @Nullable [] message(DataInputStream in) throws IOException {
        var type = in.read();
        if (type < 0) return null;
        var length = in.readInt();
        var message = new byte[length + 1];
        message[0] = (byte) type;
        ByteBuffer.wrap(message).putInt(1, length);
        in.readFully(message, 5, length - 4);
        return message;
    }
}
