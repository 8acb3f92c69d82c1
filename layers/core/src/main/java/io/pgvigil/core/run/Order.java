package io.pgvigil.core.run;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.drill.Acceptance;
import io.pgvigil.core.drill.Check;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.wal.Point;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a task is told to do. Stored with the run, so it holds no secret.
public sealed interface Order {
    ServerName server();

    /// How the backup that is made is locked when it is sealed, or the copy when it arrives.
    default Optional<SealLock> lock() {
        return Optional.empty();
    }

    /// The word for it in run ids, logs and messages.
    String verb();

    /// @param databases what to back up; empty means every database of the server but those whose
    ///     name one of the patterns in `except` matches
    /// @param level zstd level, 1 to 19
    /// @param lockTimeout how long pg_dump waits for a table lock
    /// @param longest after which the dump is ended
    /// @param auto whether the task may copy the whole server instead, as [io.pgvigil.core.backup.AutoKind] says
    /// @param lock how the backups are locked when they are sealed
    record Backup(
            ServerName server,
            ConnectionRef connection,
            List<DatabaseName> databases,
            List<String> except,
            Selection selection,
            int level,
            Duration lockTimeout,
            Duration longest,
            boolean auto,
            Optional<SealLock> lock)
            implements Order {
        public Backup {
            databases = List.copyOf(databases);
            except = List.copyOf(except);
        }

        /// A logical one.
        public Backup(
                ServerName server,
                ConnectionRef connection,
                List<DatabaseName> databases,
                List<String> except,
                Selection selection,
                int level,
                Duration lockTimeout,
                Duration longest) {
            this(
                    server,
                    connection,
                    databases,
                    except,
                    selection,
                    level,
                    lockTimeout,
                    longest,
                    false,
                    Optional.empty());
        }

        /// The same, its kind left to the task.
        public Backup choosing() {
            return new Backup(
                    server,
                    connection,
                    databases,
                    except,
                    selection,
                    level,
                    lockTimeout,
                    longest,
                    true,
                    lock);
        }

        public Backup locked(Optional<SealLock> how) {
            return new Backup(
                    server,
                    connection,
                    databases,
                    except,
                    selection,
                    level,
                    lockTimeout,
                    longest,
                    auto,
                    how);
        }

        @Override
        public String verb() {
            return "backup";
        }
    }

    /// Copy a whole server.
    ///
    /// @param level zstd level, 1 to 19
    /// @param longest after which the copy is ended
    /// @param lock how the backup is locked when it is sealed
    record Physical(
            ServerName server,
            ConnectionRef connection,
            int level,
            Duration longest,
            Optional<SealLock> lock)
            implements Order {

        /// Without a lock.
        public Physical(ServerName server, ConnectionRef connection, int level, Duration longest) {
            this(server, connection, level, longest, Optional.empty());
        }

        @Override
        public String verb() {
            return "backup";
        }
    }

    /// Store what a server's log has got since the last time.
    ///
    /// @param slot that keeps the log on the server in between
    /// @param level zstd level, 1 to 19
    /// @param longest after which the harvest ends, having stored what it could
    /// @param unlimited consent to a slot on a server without `max_slot_wal_keep_size`
    /// @param always whether it goes on until it is told to stop
    record Harvest(
            ServerName server,
            ConnectionRef connection,
            String slot,
            int level,
            Duration longest,
            boolean unlimited,
            boolean always)
            implements Order {

        private static final int LONGEST_SLOT = 63;

        /// The slot that is named after a server.
        public static String slotOf(ServerName server) {
            var named = "pgvigil_" + server.value().replaceAll("[^a-z0-9_]", "_");
            return named.length() > LONGEST_SLOT ? named.substring(0, LONGEST_SLOT) : named;
        }

        /// One that ends by itself.
        public Harvest(
                ServerName server,
                ConnectionRef connection,
                String slot,
                int level,
                Duration longest,
                boolean unlimited) {
            this(server, connection, slot, level, longest, unlimited, false);
        }

        @Override
        public String verb() {
            return "wal";
        }
    }

    /// Prove a backup by restoring it into a temporary instance.
    ///
    /// @param rds where in RDS that instance is made; empty: in the task's sandbox
    record Drill(
            ServerName server,
            DatabaseName database,
            BackupId backup,
            int jobs,
            List<Check> checks,
            List<Acceptance> accept,
            Optional<RdsPlacement> rds)
            implements Order {
        public Drill {
            checks = List.copyOf(checks);
            accept = List.copyOf(accept);
        }

        /// In the sandbox.
        public Drill(
                ServerName server,
                DatabaseName database,
                BackupId backup,
                int jobs,
                List<Check> checks,
                List<Acceptance> accept) {
            this(server, database, backup, jobs, checks, accept, Optional.empty());
        }

        @Override
        public String verb() {
            return "verify";
        }
    }

    /// Send a sealed backup to another store, and check what arrived.
    ///
    /// @param to the other store's address
    /// @param later what came after the backup and is not there although the backup is, as
    ///     `copies/<store>/` names it; then only verdicts and log are sent
    /// @param lock how the copy is locked when it arrives
    record Copy(
            ServerName server,
            DatabaseName database,
            BackupId backup,
            String to,
            Optional<String> later,
            Optional<SealLock> lock)
            implements Order {
        /// The backup and what was found about it, unlocked.
        public Copy(ServerName server, DatabaseName database, BackupId backup, String to) {
            this(server, database, backup, to, Optional.empty(), Optional.empty());
        }

        @Override
        public String verb() {
            return "copy";
        }
    }

    /// Make a data folder of a physical backup on the host where the task runs.
    ///
    /// @param folder the data folder; empty or not there
    /// @param tablespaces where to put them, by name; the others go where they were
    /// @param jobs how many parts are fetched at a time
    /// @param dryRun only say what would be done
    /// @param point where recovery is to end; empty: at the end of the base
    record Recover(
            ServerName server,
            BackupId backup,
            String folder,
            Map<String, String> tablespaces,
            int jobs,
            boolean dryRun,
            Optional<Point> point)
            implements Order {
        public Recover {
            tablespaces = Map.copyOf(tablespaces);
        }

        /// As the base is, to its end.
        public Recover(
                ServerName server,
                BackupId backup,
                String folder,
                Map<String, String> tablespaces,
                int jobs,
                boolean dryRun) {
            this(server, backup, folder, tablespaces, jobs, dryRun, Optional.empty());
        }

        @Override
        public String verb() {
            return "restore";
        }
    }

    /// Have the service that runs a server restore it, as it was at a moment, into a new one that stays.
    ///
    /// @param source an endpoint's name, or the service's own name of it
    /// @param id of the new server
    /// @param at the moment; empty: the latest there is
    /// @param instanceClass how large it is; empty: like the source
    /// @param subnetGroup where it is put; empty: where the source is
    /// @param securityGroups who may reach it; empty: those of the source
    /// @param dryRun only say what would be done
    record PointInTime(
            ServerName server,
            String source,
            String id,
            Optional<Instant> at,
            Optional<String> instanceClass,
            Optional<String> subnetGroup,
            List<String> securityGroups,
            boolean dryRun)
            implements Order {
        public PointInTime {
            securityGroups = List.copyOf(securityGroups);
        }

        @Override
        public String verb() {
            return "restore";
        }
    }

    /// Prove that the service that runs a server can restore it: into a temporary one, which is read,
    /// asked and deleted.
    ///
    /// @param source an endpoint's name
    /// @param rds where the temporary one is made
    record ManagedDrill(ServerName server, String source, List<Check> checks, RdsPlacement rds)
            implements Order {
        public ManagedDrill {
            checks = List.copyOf(checks);
        }

        @Override
        public String verb() {
            return "verify";
        }
    }

    /// Bring a backup, or part of it, into a database.
    ///
    /// @param target where to; the database may differ from the backup's
    /// @param create make the target database
    /// @param clean consent to drop what is in the way
    /// @param replace restore beside, check, then swap the names and keep the old one
    /// @param dryRun only say what would be done
    /// @param rescue tables as they were at a moment, into a schema of their own
    record Restore(
            ServerName server,
            DatabaseName database,
            BackupId backup,
            ConnectionRef target,
            DatabaseName targetDatabase,
            List<String> schemas,
            List<String> tables,
            int jobs,
            boolean create,
            boolean clean,
            boolean replace,
            boolean dryRun,
            Optional<Duration> longest,
            Optional<Rescue> rescue)
            implements Order {
        public Restore {
            schemas = List.copyOf(schemas);
            tables = List.copyOf(tables);
        }

        /// Of one database's own backup.
        public Restore(
                ServerName server,
                DatabaseName database,
                BackupId backup,
                ConnectionRef target,
                DatabaseName targetDatabase,
                List<String> schemas,
                List<String> tables,
                int jobs,
                boolean create,
                boolean clean,
                boolean replace,
                boolean dryRun,
                Optional<Duration> longest) {
            this(
                    server,
                    database,
                    backup,
                    target,
                    targetDatabase,
                    schemas,
                    tables,
                    jobs,
                    create,
                    clean,
                    replace,
                    dryRun,
                    longest,
                    Optional.empty());
        }

        @Override
        public String verb() {
            return "restore";
        }
    }

    /// Tables of a server that is recovered to a moment.
    ///
    /// @param database of that server, where the tables are
    /// @param schema of the target, new or empty
    record Rescue(DatabaseName database, Point point, String schema) {}
}
