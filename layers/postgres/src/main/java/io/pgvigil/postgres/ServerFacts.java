package io.pgvigil.postgres;

import io.pgvigil.core.SystemIdentifier;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/// What a source told about itself in the transaction of the snapshot: above all what an archive cannot
/// hold, so that a verdict can say what was not proven.
///
/// @param systemIdentifier and `timeline` are absent where a managed service closes the functions
/// @param serverTime the server's clock when the snapshot was taken
/// @param lsn absent where the server has no WAL position to tell
/// @param bootstrapSuperuser the role that initdb made: it owns what comes with every cluster
/// @param settings those that a sandbox has to share or a restore has to know
/// @param invalidIndexes are not dumped at all
/// @param subscriptions are left out of a dump by anyone but a superuser
/// @param tablespaces that objects of this database use, besides the two that always exist
public record ServerFacts(
        ServerVersion version,
        String versionText,
        Optional<SystemIdentifier> systemIdentifier,
        OptionalInt timeline,
        boolean inRecovery,
        Managed managed,
        Instant serverTime,
        Optional<LsnInterval> lsn,
        DatabaseFacts database,
        RoleFacts role,
        String bootstrapSuperuser,
        Map<String, String> settings,
        List<Extension> extensions,
        List<String> invalidIndexes,
        List<PreparedTransaction> preparedTransactions,
        List<MaterializedView> materializedViews,
        List<String> subscriptions,
        List<Tablespace> tablespaces) {
    public ServerFacts {
        settings = Collections.unmodifiableMap(new TreeMap<>(settings));
        extensions = List.copyOf(extensions);
        invalidIndexes = List.copyOf(invalidIndexes);
        preparedTransactions = List.copyOf(preparedTransactions);
        materializedViews = List.copyOf(materializedViews);
        subscriptions = List.copyOf(subscriptions);
        tablespaces = List.copyOf(tablespaces);
    }

    /// Who runs the server: that decides which kinds of backup it allows.
    public enum Managed {
        NO,
        RDS,
        AURORA
    }

    /// An installed extension; an archive says `CREATE EXTENSION` without the version.
    public record Extension(String name, String version, String schema) {}

    /// A transaction that waits for its second phase; its changes are in no dump.
    public record PreparedTransaction(String name, String owner, Instant prepared) {}

    /// A materialized view; an archive says only whether to refresh it.
    public record MaterializedView(String name, boolean populated) {}

    public record Tablespace(String name, String location) {}
}
