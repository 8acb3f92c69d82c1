package io.pgvigil.backup;

import io.pgvigil.runtime.Flow;
import io.pgvigil.wire.config.ConfigurationReader;

/// What `backup` is made of on AWS and on a laptop alike.
record BackupWiring(Backups backups, Ticks ticks) {

    static BackupWiring standard() {
        var environment = System.getenv();
        var flow = Flow.standard("backup", environment, ConfigurationReader::prepare);
        var configuration = flow.configuration(environment);
        return new BackupWiring(
                new Backups(configuration, flow.orders(), flow.sizing()),
                new Ticks(flow, configuration));
    }
}
