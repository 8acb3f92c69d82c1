package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Selection;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.connect.Secret;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.postgres.Tools;
import io.pgvigil.runtime.Seals;
import io.pgvigil.task.copy.BackupCopy;
import io.pgvigil.task.drill.DatabaseDrill;
import io.pgvigil.task.dump.DatabaseBackup;
import io.pgvigil.task.physical.ClusterBackup;
import io.pgvigil.task.physical.ClusterDrill;
import io.pgvigil.task.physical.ClusterRestore;
import io.pgvigil.task.physical.TableRescue;
import io.pgvigil.task.physical.WalHarvest;
import io.pgvigil.task.restore.DatabaseRestore;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.TestServer;
import io.pgvigil.wire.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Passwords that change while a task is at work, with every stage of it: what it kept from the stage
/// before opens nothing.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ChangingPasswordTest {
    private static final String REFERENCE =
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rotating-AbCdEf";
    private static final InstantSource CLOCK = InstantSource.system();

    private final TestServer server = TestServer.start();
    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final Attempts attempts = new Attempts(store, server, "shop");
    private final List<String> changedBefore = new ArrayList<>();
    private int password;

    @BeforeAll
    void fill() {
        server.sql("postgres", "create database shop");
        server.sql(
                "shop",
                "create table orders (n int primary key); insert into orders select"
                        + " generate_series(1, 1000); create table lines (n int references orders)");
        server.sql("postgres", "create role mover superuser login");
        changePassword("the beginning");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void a_backup_and_a_restore_ask_for_the_password_before_each_connection() {
        var backedUp =
                perform(
                        new Order.Backup(
                                Attempts.SERVER,
                                connection(),
                                List.of(new DatabaseName("shop")),
                                List.of(),
                                Selection.EVERYTHING,
                                1,
                                Duration.ofSeconds(10),
                                Duration.ofMinutes(2)));

        assertThat(backedUp.state()).as("%s", backedUp.why()).isEqualTo(RunState.SEALED);
        assertThat(changedBefore).contains("dump", "globals");

        var backup = attempts.listed().getFirst();
        var restored =
                perform(
                        new Order.Restore(
                                Attempts.SERVER,
                                new DatabaseName("shop"),
                                backup.backup(),
                                connection(),
                                new DatabaseName("shop_again"),
                                List.of(),
                                List.of(),
                                2,
                                true,
                                false,
                                false,
                                false,
                                Optional.empty()));

        assertThat(restored.state()).as("%s", restored.why()).isEqualTo(RunState.DONE);
        assertThat(changedBefore).contains("plan", "fetch", "restore");
        assertThat(server.sql("shop_again", "select count(*) from orders")).isEqualTo("1000");
    }

    private Seals.Closed perform(Order order) {
        var run = attempts.ordered(order);
        var tools = Tools.find(Map.of(Tools.BIN_SETTING, server.bin().toString()));
        var work = Path.of(System.getProperty("java.io.tmpdir"));
        var changing = new Changing();
        var task =
                new Task(
                        store,
                        new Leases(store, CLOCK, new Someone()),
                        new Connections(
                                Map.of(),
                                (reference, _) -> {
                                    assertThat(reference).isEqualTo(REFERENCE);
                                    return Optional.of(new Secret("secret-" + password));
                                }),
                        new DatabaseBackup(store, tools, changing, CLOCK, "test", 1),
                        new ClusterBackup(store, tools, changing, CLOCK, "test", 1, work),
                        new ClusterRestore(store, changing, CLOCK),
                        new WalHarvest(store, changing, CLOCK),
                        new DatabaseDrill(store, tools, changing, CLOCK, work),
                        new ClusterDrill(store, tools, changing, CLOCK, work, () -> 1L),
                        new DatabaseRestore(store, tools, changing, CLOCK, work),
                        new TableRescue(store, tools, changing, CLOCK, work),
                        new BackupCopy(store, changing, CLOCK),
                        _ -> store);
        return attempts.sealed(run, task.perform(run) ? 0 : 1);
    }

    private ConnectionRef connection() {
        return new ConnectionRef(
                "127.0.0.1",
                server.port(),
                "mover",
                "prefer",
                Optional.empty(),
                Optional.of(REFERENCE));
    }

    /// For connections that are opened from now on.
    private void changePassword(String stage) {
        password++;
        server.sql("postgres", "alter role mover password 'secret-" + password + "'");
        changedBefore.add(stage);
    }

    private final class Changing implements Progress {
        @Override
        public void stage(String stage, String detail, long expectedBytes) {
            changePassword(stage);
        }

        @Override
        public void moved(long bytes, long rows) {}

        @Override
        public void note(String message) {}
    }

    private static final class Someone implements Leases.Host {
        @Override
        public String name() {
            return "test";
        }

        @Override
        public long pid() {
            return 2;
        }

        @Override
        public boolean gone(long other) {
            return false;
        }
    }
}
