package io.pgvigil.backup;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Configured;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Sizing;
import java.util.List;

/// Orders backups.
public final class Backups {
    /// Level 3 costs a quarter more time than level 1 and saves a sixth of the bytes; see
    /// `docs/decisions/`.
    public static final int LEVEL = 3;

    private static final int HIGHEST_LEVEL = 19;

    private final ConfigurationSource configuration;
    private final Orders orders;
    private final Sizing sizing;

    public record Ordered(List<OrderedRun> runs) {}

    /// @param databases empty: every database of the server
    public record OrderedRun(
            RunId run, ServerName server, List<DatabaseName> databases, RunState state) {}

    public Backups(ConfigurationSource configuration, Orders orders, Sizing sizing) {
        this.configuration = configuration;
        this.orders = orders;
        this.sizing = sizing;
    }

    public Ordered order(BackupRequested request, String nonce) {
        if (request.kind().filter(kind -> kind != BackupKind.LOGICAL).isPresent())
            throw new Problem(
                    ErrorCode.NOT_SUPPORTED_HERE,
                    "backups of kind " + request.kind().get() + " are not made by this version",
                    "Ask for kind LOGICAL.");
        var level = request.level().orElse(LEVEL);
        if (level < 1 || level > HIGHEST_LEVEL)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "level " + level + " is not a zstd level",
                    "Use 1 (fast) to " + HIGHEST_LEVEL + " (small).");
        return new Ordered(
                servers(request).stream()
                        .map(server -> place(server, request, level, nonce))
                        .toList());
    }

    private OrderedRun place(Source source, BackupRequested request, int level, String nonce) {
        var databases = request.databases().isEmpty() ? source.databases() : request.databases();
        var order = source.order(databases, request.selection().orElse(source.selection()), level);
        var size = sizing.backup(sizing.recent(source.name()), databases);
        // What was due at a time is one thing, however many tell us and whoever they are.
        var placed =
                orders.place(
                        order,
                        request.due(),
                        request.due().isPresent() ? "" : nonce,
                        Orders.Terms.of(source.limits(), size));
        return new OrderedRun(placed.run(), source.name(), databases, placed.state());
    }

    private List<Source> servers(BackupRequested request) {
        if (request.connection().isPresent())
            return List.of(given(request, request.connection().get()));
        // As at a tick: whoever asks right after deploying finds the first server configured.
        var known =
                configuration
                        .refreshed()
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.CONFIG_NOT_FOUND,
                                        "there is no configuration, and the request does not say"
                                                + " how to reach a server",
                                        "Give a connection URL, or name a configuration with"
                                                + " --config or PGVIGIL_CONFIG."));
        if (request.server().isEmpty())
            return known.servers().entrySet().stream()
                    .map(entry -> Source.of(entry.getKey(), entry.getValue()))
                    .toList();
        var name = request.server().get();
        return List.of(Source.of(name, Configured.server(known, name)));
    }

    private static Source given(BackupRequested request, ConnectionRef connection) {
        return Source.given(
                request.server().orElse(ServerName.of(connection.host(), connection.port())),
                connection);
    }
}
