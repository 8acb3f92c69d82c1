package io.pgvigil.cli;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.doctor.Examination;
import io.pgvigil.core.doctor.Wish;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.watch.History;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Show how ready for production each database is, with the evidence, and how to mend the rest.",
            "A database that is not backed up yet is connected to: what would work, what has to be granted,"
                    + " how long it takes and what it costs. With a URL, that one, and neither a store nor a"
                    + " configuration is needed.",
            "Changes nothing. Give the password in PGPASSWORD or a passfile.",
            "Exit code 1: something is not ready, or would not work."
        })
final class DoctorCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Parameters(arity = "0..1", paramLabel = "URL", description = "postgresql://user@host/database")
    private @Nullable String url;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            split = ",",
            description =
                    "With a URL, what is to be made, several with commas: logical, physical, wal (and with"
                            + " it physical). Without it: what pgvigil backup would take.")
    private List<BackupKind> kinds = List.of();

    private final List<String> remarks = new ArrayList<>();

    @Override
    public Integer call() {
        if (url != null) return answer(List.of(), beforehand(url));
        if (!kinds.isEmpty())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    "--kind is for a URL",
                    "What a configured server is to be backed up by is in its profile.");
        var store = Stores.open(common.store(), System.getenv());
        var configuration =
                StoredRules.of(common, store, remarks)
                        .orElseThrow(() ->
                                new Problem(
                                        ErrorCode.CONFIG_NOT_FOUND,
                                        "there is no configuration that says what should be there",
                                        "Name one with --config, or store it with pgvigil config put; or"
                                                + " name a database: pgvigil doctor postgresql://…"));
        var findings =
                new Findings(
                        store,
                        ConfigurationSource.fixed(Optional.of(configuration)),
                        new Announcements(store, Optional.empty(), InstantSource.system()),
                        Findings.KeySight.NONE,
                        StateLog.SILENT,
                        InstantSource.system());
        var now = Instant.now();
        var look = findings.see(now);
        return answer(
                findings.readiness(look, now).stream().filter(this::asked).toList(),
                beforehand(configuration, look.facts().history()));
    }

    private List<Examination> beforehand(String place) {
        return new Beforehand(System.getenv())
                .of(place, kinds.isEmpty() ? Wish.AUTO : Wish.of(kinds));
    }

    /// Databases of the configuration that there is no backup of.
    private List<Examination> beforehand(Configuration configuration, History history) {
        var found = new ArrayList<Examination>();
        var beforehand = new Beforehand(System.getenv());
        configuration
                .servers()
                .forEach((name, server) -> {
                    if (!common.server().map(name::equals).orElse(true)) return;
                    Beforehand.unknown(name, server, history)
                            .flatMap(this::asked)
                            .ifPresent(databases -> {
                                if (common.remote().isPresent())
                                    remarks.add(
                                            name
                                                    + " has databases that are not backed up yet; a stack's"
                                                    + " functions never connect to one: run pgvigil doctor"
                                                    + " postgresql://… where it can be reached");
                                else found.addAll(beforehand.of(name, server, databases));
                            });
                });
        return found;
    }

    private Optional<Databases> asked(Databases databases) {
        return common.database()
                .<Optional<Databases>>map(one ->
                        databases.includes(one)
                                ? Optional.of(new Databases.Listed(List.of(one)))
                                : Optional.empty())
                .orElse(Optional.of(databases));
    }

    private int answer(List<Readiness> all, List<Examination> examined) {
        if (common.json()) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("judged", Instant.now());
            shape.put("databases", all.stream().map(DoctorCommand::shape).toList());
            shape.put("beforehand", examined.stream().map(ExaminationPage::shape).toList());
            shape.put("remarks", remarks);
            System.out.println(Json.line(shape));
        } else {
            all.forEach(one -> System.out.println(words(one)));
            examined.forEach(one -> System.out.println(ExaminationPage.words(one)));
            System.out.println(summary(all, examined));
            remarks.forEach(line -> System.out.println("note: " + line));
        }
        return (all.stream().allMatch(Readiness::ready)
                                && examined.stream().allMatch(Examination::ready)
                        ? ExitStatus.DONE
                        : ExitStatus.FAILED)
                .code();
    }

    private boolean asked(Readiness one) {
        return common.server().map(one.server()::equals).orElse(true)
                && common.database().map(one.database()::equals).orElse(true);
    }

    private static String summary(List<Readiness> all, List<Examination> examined) {
        if (all.isEmpty() && examined.isEmpty())
            return "No database is configured by name, and there is no backup of any yet.";
        var summary = new ArrayList<String>();
        if (!all.isEmpty())
            summary.add(
                    "%d of %d ready"
                            .formatted(all.stream().filter(Readiness::ready).count(), all.size()));
        if (!examined.isEmpty())
            summary.add(
                    "%d of %d can be backed up as asked"
                            .formatted(
                                    examined.stream().filter(Examination::ready).count(),
                                    examined.size()));
        return String.join("; ", summary);
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
    static String mark(Readiness.Mark mark) {
        return switch (mark) {
            case READY -> "yes";
            case NOT_READY -> "NO ";
            case NOT_ASKED -> "-  ";
            case UNKNOWN -> "?  ";
        };
    }

    /// A line of either list.
    static Map<String, Object> shape(
            String item, Readiness.Mark mark, String evidence, Optional<String> hint) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("item", item);
        shape.put("mark", word(mark));
        shape.put("evidence", evidence);
        hint.ifPresent(words -> shape.put("hint", words));
        return shape;
    }

    private static String word(Readiness.Mark mark) {
        return mark.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Map<String, Object> shape(Readiness one) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("server", one.server());
        shape.put("database", one.database());
        shape.put("ready", one.ready());
        shape.put(
                "lines",
                one.lines().stream()
                        .map(line ->
                                shape(
                                        line.item().word(),
                                        line.mark(),
                                        line.evidence(),
                                        line.hint()))
                        .toList());
        return shape;
    }
}
