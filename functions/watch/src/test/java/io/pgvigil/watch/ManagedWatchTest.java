package io.pgvigil.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.managed.ManagedBackups;
import io.pgvigil.core.managed.ManagedServices;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Sweeper;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Metrics;
import io.pgvigil.runtime.Ping;
import io.pgvigil.runtime.Sizing;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.testkit.FakeTaskLauncher;
import io.pgvigil.testkit.InMemoryObjectStore;
import io.pgvigil.testkit.RememberingAnnouncer;
import io.pgvigil.wire.config.ConfigurationReader;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Servers whose copies and harvests RDS makes.
final class ManagedWatchTest {
    private static final Configuration CONFIGURATION =
            ConfigurationReader.read(
                    """
                    store: s3://acme-backups/pg
                    servers:
                      orders:
                        connect: { host: orders.c9akciq32rga.eu-west-1.rds.amazonaws.com, user: backup, secret: iam }
                        databases: all
                        profile: unlocked
                      dumped-only:
                        connect: { host: dev.c9akciq32rga.eu-west-1.rds.amazonaws.com, user: backup, secret: iam }
                        databases: all
                        profile: staging
                      own:
                        connect: { host: own.internal, user: backup, secret: iam }
                        databases: all
                        profile: unlocked
                    profiles:
                      unlocked: { physical: weekly, wal: hourly, rpo: 1h, lock: none, keep: { daily: 7 } }
                    """,
                    "the test's configuration");

    private final InMemoryObjectStore store = new InMemoryObjectStore();
    private final RememberingAnnouncer announcer = new RememberingAnnouncer();
    private final StringBuilder measured = new StringBuilder();
    private Instant now = Instant.parse("2026-11-22T12:00:00Z");
    private ManagedServices rds = _ -> Optional.empty();

    private Watch.Report look() {
        var launcher = new FakeTaskLauncher();
        var flow =
                Flow.of(
                        store,
                        launcher,
                        launcher,
                        Optional.of(announcer),
                        Sizing.NONE,
                        new Metrics("test", measured::append),
                        StateLog.SILENT,
                        () -> now);
        return new Watch(
                        flow,
                        Sweeper.NONE,
                        () -> Optional.of(CONFIGURATION),
                        host -> rds.find(host),
                        WatchTest.nothingToFind(flow),
                        Ping.NONE)
                .look();
    }

    private ManagedBackups behind(Duration time) {
        return new ManagedBackups("orders", false, "available", 7, Optional.of(now.minus(time)));
    }

    @Test
    void only_servers_of_rds_whose_profile_promises_copies_or_wal_are_looked_at() {
        rds = _ -> Optional.of(behind(Duration.ofMinutes(5)));

        var report = look();

        assertThat(report.managed()).hasSize(1);
        assertThat(report.managed().getFirst().server()).isEqualTo(new ServerName("orders"));
        assertThat(report.managed().getFirst().satisfied()).isTrue();
        assertThat(announcer.told()).isEmpty();
        assertThat(measured.toString()).contains("\"ManagedUnprotected\":0");
    }

    @Test
    void a_finding_is_told_once_and_again_when_it_is_over() {
        rds = _ -> Optional.of(behind(Duration.ofHours(2)));
        look();
        now = now.plus(Duration.ofMinutes(15));
        look();
        assertThat(announcer.told()).hasSize(1);
        assertThat(announcer.told().getFirst().event()).isEqualTo("managed.missing");
        assertThat(announcer.told().getFirst().text()).contains("What to do: ");
        assertThat(measured.toString()).contains("\"ManagedUnprotected\":1");

        rds = _ -> Optional.of(behind(Duration.ofMinutes(4)));
        look();
        look();

        assertThat(announcer.told()).hasSize(2);
        assertThat(announcer.told().getLast().event()).isEqualTo("managed.satisfied");
    }

    @Test
    void a_server_that_rds_does_not_know_is_a_finding_not_a_silence() {
        var report = look();

        assertThat(report.managed().getFirst().satisfied()).isFalse();
        assertThat(report.managed().getFirst().what()).contains("no instance or cluster");
    }

    @Test
    void a_service_that_does_not_answer_is_trouble_and_no_finding() {
        rds =
                _ -> {
                    throw new Problem(ErrorCode.INSTANCE_FAILED, "no answer", "Later.", true, null);
                };

        var report = look();

        assertThat(report.managed()).isEmpty();
        assertThat(report.problems()).hasSize(1);
        assertThat(announcer.told()).isEmpty();
    }
}
