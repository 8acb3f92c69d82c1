package io.pgvigil.task.drill;

import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.restore.Globals;
import java.util.Set;

/// What a backup is restored into to prove it. Closing it removes it, whatever happened.
interface TemporaryInstance extends AutoCloseable {

    /// Its most powerful role that we may be.
    Login login();

    /// The programs to restore and to dump with.
    ToolSet tools();

    /// What it is, as a verdict says it.
    String description();

    /// Whether [#login] may do everything. Where it may not, some differences are limits of the instance
    /// and not of the backup.
    boolean superuser();

    /// Roles it had before anything was restored: nothing about them comes from the backup.
    Set<String> ownRoles();

    /// How far a backup's globals may be restored.
    Globals.Permission permission();

    /// Throws when the instance itself is why something failed: then the backup has not been judged.
    void requireUsable(Problem failure);

    @Override
    void close();
}
