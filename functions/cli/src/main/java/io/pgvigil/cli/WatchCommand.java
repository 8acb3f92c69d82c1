package io.pgvigil.cli;

import io.pgvigil.core.announce.Announcer;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.watch.ChannelsTested;
import io.pgvigil.runtime.Announcements;
import io.pgvigil.runtime.Channels;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Ping;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.Stores;
import io.pgvigil.watch.ChannelTest;
import io.pgvigil.watch.FindingShape;
import io.pgvigil.watch.Findings;
import io.pgvigil.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = {
            "Compare what should be there with what is, and say what is not as it should be.",
            "With --stack the deployed function looks, which also closes and starts runs.",
            "Exit code 1: something is. Without a configuration nothing can be missed."
        })
final class WatchCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Option(
            names = "--now",
            paramLabel = "TIME",
            description = "Look as if it were this time, in UTC: 2026-11-22T03:00:00Z.")
    private @Nullable String now;

    @Option(
            names = "--test-channels",
            description =
                    "Send a test message to everybody who is told, and write down that it was taken.")
    private boolean testChannels;

    private final List<String> remarks = new ArrayList<>();

    @Override
    public Integer call() {
        if (testChannels) return testChannels();
        var at = now();
        var findings = common.remote().isPresent() ? onStack(common.remote().get(), at) : here(at);
        var shown = findings.stream().filter(this::asked).toList();
        if (common.json()) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("looked", at);
            shape.put("findings", shown);
            shape.put("remarks", remarks);
            System.out.println(Json.line(shape));
        } else {
            System.out.print(words(shown, at));
            remarks.forEach(line -> System.out.println("note: " + line));
        }
        return (bad(shown) ? ExitStatus.FAILED : ExitStatus.DONE).code();
    }

    private int testChannels() {
        var at =
                common.remote().isPresent()
                        ? common.remote()
                                .get()
                                .call(
                                        "watch",
                                        "{\"testChannels\":true}".getBytes(StandardCharsets.UTF_8))
                                .path("at")
                                .asText()
                        : testHere().at().toString();
        System.out.println(
                common.json()
                        ? Json.line(Map.of("tested", at))
                        : "A test message was taken by every channel. See that it arrived where somebody reads it.");
        return ExitStatus.DONE.code();
    }

    private ChannelsTested testHere() {
        var store = Stores.open(common.store(), System.getenv());
        return new ChannelTest(store, announcements(store), InstantSource.system()).send();
    }

    /// On a laptop whoever called the command reads its answer, and is the only one, unless a webhook is
    /// named.
    private static Announcements announcements(ObjectStore store) {
        return new Announcements(
                store,
                Channels.from(System.getenv()).map(Announcer.class::cast),
                InstantSource.system());
    }

    private static boolean bad(List<FindingShape> findings) {
        return findings.stream().anyMatch(one -> !one.severity().equals("info"));
    }

    private boolean asked(FindingShape finding) {
        return common.server()
                        .map(name -> finding.server().equals(Optional.of(name.value())))
                        .orElse(true)
                && common.database()
                        .map(name -> finding.database().equals(Optional.of(name.value())))
                        .orElse(true);
    }

    private List<FindingShape> here(Instant at) {
        var store = Stores.open(common.store(), System.getenv());
        if (now != null && !(common.store() instanceof StoreUri.Directory))
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--now is for trying things out, and this store is not a directory",
                    "Look without it, or copy the store to a directory.");
        var configuration = StoredRules.of(common, store, remarks);
        var look =
                new Findings(
                                store,
                                ConfigurationSource.fixed(configuration),
                                // Nobody is told what may be so some day.
                                now == null
                                        ? announcements(store)
                                        : new Announcements(
                                                store, Optional.empty(), InstantSource.system()),
                                Findings.KeySight.NONE,
                                StateLog.SILENT,
                                InstantSource.system())
                        .look(at);
        if (now == null) Ping.from(System.getenv(), StateLog.SILENT).send();
        return look.findings().stream().map(FindingShape::of).toList();
    }

    private List<FindingShape> onStack(Remote stack, Instant at) {
        if (now != null)
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--now does not go with --stack",
                    "The deployed function looks at the present.");
        var event = ("{\"watch\":\"" + at + "\"}").getBytes(StandardCharsets.UTF_8);
        var answer = stack.call("watch", event);
        var findings = new ArrayList<FindingShape>();
        for (var one : answer.path("findings"))
            findings.add(Json.read(one, FindingShape.class, "the answer of watch"));
        for (var one : answer.path("problems"))
            remarks.add(one.path("code").asText() + ": " + one.path("what").asText());
        return findings;
    }

    private Instant now() {
        if (now == null) return Instant.now();
        try {
            return Instant.parse(now);
        } catch (DateTimeParseException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--now '" + now + "' is no time",
                    "Write it in UTC, for example 2026-11-22T03:00:00Z.",
                    e);
        }
    }

    private static String words(List<FindingShape> findings, Instant at) {
        if (findings.isEmpty()) return "Nothing is found: everything that is asked for is there.\n";
        var text = new StringBuilder();
        for (var one : findings) {
            var place = one.place();
            text.append(one.severity().toUpperCase(Locale.ROOT))
                    .append("  ")
                    .append(one.finding())
                    .append(place.isEmpty() ? "" : "  " + place)
                    .append("  (since ")
                    .append(one.since().toString().substring(0, 16).replace('T', ' '))
                    .append(" UTC, ")
                    .append(StatusText.age(Duration.between(one.since(), at)))
                    .append(")\n    ")
                    .append(one.what())
                    .append("\n    HINT: ")
                    .append(one.hint())
                    .append("\n\n");
        }
        return text.append(findings.size())
                .append(findings.size() == 1 ? " finding\n" : " findings\n")
                .toString();
    }
}
