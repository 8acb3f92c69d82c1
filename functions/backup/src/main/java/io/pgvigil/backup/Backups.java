package io.pgvigil.backup;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.connect.ConnectionRef;
import io.pgvigil.core.managed.ManagedHost;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Configured;
import io.pgvigil.runtime.Orders;
import io.pgvigil.runtime.Sizing;
import java.util.ArrayList;
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

    /// @param left servers of which nothing was ordered, and why
    public record Ordered(List<OrderedRun> runs, List<Left> left) {
        public Ordered {
            runs = List.copyOf(runs);
            left = List.copyOf(left);
        }
    }

    public record Left(ServerName server, String why) {}

    /// @param databases empty: every database of the server
    public record OrderedRun(
            RunId run, ServerName server, List<DatabaseName> databases, RunState state) {}

    public Backups(ConfigurationSource configuration, Orders orders, Sizing sizing) {
        this.configuration = configuration;
        this.orders = orders;
        this.sizing = sizing;
    }

    public Ordered order(BackupRequested request, String nonce) {
        var part = !request.databases().isEmpty() || request.selection().isPresent();
        if (request.kind().filter(kind -> kind != BackupKind.LOGICAL).isPresent() && part)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "a backup of kind "
                            + request.kind().get()
                            + " is of the whole server, and a part of it was asked for",
                    "Leave out databases, schemas and tables, or ask for kind LOGICAL.");
        var level = request.level().orElse(LEVEL);
        if (level < 1 || level > HIGHEST_LEVEL)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "level " + level + " is not a zstd level",
                    "Use 1 (fast) to " + HIGHEST_LEVEL + " (small).");
        var runs = new ArrayList<OrderedRun>();
        var left = new ArrayList<Left>();
        var servers = servers(request);
        for (var server : servers) {
            var what = part && request.kind().isEmpty() ? What.LOGICAL : what(request, server);
            var managed = server.managed();
            if ((what == What.PHYSICAL || what == What.WAL) && managed.isPresent()) {
                if (servers.size() == 1) throw ofTheService(managed.get());
                left.add(new Left(server.name(), managed.get().why()));
                continue;
            }
            runs.add(
                    switch (what) {
                        case LOGICAL -> place(server, request, level, false, nonce);
                        case AUTO -> place(server, request, level, true, nonce);
                        case PHYSICAL -> physical(server, request, level, nonce);
                        case WAL -> harvest(server, request, level, nonce);
                    });
        }
        return new Ordered(runs, left);
    }

    private enum What {
        LOGICAL,
        PHYSICAL,
        WAL,
        AUTO
    }

    /// What is asked for, or else what the server's profile takes.
    private static What what(BackupRequested request, Source server) {
        return request.kind()
                .map(kind ->
                        switch (kind) {
                            case LOGICAL -> What.LOGICAL;
                            case PHYSICAL -> What.PHYSICAL;
                            case WAL -> What.WAL;
                        })
                .orElseGet(() ->
                        switch (server.kind()) {
                            case LOGICAL -> What.LOGICAL;
                            case PHYSICAL -> What.PHYSICAL;
                            case AUTO -> What.AUTO;
                        });
    }

    private static Problem ofTheService(ManagedHost managed) {
        return new Problem(
                ErrorCode.NOT_SUPPORTED_HERE,
                managed.why(),
                "Make logical backups. For a moment in between: pgvigil restore --at TIME --to"
                        + " rds:NEW-ID.");
    }

    private OrderedRun place(
            Source source, BackupRequested request, int level, boolean auto, String nonce) {
        var databases = request.databases().isEmpty() ? source.databases() : request.databases();
        var named = source.order(databases, request.selection().orElse(source.selection()), level);
        var order = auto ? named.choosing() : named;
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

    private OrderedRun physical(Source source, BackupRequested request, int level, String nonce) {
        var size = sizing.physical(sizing.recent(source.name()));
        var terms = Orders.Terms.of(source.limits(), size);
        return whole(source.physical(level), source, request, nonce, terms);
    }

    private OrderedRun harvest(Source source, BackupRequested request, int level, String nonce) {
        var terms = Orders.Terms.beside(source.limits().catchUp(), sizing.harvest());
        var order =
                source.harvest(
                        request.slot(), level, request.unlimitedSlot(), request.continuous());
        return whole(order, source, request, nonce, terms);
    }

    private OrderedRun whole(
            Order order, Source source, BackupRequested request, String nonce, Orders.Terms terms) {
        var once = request.due().isPresent() ? "" : nonce;
        var placed = orders.place(order, request.due(), once, terms);
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
