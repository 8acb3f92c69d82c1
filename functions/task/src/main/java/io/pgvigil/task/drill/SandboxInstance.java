package io.pgvigil.task.drill;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.restore.Globals;
import io.pgvigil.postgres.sandbox.Sandbox;
import io.pgvigil.postgres.sandbox.SandboxShape;
import java.nio.file.Path;
import java.util.Set;

/// A private cluster beside the drill, with the source's encoding, locale and superuser.
record SandboxInstance(Sandbox sandbox, ToolSet tools, String description)
        implements TemporaryInstance {
    private static final ByteSize MEMORY = ByteSize.of(512L << 20);

    static SandboxInstance start(ToolSet tools, SandboxShape shape, Path folder) {
        return new SandboxInstance(
                Sandbox.start(tools, shape, folder, MEMORY),
                tools,
                "a temporary instance of PostgreSQL " + tools.version() + ", " + shape);
    }

    @Override
    public Login login() {
        return sandbox.login();
    }

    @Override
    public boolean superuser() {
        return true;
    }

    @Override
    public Set<String> ownRoles() {
        return Set.of(login().endpoint().user());
    }

    @Override
    public Globals.Permission permission() {
        return Globals.Permission.all(sandbox);
    }

    @Override
    public void requireUsable(Problem failure) {
        // It fails for the disk and the memory that are this task's own: the failure says so
        // itself.
    }

    @Override
    public void close() {
        sandbox.close();
    }
}
