package io.pgvigil.backup;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Configured;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Sizing;
import java.util.List;
import java.util.Optional;

/// Orders backups.
public final class Backups {
    /// Level 3 costs a quarter more time than level 1 and saves a sixth of the bytes; see
    /// `docs/decisions/`.
    public static final int LEVEL = 3;

    private static final int HIGHEST_LEVEL = 19;
    private static final int LONGEST_SLOT = 63;

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
        var kind = request.kind().orElse(BackupKind.LOGICAL);
        if (kind != BackupKind.LOGICAL
                && (!request.databases().isEmpty() || request.selection().isPresent()))
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a backup of kind "
                            + kind
                            + " is of the whole server, and a part of it was asked for",
                    "Leave out databases, schemas and tables, or ask for kind LOGICAL.");
        var level = request.level().orElse(LEVEL);
        if (level < 1 || level > HIGHEST_LEVEL)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "level " + level + " is not a zstd level",
                    "Use 1 (fast) to " + HIGHEST_LEVEL + " (small).");
        return new Ordered(
                servers(request).stream()
                        .map(server ->
                                switch (kind) {
                                    case LOGICAL -> place(server, request, level, nonce);
                                    case PHYSICAL ->
                                            placeWhole(
                                                    physical(server, level),
                                                    server,
                                                    request,
                                                    nonce);
                                    case WAL ->
                                            placeWhole(
                                                    harvest(server, request, level),
                                                    server,
                                                    request,
                                                    nonce);
                                })
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

    private static Order physical(Source source, int level) {
        return new Order.Physical(
                source.name(), source.connection(), level, source.limits().longest());
    }

    private static Order harvest(Source source, BackupRequested request, int level) {
        var slot =
                request.slot()
                        .orElseGet(() ->
                                "pgvigil_" + source.name().value().replaceAll("[^a-z0-9_]", "_"));
        if (slot.length() > LONGEST_SLOT) slot = slot.substring(0, LONGEST_SLOT);
        if (!slot.matches("[a-z0-9_]+"))
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "'" + slot + "' cannot be a replication slot's name",
                    "Use lower-case letters, digits and underscores.");
        return new Order.Harvest(
                source.name(),
                source.connection(),
                slot,
                level,
                source.limits().longest(),
                request.unlimitedSlot());
    }

    private OrderedRun placeWhole(
            Order order, Source source, BackupRequested request, String nonce) {
        var placed =
                orders.place(
                        order,
                        request.due(),
                        request.due().isPresent() ? "" : nonce,
                        Orders.Terms.of(source.limits(), Optional.empty()));
        return new OrderedRun(
                placed.run(), source.name(), List.of(DatabaseName.CLUSTER), placed.state());
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
