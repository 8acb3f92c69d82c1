package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.config.ConfigCheck;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "put",
        mixinStandardHelpOptions = true,
        description = {
            "Check a configuration as a whole, show what it changes, and store it as config.yaml.",
            "One that somebody else changed meanwhile is not overwritten."
        })
final class ConfigPutCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Parameters(paramLabel = "FILE", description = "The YAML configuration.")
    private Path file = Path.of("");

    @Option(names = "--dry-run", description = "Check and show, and store nothing.")
    private boolean dryRun;

    @Option(
            names = "--accept",
            description = "With --stack: have the functions take it at once, not at the next tick.")
    private boolean accept;

    @Override
    public Integer call() {
        var content = content();
        var wanted = StoredConfig.read(content, file.toString());
        var store = Stores.open(common.store(), System.getenv());
        requireItsOwn(wanted, store);
        var stored = StoredConfig.in(store);
        var change = ConfigChange.of(stored.configuration(), wanted);
        if (!common.json()) show(wanted, stored, change);
        var same = stored.is(content);
        if (!same && !dryRun) stored.put(content);
        var written = !same && !dryRun;
        if (!common.json()) System.out.println(outcome(same, stored));
        var tick = written ? accepted() : Optional.<JsonNode>empty();
        if (common.json()) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("config", stored.place());
            shape.putAll(change.shape());
            shape.put("findings", ConfigCheck.of(wanted, Instant.now()).findings());
            shape.put("written", written);
            tick.ifPresent(answer -> shape.put("tick", answer));
            System.out.println(Json.line(shape));
        }
        return ExitStatus.DONE.code();
    }

    private String outcome(boolean same, StoredConfig stored) {
        if (same) return "unchanged  " + stored.place();
        return (dryRun ? "would be written  " : "written  ") + stored.place();
    }

    private void show(Configuration wanted, StoredConfig stored, ConfigChange change) {
        ConfigCheck.of(wanted, Instant.now())
                .findings()
                .forEach(finding ->
                        System.out.printf(
                                "%s  %s: %s%n  HINT: %s%n",
                                finding.severity().name().toLowerCase(Locale.ROOT),
                                finding.path(),
                                finding.what(),
                                finding.hint()));
        if (stored.unreadable())
            System.out.println(
                    "note: what is there now cannot be read, and is replaced as a whole");
        System.out.print(change.words());
    }

    /// A document that names another store was meant for another stack.
    private static void requireItsOwn(Configuration wanted, ObjectStore store) {
        if (wanted.store().equals(store.uri())) return;
        throw new Problem(
                ErrorCode.CONFIG_INVALID,
                "the document's store is " + wanted.store() + ", and it would go to " + store.uri(),
                "Is it another stack's? If not, correct its first line: store: " + store.uri());
    }

    private Optional<JsonNode> accepted() {
        if (common.remote().isEmpty()) return Optional.empty();
        if (!accept && !askedAndAgreed()) {
            if (!common.json())
                System.out.println(
                        "  taken at the next tick, within 5 minutes; now:  pgvigil config accept "
                                + common.place());
            return Optional.empty();
        }
        var answer = ConfigAcceptCommand.tick(common.remote().get());
        if (!common.json()) System.out.println("accepted");
        return Optional.of(answer);
    }

    private boolean askedAndAgreed() {
        var console = System.console();
        if (common.json() || console == null || !console.isTerminal()) return false;
        var line = console.readLine("Have it taken now, which also starts what is due? [y/N] ");
        return line != null && line.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }

    private byte[] content() {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new Problem(
                    ErrorCode.CONFIG_NOT_FOUND,
                    "the configuration " + file + " cannot be read",
                    "Is the name right, and may this user read it?",
                    e);
        }
    }
}
