package io.pgvigil.cli;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.core.BackupId;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.run.Order;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.TaskReport;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.wire.Json;
import io.pgvigil.wire.Manifests;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What became of one database's backup.
record BackupResult(
        String server,
        String database,
        Optional<String> backup,
        Optional<Manifest> manifest,
        Optional<JsonNode> problem) {

    /// What a run that ended elsewhere left: what is sealed is in the store, the rest has a reason.
    static List<BackupResult> of(Run run, Optional<TaskReport> report, ObjectReader store) {
        var server = run.order().server();
        var results = new ArrayList<BackupResult>();
        for (var one : report.map(TaskReport::results).orElse(List.of())) {
            var sealed = sealed(store, server, one.database(), one.backup());
            var why = one.failure().or(() -> sealed.isPresent() ? Optional.empty() : run.failure());
            results.add(
                    new BackupResult(
                            server.value(),
                            one.database().value(),
                            Optional.of(one.backup().value()),
                            sealed,
                            why.map(Json::tree)));
        }
        // A task that died has no results; then the run itself says why.
        if (run.failure().isPresent() && results.stream().allMatch(BackupResult::good))
            results.add(
                    new BackupResult(
                            server.value(),
                            run.order() instanceof Order.Backup order
                                            && !order.databases().isEmpty()
                                    ? order.databases().getFirst().value()
                                    : "?",
                            Optional.empty(),
                            Optional.empty(),
                            run.failure().map(Json::tree)));
        return results;
    }

    static Optional<Manifest> sealed(
            ObjectReader store, ServerName server, DatabaseName database, BackupId backup) {
        return store.document(Layout.of(server, database, backup, Layout.MANIFEST))
                .map(Manifests::read);
    }

    boolean good() {
        return manifest.isPresent() && problem.isEmpty();
    }

    boolean worthTryingAgain() {
        return problem.map(why -> why.path("transientFailure").asBoolean()).orElse(false);
    }

    @JsonValue
    Map<String, Object> json() {
        var shape = new LinkedHashMap<String, Object>();
        backup.ifPresent(id -> shape.put("backup", id));
        shape.put("server", server);
        shape.put("database", database);
        shape.put("state", good() ? "sealed" : "failed");
        manifest.ifPresent(sealed -> {
            sealed.physical().ifPresent(base -> shape.put("physical", base));
            shape.put("tables", sealed.totals().tables());
            shape.put("rows", sealed.totals().rows());
            shape.put("archiveBytes", sealed.totals().archiveBytes());
            shape.put("storedBytes", sealed.totals().storedBytes());
            shape.put("seconds", sealed.duration().toMillis() / 1000.0);
            shape.put("notices", sealed.notices());
            shape.put("warnings", sealed.warnings());
        });
        problem.ifPresent(why -> shape.put("problem", why));
        return shape;
    }

    String words(String place) {
        if (!good())
            return "FAILED  %s/%s%n  %s: %s%n  HINT: %s%n"
                    .formatted(
                            server,
                            database,
                            problem.map(why -> why.path("code").asText()).orElse("PGV-9001"),
                            problem.map(why -> why.path("what").asText()).orElse("no reason"),
                            problem.map(why -> why.path("hint").asText()).orElse(""));
        var sealed = manifest.orElseThrow();
        var totals = sealed.totals();
        if (sealed.physical().isPresent())
            return String.format(
                    Locale.ROOT,
                    """
                    sealed  %s  %s
                      %,d files, WAL %s to %s; %s copied, stored as %s in %s
                    """,
                    server,
                    sealed.backup(),
                    sealed.physical().get().files(),
                    sealed.physical().get().begin(),
                    sealed.physical().get().end(),
                    Screen.size(totals.archiveBytes()),
                    Screen.size(totals.storedBytes()),
                    Screen.seconds(sealed.duration().toMillis() / 1000.0));
        return String.format(
                Locale.ROOT,
                """
                sealed  %s/%s  %s
                  %,d tables, %,d rows%s; %s of archive stored as %s in %s
                  prove it:  pgvigil verify %s %s
                """,
                server,
                database,
                sealed.backup(),
                totals.tables(),
                totals.rows(),
                totals.largeObjects() == 0
                        ? ""
                        : String.format(Locale.ROOT, ", %,d large objects", totals.largeObjects()),
                Screen.size(totals.archiveBytes()),
                Screen.size(totals.storedBytes()),
                Screen.seconds(sealed.duration().toMillis() / 1000.0),
                sealed.backup(),
                place);
    }
}
