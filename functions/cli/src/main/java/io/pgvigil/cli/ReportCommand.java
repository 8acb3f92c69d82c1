package io.pgvigil.cli;

import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.report.ReportHandler;
import io.pgvigil.report.Reports;
import io.pgvigil.runtime.ConfigurationSource;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = {
            "Write the page that says what protects each database: what could be lost now, how long"
                    + " recovery would take, and when that was last proven.",
            "Without --out it is written into the store, under report/. With --stack the deployed"
                    + " function writes it, and answers with a link that is good for an hour."
        })
final class ReportCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Put index.html, report.json and proofs.csv here.")
    private @Nullable Path out;

    @Option(names = "--open", description = "Show the page in the browser.")
    private boolean open;

    /// What can be had as a table.
    enum Table {
        proofs
    }

    @Option(
            names = "--csv",
            paramLabel = "WHAT",
            description =
                    "Print a table instead: ${COMPLETION-CANDIDATES} is every drill, for auditors.")
    private @Nullable Table csv;

    @Option(
            names = "--now",
            paramLabel = "TIME",
            description =
                    "Tell it as of this time, in UTC: 2026-11-22T03:00:00Z. Directories only.")
    private @Nullable String now;

    private final List<String> remarks = new ArrayList<>();

    @Override
    public Integer call() {
        if (csv != null && (common.json() || open || out != null))
            throw usage("--csv prints a table and nothing else", "Leave the other options out.");
        return common.remote().isPresent() ? onStack(common.remote().get()) : here();
    }

    // Here

    private int here() {
        var store = Stores.open(common.store(), System.getenv());
        var at = now(common.store());
        var configuration = StoredRules.of(common, store, remarks);
        var pages =
                LocalReports.of(store, ConfigurationSource.fixed(configuration), () -> at).make(at);
        if (csv != null) System.out.print(pages.proofs());
        else show(pages, written(pages, store));
        return ExitStatus.DONE.code();
    }

    private URI written(Reports.Pages pages, ObjectStore store) {
        if (out != null) return save(out, pages.html(), pages.json(), pages.csv());
        pages.keep(store);
        return Stores.links(common.store(), System.getenv())
                .link(Layout.PAGE, ReportHandler.HTML, ReportHandler.LINK_LENGTH)
                .orElseThrow();
    }

    private void show(Reports.Pages pages, URI page) {
        if (common.json()) System.out.println(Json.line(pages.report()));
        else {
            System.out.println(pages.report().answer().headline());
            pages.report().answer().because().forEach(line -> System.out.println("  " + line));
            System.out.println("Page: " + page);
            remarks.forEach(line -> System.out.println("note: " + line));
        }
        if (open) Browser.open(page);
    }

    // On a stack

    private int onStack(Remote stack) {
        if (now != null)
            throw usage(
                    "--now does not go with --stack", "The deployed function tells the present.");
        var answer =
                Json.read(
                        stack.call("report", "{}".getBytes(StandardCharsets.UTF_8)),
                        ReportHandler.Answer.class,
                        "the answer of report");
        if (csv != null) {
            System.out.print(new String(stored(Layout.PROOFS), StandardCharsets.UTF_8));
            return ExitStatus.DONE.code();
        }
        var page =
                out == null
                        ? answer.link()
                        : Optional.of(
                                save(
                                        out,
                                        stored(Layout.PAGE),
                                        stored(Layout.PAGE_DATA),
                                        stored(Layout.PROOFS)));
        if (common.json()) System.out.println(Json.line(answer));
        else {
            answer.headline().ifPresent(System.out::println);
            page.ifPresent(where -> System.out.println("Page: " + where));
            if (out == null)
                answer.until()
                        .ifPresent(end -> System.out.println("The link is good until " + end));
        }
        if (open) page.ifPresent(Browser::open);
        return ExitStatus.DONE.code();
    }

    private byte[] stored(ObjectKey key) {
        return Stores.open(common.store(), System.getenv())
                .document(key)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.OBJECT_MISSING,
                                "there is no " + key + " in " + common.store(),
                                "The function has just written it; look at its log."))
                .content();
    }

    // Files

    static URI save(Path out, byte[] html, byte[] json, byte[] proofs) {
        var folder = out.toAbsolutePath().normalize();
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve("report.json"), json);
            Files.write(folder.resolve("proofs.csv"), proofs);
            return Files.write(folder.resolve("index.html"), html).toUri();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Instant now(StoreUri store) {
        if (now == null) return Instant.now();
        if (!(store instanceof StoreUri.Directory))
            throw usage(
                    "--now is for trying things out, and this store is not a directory",
                    "Look without it, or copy the store to a directory.");
        try {
            return Instant.parse(now);
        } catch (DateTimeParseException e) {
            throw usage(
                    "--now '" + now + "' is no time",
                    "Write it in UTC, for example 2026-11-22T03:00:00Z.");
        }
    }

    private static Problem usage(String what, String hint) {
        return new Problem(ErrorCode.USAGE_INVALID, what, hint);
    }
}
