package io.pgvigil.task;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/// Stands before a server and falls silent once it has passed on so many bytes of answers, however many
/// connections they took: a dump through it stops in the middle and never ends by itself.
final class StallingProxy implements AutoCloseable {
    private static final int BUFFER = 64 << 10;

    private final ServerSocket listener;
    private final int target;
    private final AtomicLong left;
    private final ConcurrentLinkedQueue<Socket> sockets = new ConcurrentLinkedQueue<>();

    StallingProxy(int target, long bytes) {
        this.target = target;
        this.left = new AtomicLong(bytes);
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    boolean stalled() {
        return left.get() <= 0;
    }

    private void accept() {
        try {
            while (true) {
                var client = listener.accept();
                var server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(server);
                Thread.ofVirtual().start(() -> pass(client, server, false));
                Thread.ofVirtual().start(() -> pass(server, client, true));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void pass(Socket from, Socket to, boolean counted) {
        try (var source = from;
                var sink = to) {
            InputStream in = source.getInputStream();
            OutputStream out = sink.getOutputStream();
            var buffer = new byte[BUFFER];
            for (int n; (n = in.read(buffer)) >= 0; ) {
                if (counted && left.addAndGet(-n) <= 0) Thread.sleep(Long.MAX_VALUE);
                out.write(buffer, 0, n);
            }
        } catch (IOException | InterruptedException over) {
            // One side has gone; closing the other is all there is to do.
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (var socket : sockets) socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
