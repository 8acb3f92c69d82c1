package io.pgvigil.core.runbook;

import io.pgvigil.core.ByteSize;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.drill.Drill;
import io.pgvigil.core.drill.DrillVerdict;
import io.pgvigil.core.schedule.Spans;
import io.pgvigil.core.store.StoreUri;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/// The page for three o'clock at night: `<server>/<database>/runbook.md`. Everything in it was just tried
/// by a drill, and its times were measured.
///
/// @param newest the drill that made it worth writing
/// @param proof the newest drill that proved something, which may be the same
/// @param proven the backup that it proved
/// @param topic who is told about everything else
public record Runbook(
        StoreUri store,
        Drill newest,
        Optional<Drill> proof,
        Optional<Manifest> proven,
        Optional<String> topic,
        String version) {

    public String text() {
        var database = newest.server() + "/" + newest.database();
        var text = new StringBuilder();
        text.append("# Recovery of ").append(plain(database)).append("\n\n");
        text.append("Written by pgvigil ")
                .append(version)
                .append(" after the drill of ")
                .append(seconds(newest.finished()))
                .append(". The next drill replaces it.\n\n");
        if (newest.verdict() == DrillVerdict.NOT_PROVEN) failed(text);
        if (proof.isEmpty() || proven.isEmpty()) {
            text.append("No backup of it was ever proven. The newest ones: `pgvigil list ")
                    .append(place())
                    .append(" --server ")
                    .append(newest.server())
                    .append("`\n");
            return text.toString();
        }
        facts(text, proof.get(), proven.get());
        withPgvigil(text, proven.get());
        without(text, proven.get());
        whom(text);
        return text.toString();
    }

    private void failed(StringBuilder text) {
        text.append("> **The newest drill did not prove backup ")
                .append(newest.backup())
                .append(".** ");
        newest.reasons().stream()
                .findFirst()
                .ifPresent(why -> text.append(plain(why)).append(". "));
        text.append("What follows is the newest backup that was proven.\n\n");
    }

    private void facts(StringBuilder text, Drill drill, Manifest backup) {
        text.append("| | |\n| --- | --- |\n");
        row(text, "newest proven backup", "`" + backup.backup() + "`");
        row(text, "it shows the moment", seconds(backup.snapshot().taken()) + "");
        row(
                text,
                "proven",
                seconds(drill.finished())
                        + " ("
                        + drill.verdict().word()
                        + ", drill `"
                        + drill.drill()
                        + "`)");
        drill.recovery()
                .ifPresent(took ->
                        row(
                                text,
                                "measured recovery time",
                                Spans.print(Duration.ofSeconds(Math.max(1, Math.round(took))))
                                        + ", in "
                                        + drill.sandbox()));
        row(
                text,
                "size",
                ByteSize.of(backup.totals().storedBytes())
                        + " stored, "
                        + ByteSize.of(backup.totals().databaseBytes())
                        + " as a database");
        row(text, "server", "PostgreSQL " + backup.serverVersion());
        if (backup.physical().isEmpty())
            row(
                    text,
                    "holds",
                    String.format(
                            Locale.ROOT,
                            "%,d tables, %,d rows",
                            backup.totals().tables(),
                            backup.totals().rows()));
        text.append('\n');
        if (!drill.accepted().isEmpty())
            text.append("Not proven, and accepted by its owner: ")
                    .append(plain(String.join("; ", drill.accepted())))
                    .append(".\n\n");
    }

    private void withPgvigil(StringBuilder text, Manifest backup) {
        text.append("## With pgvigil\n\n");
        text.append("Is there a newer backup? `pgvigil list ")
                .append(place())
                .append(" --server ")
                .append(backup.server())
                .append("`. It loses less, and may not be proven yet.\n\n```sh\n");
        if (backup.database().equals(DatabaseName.CLUSTER)) {
            text.append(
                    "# The whole server into an empty data folder, as of a moment (or without --at: the latest)\n");
            text.append("pgvigil restore latest ")
                    .append(place())
                    .append(" --server ")
                    .append(backup.server())
                    .append(" --at 2026-01-31T10:42:16Z --to /var/lib/postgresql/rescued\n");
        } else {
            text.append("# Into a new database, beside what is there\n");
            text.append("pgvigil restore ")
                    .append(backup.backup())
                    .append(' ')
                    .append(place())
                    .append(" --to postgresql://USER@HOST:5432/rescued --create\n");
            text.append("# One table of it\n");
            text.append("pgvigil restore ")
                    .append(backup.backup())
                    .append(' ')
                    .append(place())
                    .append(
                            " --to postgresql://USER@HOST:5432/rescued --create --table SCHEMA.TABLE\n");
        }
        text.append("```\n\n");
    }

    private void without(StringBuilder text, Manifest backup) {
        text.append("## Without pgvigil\n\n");
        text.append("With stock tools: `zstd` and the programs of PostgreSQL ")
                .append(backup.shape().major())
                .append(" or newer")
                .append(store instanceof StoreUri.S3 ? ", and the AWS CLI" : "")
                .append(". `PGHOST`, `PGUSER` and so on say where to.\n\n```sh\n");
        text.append(backup.restoreWith()).append("\n```\n\n");
    }

    private void whom(StringBuilder text) {
        text.append("## Tell\n\n");
        text.append(
                topic.map(arn ->
                                "Everybody who is subscribed to `"
                                        + arn
                                        + "` hears of each backup and drill. ")
                        .orElse(""));
        text.append("Tell the owners of ")
                .append(plain(newest.database() + ""))
                .append(" which moment they get back, before they go on.\n");
    }

    private String place() {
        return "--store "
                + switch (store) {
                    case StoreUri.S3 s3 -> s3 + "";
                    case StoreUri.Directory directory -> quoted(directory.path() + "");
                };
    }

    private static String quoted(String path) {
        return path.matches("[A-Za-z0-9_./-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
    }

    /// A name can hold what Markdown would take for its own.
    private static String plain(String text) {
        return text.replaceAll("[\\r\\n]+", " ").replaceAll("([\\\\`*_\\[\\]<>|#])", "\\\\$1");
    }

    private static void row(StringBuilder text, String name, String value) {
        text.append("| ").append(name).append(" | ").append(value).append(" |\n");
    }

    private static Instant seconds(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS);
    }
}
