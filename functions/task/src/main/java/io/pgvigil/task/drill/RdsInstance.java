package io.pgvigil.task.drill;

import io.pgvigil.aws.rds.WantedInstance;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.postgres.ToolSet;
import io.pgvigil.postgres.restore.Globals;
import java.util.Set;

/// An instance of RDS that exists for one drill. Its master user is no superuser.
///
/// @param host who made it and deletes it
record RdsInstance(
        RdsHost host, WantedInstance wanted, Login login, ToolSet tools, Set<String> ownRoles)
        implements TemporaryInstance {
    // RDS puts it below its own data folder.
    private static final String TABLESPACES = "/db_tablespace";

    @Override
    public String description() {
        return "a temporary instance of RDS for PostgreSQL %s, %s, %d GiB"
                .formatted(
                        wanted.engineVersion(),
                        wanted.place().instanceClass(),
                        wanted.storageGib());
    }

    @Override
    public boolean superuser() {
        return false;
    }

    @Override
    public Globals.Permission permission() {
        return Globals.Permission.withoutSuperuser(TABLESPACES);
    }

    @Override
    public void requireUsable(Problem failure) {
        host.requireUsable(wanted, failure);
    }

    @Override
    public void close() {
        host.end(wanted);
    }
}
