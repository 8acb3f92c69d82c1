package io.pgvigil.watch;

import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.RunId;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.CopyPlace;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.LockRules;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Flow;
import io.pgvigil.runtime.Orders;
import io.pgvigil.wire.Catalog;
import java.util.List;
import java.util.Optional;

/// Orders copies of one backup, for somebody who does not want to wait for the next look.
final class CopyOrders {
    private final Flow flow;
    private final ConfigurationSource configuration;

    CopyOrders(Flow flow, ConfigurationSource configuration) {
        this.flow = flow;
        this.configuration = configuration;
    }

    /// @param runs one for each further store
    record Ordered(List<Copying> runs) {}

    record Copying(
            RunId run,
            ServerName server,
            DatabaseName database,
            BackupId backup,
            StoreUri to,
            RunState state) {}

    Ordered order(WatchRequested.Copy asked, String nonce) {
        var backup =
                flow.catalog()
                        .resolve(
                                asked.backup(),
                                new Catalog.Filter(asked.server(), asked.database()));
        var current = configuration.current();
        var named =
                current.flatMap(known -> known.server(backup.server()))
                        .map(server ->
                                server.policy().copies().stream().map(CopyPlace::to).toList())
                        .orElse(List.of());
        // Only where the configuration sends backups: an event is no way to carry them elsewhere.
        var places =
                named.stream()
                        .filter(place ->
                                asked.to().map(to -> to.place().equals(place.place())).orElse(true))
                        .toList();
        if (places.isEmpty())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    asked.to().map(to -> to + " is not").orElse("nothing is")
                            + " among the copies of server "
                            + backup.server(),
                    "Write copies: [ STORE ] in its profile.");
        return new Ordered(
                places.stream()
                        .map(to -> {
                            var order =
                                    new Order.Copy(
                                            backup.server(),
                                            backup.database(),
                                            backup.backup(),
                                            to + "",
                                            Optional.empty(),
                                            LockRules.atArrival(current, backup.server(), to));
                            var placed =
                                    flow.orders()
                                            .place(
                                                    order,
                                                    Optional.empty(),
                                                    nonce,
                                                    Orders.Terms.apart(Optional.empty()));
                            return new Copying(
                                    placed.run(),
                                    backup.server(),
                                    backup.database(),
                                    backup.backup(),
                                    to,
                                    placed.state());
                        })
                        .toList());
    }
}
