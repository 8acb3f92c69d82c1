package io.pgvigil.postgres.sandbox;

import io.pgvigil.core.ByteSize;
import io.pgvigil.postgres.restore.Lab;
import java.nio.file.Path;

/// A process of its own that owns a sandbox until it is killed.
final class SandboxOwner {
    private SandboxOwner() {}

    public static void main(String[] args) throws InterruptedException {
        var sandbox =
                Sandbox.start(
                        Lab.tools(), SandboxShape.utf8(), Path.of(args[0]), ByteSize.of(64 << 20));
        System.out.println(sandbox.folder());
        Thread.sleep(Long.MAX_VALUE);
    }
}
