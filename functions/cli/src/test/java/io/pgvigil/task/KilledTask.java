package io.pgvigil.task;

import static java.util.Objects.requireNonNull;

import io.pgvigil.core.RunId;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.local.DirectoryStore;
import io.pgvigil.postgres.Tools;
import io.pgvigil.runtime.ThisHost;
import io.pgvigil.task.copy.BackupCopy;
import io.pgvigil.task.drill.DatabaseDrill;
import io.pgvigil.task.dump.DatabaseBackup;
import io.pgvigil.task.physical.ClusterBackup;
import io.pgvigil.task.physical.ClusterDrill;
import io.pgvigil.task.physical.ClusterRestore;
import io.pgvigil.task.physical.TableRescue;
import io.pgvigil.task.physical.WalHarvest;
import io.pgvigil.task.restore.DatabaseRestore;
import io.pgvigil.testkit.ForwardingObjectStore;
import io.pgvigil.wire.Leases;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// The task, which sends itself SIGKILL where it makes the n-th object of a name appear in the store.
///
/// Arguments: the run, `before` or `after`, a pattern of the object's key, and n.
public final class KilledTask {
    private KilledTask() {}

    public static void main(String[] arguments) {
        var environment = System.getenv();
        var clock = InstantSource.system();
        var work = Path.of(System.getProperty("java.io.tmpdir"));
        var store =
                new Deadly(
                        new DirectoryStore(
                                (StoreUri.Directory)
                                        StoreUri.parse(
                                                requireNonNull(environment.get("PGVIGIL_STORE")))),
                        arguments[1].equals("after"),
                        arguments[2],
                        Integer.parseInt(arguments[3]));
        var tools = Tools.find(environment);
        var good =
                new Task(
                                store,
                                new Leases(store, clock, new ThisHost()),
                                new Connections(environment, (_, _) -> Optional.empty()),
                                new DatabaseBackup(store, tools, Progress.NONE, clock, "test", 1),
                                new ClusterBackup(
                                        store, tools, Progress.NONE, clock, "test", 1, work),
                                new ClusterRestore(store, Progress.NONE, clock),
                                new WalHarvest(store, Progress.NONE, clock),
                                new DatabaseDrill(
                                        store,
                                        tools,
                                        Progress.NONE,
                                        clock,
                                        work,
                                        () -> {
                                            throw new AssertionError("no drill here");
                                        }),
                                new ClusterDrill(
                                        store, tools, Progress.NONE, clock, work, () -> 1L),
                                new DatabaseRestore(store, tools, Progress.NONE, clock, work),
                                new TableRescue(store, tools, Progress.NONE, clock, work),
                                new BackupCopy(store, Progress.NONE, clock),
                                _ -> store)
                        .perform(new RunId(arguments[0]));
        // Nothing of that name was stored: a test that waits for the signal must not take this for
        // it.
        System.exit(good ? 0 : 1);
    }

    private static final class Deadly extends ForwardingObjectStore {
        private final boolean after;
        private final String pattern;
        private final int nth;
        private final AtomicInteger seen = new AtomicInteger();

        Deadly(ObjectStore store, boolean after, String pattern, int nth) {
            super(store);
            this.after = after;
            this.pattern = pattern;
            this.nth = nth;
        }

        private boolean deadly(ObjectKey key) {
            return key.value().matches(pattern) && seen.incrementAndGet() == nth;
        }

        @Override
        public boolean create(ObjectKey key, byte[] content) {
            if (!deadly(key)) return super.create(key, content);
            if (after) super.create(key, content);
            throw die();
        }

        @Override
        public void put(ObjectKey key, byte[] content) {
            if (!deadly(key)) {
                super.put(key, content);
                return;
            }
            if (after) super.put(key, content);
            throw die();
        }

        @Override
        public ObjectUpload upload(ObjectKey key) {
            var real = super.upload(key);
            return new ObjectUpload() {
                @Override
                public void write(byte[] bytes, int offset, int length) {
                    real.write(bytes, offset, length);
                }

                @Override
                public StoredObject complete() {
                    if (!deadly(key)) return real.complete();
                    if (after) real.complete();
                    throw die();
                }

                @Override
                public void close() {
                    real.close();
                }
            };
        }

        private static IllegalStateException die() {
            try {
                var status =
                        new ProcessBuilder("kill", "-9", ProcessHandle.current().pid() + "")
                                .start()
                                .waitFor();
                // The signal is on its way.
                Thread.sleep(60_000);
                return new IllegalStateException("kill ended with " + status);
            } catch (IOException | InterruptedException e) {
                return new IllegalStateException("could not die", e);
            }
        }
    }
}
