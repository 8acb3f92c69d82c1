package io.pgvigil.cli;

import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.copy.CopyRecord;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.retention.LockRules;
import io.pgvigil.core.run.Failure;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.runtime.Stores;
import io.pgvigil.watch.WatchRequested;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Copies;
import io.pgvigil.wire.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "copy",
        mixinStandardHelpOptions = true,
        description = {
            "Send a backup to the further stores that its profile names under copies, and check what"
                    + " arrived.",
            "What is there already is only checked. pgvigil backup does this by itself.",
            "With --stack its watch orders it.",
            "Exit code 0: every copy is there and checked."
        })
final class CopyCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Parameters(
            arity = "0..1",
            paramLabel = "BACKUP",
            description =
                    "A backup's id or latest; without it every backup that lacks a copy, and what came after one and is not beside it: verdicts, log.")
    private @Nullable String backup;

    @Option(
            names = "--to",
            paramLabel = "STORE",
            description = "To this store, instead of those of the profile.")
    private @Nullable String to;

    @Mixin private Waiting waiting = new Waiting();

    @Override
    public Integer call() {
        if (common.remote().isPresent()) return onStack(common.remote().get());
        var uri = common.store();
        var store = Stores.open(uri, System.getenv());
        var configuration = common.configuration();
        var catalog = new Catalog(store);
        var manifests =
                backup == null
                        ? catalog.backups(common.filter())
                        : List.of(catalog.resolve(backup, common.filter()));
        var copies = new Copies(store);
        var newest = new HashMap<ServerName, Manifest>();
        for (var manifest : manifests)
            if (manifest.physical().isPresent()) newest.put(manifest.server(), manifest);
        var wanted = new ArrayList<Order.Copy>();
        for (var manifest : manifests)
            for (var place : places(manifest, configuration))
                if (backup != null || copies.find(manifest, place).isEmpty())
                    wanted.add(order(manifest, place, Optional.empty(), configuration));
                else {
                    var later =
                            copies.lacking(
                                    manifest, place, catalog, newest.containsValue(manifest));
                    if (later.isPresent()) wanted.add(order(manifest, place, later, configuration));
                }
        try (var screen = Screen.of(common.json())) {
            var functions = new Functions(uri, configuration, Map.of(), screen);
            functions.catchUp();
            var sent = Sent.all(functions, wanted);
            screen.close();
            return answer(common, sent);
        }
    }

    /// One backup now. What is missing besides is ordered by the stack itself.
    private int onStack(Remote remote) {
        if (backup == null)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "it is not said which backup is to be sent",
                    "Name one, or latest. Everything that is missing is ordered by the stack's watch"
                            + " itself, every 15 minutes; pgvigil list --stack says what is.");
        var asked =
                new WatchRequested.Copy(
                        common.server(),
                        common.database(),
                        backup,
                        Optional.ofNullable(to).map(StoreUri::parse));
        var request = new WatchRequested(Optional.empty(), false, Optional.of(asked));
        try (var screen = Screen.of(common.json())) {
            var given = waiting.give(remote, "watch", Json.bytes(request), screen);
            if (given.ended().isEmpty()) return given.notAwaited(common);
            screen.close();
            return answer(
                    common, given.ended().get().stream().map(run -> Sent.of(given, run)).toList());
        }
    }

    private List<StoreUri> places(Manifest manifest, Optional<Configuration> configuration) {
        if (to != null) return List.of(StoreUri.parse(to));
        var places = of(manifest, configuration);
        if (places.isEmpty() && backup != null)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "nothing says where backups of " + manifest.server() + " are to be copied",
                    "Write copies: [ STORE ] in its profile and name the configuration, or say --to"
                            + " STORE.");
        return places;
    }

    static List<StoreUri> of(Manifest manifest, Optional<Configuration> configuration) {
        return configuration
                .flatMap(known -> known.server(manifest.server()))
                .map(server -> server.policy().copies().stream().map(copy -> copy.to()).toList())
                .orElse(List.of());
    }

    static Order.Copy order(
            Manifest manifest,
            StoreUri place,
            Optional<String> later,
            Optional<Configuration> configuration) {
        return new Order.Copy(
                manifest.server(),
                manifest.database(),
                manifest.backup(),
                place + "",
                later,
                LockRules.atArrival(configuration, manifest.server(), place));
    }

    static int answer(Common common, List<Sent> sent) {
        if (common.json())
            System.out.println(
                    Json.line(Map.of("copies", sent.stream().map(Sent::shape).toList())));
        else if (sent.isEmpty()) System.out.println("Every copy is there.");
        else sent.forEach(one -> System.out.print(one.words()));
        return sent.stream()
                .flatMap(one -> one.problem().stream())
                .findFirst()
                .map(problem -> problem.code().exitStatus())
                .orElse(ExitStatus.DONE)
                .code();
    }

    /// What became of one copy.
    record Sent(Order.Copy order, Optional<CopyRecord> record, Optional<Problem> problem) {

        /// One after the other: they share the way out.
        static List<Sent> all(Functions functions, List<Order.Copy> orders) {
            var sent = new ArrayList<Sent>();
            for (var order : orders) {
                try {
                    var run = functions.order(order);
                    var record = VerifyCommand.ended(functions, run + "", CopyRecord.class);
                    sent.add(new Sent(order, Optional.of(record), Optional.empty()));
                } catch (Problem problem) {
                    sent.add(new Sent(order, Optional.empty(), Optional.of(problem)));
                }
            }
            return sent;
        }

        /// Of a run that a stack made.
        static Sent of(Waiting.Given given, Run run) {
            var order = (Order.Copy) run.order();
            try {
                return new Sent(
                        order,
                        Optional.of(Waiting.record(given, run, CopyRecord.class)),
                        Optional.empty());
            } catch (Problem problem) {
                return new Sent(order, Optional.empty(), Optional.of(problem));
            }
        }

        String words() {
            return record.map(is ->
                            "copied     %s/%s  %s%n  %d objects, %s, checked in %s%n%s"
                                    .formatted(
                                            order.server(),
                                            order.database(),
                                            order.backup(),
                                            is.objects(),
                                            Screen.size(is.bytes()),
                                            order.to(),
                                            is.locked().map(how -> "  " + how + "\n").orElse("")))
                    .orElseGet(() ->
                            "NOT COPIED %s/%s  %s to %s%n  %s%n"
                                    .formatted(
                                            order.server(),
                                            order.database(),
                                            order.backup(),
                                            order.to(),
                                            problem.map(why -> why.getMessage() + "")
                                                    .orElse("")
                                                    .replace("\n", "\n  ")));
        }

        Map<String, Object> shape() {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("backup", order.backup());
            shape.put("server", order.server());
            shape.put("database", order.database());
            shape.put("to", order.to());
            record.ifPresent(is -> shape.put("copy", is));
            problem.ifPresent(why -> shape.put("problem", Failure.of(why)));
            return shape;
        }
    }
}
