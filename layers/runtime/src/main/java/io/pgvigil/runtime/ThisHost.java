package io.pgvigil.runtime;

import io.pgvigil.wire.Leases;
import java.net.InetAddress;
import java.net.UnknownHostException;

/// This machine, as leases need to know it.
public final class ThisHost implements Leases.Host {
    private final String name;

    public ThisHost() {
        name = hostName();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // No name resolves; process ids mean nothing to anybody else then.
            return "unnamed-" + ProcessHandle.current().pid();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public boolean gone(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
    }
}
