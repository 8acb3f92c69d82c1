package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.watch.Readiness;
import io.pgvigil.runtime.Announcements;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.StateLog;
import io.pgvigil.runtime.Stores;
import io.pgvigil.watch.Findings;
import io.pgvigil.wire.Json;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Show how ready for production each database is, with the evidence, and how to mend the rest.",
            "Reads the store and the configuration only, and changes nothing.",
            "Exit code 1: something is not ready."
        })
final class DoctorCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    private final List<String> remarks = new ArrayList<>();

    @Override
    public Integer call() {
        var store = Stores.open(common.store(), System.getenv());
        var configuration = StoredRules.of(common, store, remarks);
        if (configuration.isEmpty())
            throw new Problem(
                    ErrorCode.CONFIG_NOT_FOUND,
                    "there is no configuration that says what should be there",
                    "Name one with --config, or store it with pgvigil config put.");
        var findings =
                new Findings(
                        store,
                        ConfigurationSource.fixed(configuration),
                        new Announcements(store, Optional.empty(), InstantSource.system()),
                        Findings.KeySight.NONE,
                        StateLog.SILENT,
                        InstantSource.system());
        var now = Instant.now();
        var all = findings.readiness(findings.see(now), now).stream().filter(this::asked).toList();
        if (common.json()) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("judged", now);
            shape.put("databases", all.stream().map(DoctorCommand::shape).toList());
            shape.put("remarks", remarks);
            System.out.println(Json.line(shape));
        } else {
            all.forEach(one -> System.out.println(words(one)));
            System.out.println(summary(all));
            remarks.forEach(line -> System.out.println("note: " + line));
        }
        return (all.stream().allMatch(Readiness::ready) ? ExitStatus.DONE : ExitStatus.FAILED)
                .code();
    }

    private boolean asked(Readiness one) {
        return common.server().map(one.server()::equals).orElse(true)
                && common.database().map(one.database()::equals).orElse(true);
    }

    private static String summary(List<Readiness> all) {
        if (all.isEmpty())
            return "No database is configured by name, and there is no backup of any yet.";
        var ready = all.stream().filter(Readiness::ready).count();
        return "%d of %d ready".formatted(ready, all.size());
    }

    private static String words(Readiness one) {
        var text =
                new StringBuilder()
                        .append(one.server())
                        .append('/')
                        .append(one.database())
                        .append('\n');
        for (var line : one.lines()) {
            text.append("  ")
                    .append(mark(line.mark()))
                    .append("  ")
                    .append(String.format(Locale.ROOT, "%-20s  ", line.item().words()))
                    .append(line.evidence())
                    .append('\n');
            line.hint()
                    .ifPresent(hint ->
                            text.append("                              HINT: ")
                                    .append(hint)
                                    .append('\n'));
        }
        return text.toString();
    }

    /// Words, because colours and signs do not survive a mail.
    private static String mark(Readiness.Mark mark) {
        return switch (mark) {
            case READY -> "yes";
            case NOT_READY -> "NO ";
            case NOT_ASKED -> "-  ";
            case UNKNOWN -> "?  ";
        };
    }

    private static Map<String, Object> shape(Readiness one) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("server", one.server());
        shape.put("database", one.database());
        shape.put("ready", one.ready());
        shape.put(
                "lines",
                one.lines().stream()
                        .map(line -> {
                            var item = new LinkedHashMap<String, Object>();
                            item.put("item", line.item().word());
                            item.put(
                                    "mark",
                                    line.mark().name().toLowerCase(Locale.ROOT).replace('_', '-'));
                            item.put("evidence", line.evidence());
                            line.hint().ifPresent(hint -> item.put("hint", hint));
                            return item;
                        })
                        .toList());
        return shape;
    }
}
