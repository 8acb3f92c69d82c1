package io.pgvigil.task;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.Order;
import io.pgvigil.runtime.Configured;
import io.pgvigil.runtime.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// The container as an always-on service: harvests of some servers of the configuration, side by side.
final class HarvestService {
    static final String WORD = "harvest";

    private static final int LEVEL = 3;
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final List<Order.Harvest> orders;

    private HarvestService(List<Order.Harvest> orders) {
        this.orders = List.copyOf(orders);
    }

    /// Reports every name that the configuration (`PGVIGIL_CONFIG`) does not know at once.
    static HarvestService of(List<String> names, Map<String, String> environment) {
        var settings = new Settings(environment);
        var place = settings.required("PGVIGIL_CONFIG");
        settings.throwIfAnyProblem();
        var known = Configured.from(java.util.Optional.of(place)).orElseThrow();
        var orders = new ArrayList<Order.Harvest>();
        var missing = new ArrayList<String>();
        for (var name : names) {
            var server = known.server(new ServerName(name));
            if (server.isEmpty()) missing.add(name);
            else
                orders.add(
                        new Order.Harvest(
                                new ServerName(name),
                                Configured.connection(server.get().connect()),
                                Order.Harvest.slotOf(new ServerName(name)),
                                LEVEL,
                                server.get().limits().longest(),
                                false,
                                true));
        }
        if (!missing.isEmpty() || orders.isEmpty())
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    "the configuration has no server " + String.join(", ", missing),
                    "Correct ContinuousServers of the stack, or the configuration.");
        return new HarvestService(orders);
    }

    /// Returns when it was told to stop and every server's log is stored up to then.
    void run(BooleanSupplier stopping) {
        var workers =
                orders.stream()
                        .map(order ->
                                Thread.ofPlatform()
                                        .name("harvest of " + order.server())
                                        // Each its own: a lost claim interrupts its thread.
                                        .start(() ->
                                                TaskWiring.standard(stopping).serve(order, PAUSE)))
                        .toList();
        while (workers.stream().anyMatch(Thread::isAlive)) {
            try {
                for (var worker : workers) worker.join();
            } catch (InterruptedException stop) {
                if (stopping.getAsBoolean()) workers.forEach(Thread::interrupt);
            }
        }
    }
}
