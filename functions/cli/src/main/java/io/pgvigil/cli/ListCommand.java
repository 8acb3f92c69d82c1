package io.pgvigil.cli;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Catalog;
import io.pgvigil.wire.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "List the backups of a store, oldest first, with their newest drill.")
final class ListCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Override
    public Integer call() {
        var uri = common.store();
        var store = Stores.open(uri, System.getenv());
        var catalog = new Catalog(store);
        var listing = catalog.listing(common.filter());
        var backups = listing.backups();
        var drills = newestDrills(catalog, backups);
        var windows = Windows.of(store, backups);
        var copies = Offsite.of(store, backups, common);
        if (common.json()) {
            System.out.println(
                    Json.line(
                            Map.of(
                                    "backups",
                                    backups.stream()
                                            .map(backup ->
                                                    shape(backup, drill(drills, backup), copies))
                                            .toList(),
                                    "windows",
                                    Windows.shape(
                                            windows.values().stream()
                                                    .flatMap(List::stream)
                                                    .toList()),
                                    "unreadable",
                                    listing.unreadable())));
            return status(listing);
        }
        listing.unreadable().forEach(bad -> System.err.println("unreadable: " + bad.why()));
        if (backups.isEmpty()) {
            System.out.println("There is no sealed backup in " + uri + ".");
            return status(listing);
        }
        var heads =
                new ArrayList<>(
                        List.of(
                                "BACKUP",
                                "SERVER",
                                "DATABASE",
                                "KIND",
                                "ROWS",
                                "STORED",
                                "TOOK",
                                "PROVEN"));
        if (copies.any()) heads.add("OFF-SITE");
        var table = new Table("llllrrrll".substring(0, heads.size()), heads.toArray(String[]::new));
        for (var backup : backups) {
            var cells =
                    new ArrayList<>(
                            List.of(
                                    backup.backup().value(),
                                    backup.server().value(),
                                    backup.database().value(),
                                    backup.kind().name().toLowerCase(Locale.ROOT)
                                            + (backup.selection().complete() ? "" : " (part)"),
                                    backup.physical().isPresent()
                                            ? "-"
                                            : String.format(
                                                    Locale.ROOT, "%,d", backup.totals().rows()),
                                    Screen.size(backup.totals().storedBytes()),
                                    Screen.seconds(backup.duration().toMillis() / 1000.0),
                                    drill(drills, backup)
                                            .map(ListCommand::words)
                                            .orElse("never tried")));
            if (copies.any()) cells.add(copies.words(backup));
            table.row(cells.toArray(String[]::new));
        }
        System.out.print(table.print());
        if (!windows.isEmpty()) System.out.println("\nAny moment can be recovered");
        windows.forEach((backup, reach) ->
                reach.forEach(window ->
                        System.out.println(
                                "  of "
                                        + backup.server()
                                        + " "
                                        + Windows.words(window)
                                        + ", with "
                                        + backup.backup())));
        return status(listing);
    }

    private static int status(Catalog.Listing listing) {
        return listing.unreadable().isEmpty() ? ExitStatus.DONE.code() : ExitStatus.FAILED.code();
    }

    private static Map<String, Drill> newestDrills(Catalog catalog, List<Manifest> backups) {
        var newest = new HashMap<String, Drill>();
        backups.stream()
                .map(backup -> List.of(backup.server(), backup.database()))
                .distinct()
                .forEach(pair ->
                        catalog.drills(
                                        (io.pgvigil.core.ServerName) pair.get(0),
                                        (io.pgvigil.core.DatabaseName) pair.get(1))
                                .forEach(drill -> newest.put(drill.backup() + "", drill)));
        return newest;
    }

    private static Optional<Drill> drill(Map<String, Drill> drills, Manifest backup) {
        return Optional.ofNullable(drills.get(backup.backup() + ""));
    }

    private static String words(Drill drill) {
        return drill.verdict().word().replace('-', ' ')
                + " "
                + drill.finished().toString().substring(0, 16).replace('T', ' ');
    }

    private static Map<String, Object> shape(
            Manifest backup, Optional<Drill> drill, Offsite copies) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("backup", backup.backup());
        shape.put("server", backup.server());
        shape.put("database", backup.database());
        shape.put("kind", backup.kind().name().toLowerCase(Locale.ROOT));
        shape.put("complete", backup.selection().complete());
        shape.put("started", backup.started());
        shape.put("finished", backup.finished());
        backup.physical().ifPresent(base -> shape.put("physical", base));
        shape.put("tables", backup.totals().tables());
        shape.put("rows", backup.totals().rows());
        shape.put("archiveBytes", backup.totals().archiveBytes());
        shape.put("storedBytes", backup.totals().storedBytes());
        shape.put("serverVersion", backup.serverVersion());
        shape.put("notices", new ArrayList<>(backup.notices()));
        drill.ifPresent(done ->
                shape.put(
                        "drill",
                        Map.of(
                                "verdict",
                                done.verdict().word(),
                                "finished",
                                done.finished(),
                                "seconds",
                                done.seconds())));
        shape.put("copies", copies.there(backup));
        shape.put("copiesMissing", copies.missing(backup));
        return shape;
    }
}
