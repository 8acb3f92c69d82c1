package io.pgvigil.cli;

import io.pgvigil.core.retrieval.Retrieval;
import io.pgvigil.core.run.Pace;
import io.pgvigil.core.run.Run;
import io.pgvigil.core.run.RunState;
import io.pgvigil.core.run.Turn;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Gatherers;

/// A status in words and as JSON.
final class StatusText {
    private StatusText() {}

    static String words(Status status, Instant now) {
        return "Under way\n"
                + open(status)
                + "\nProtection\n"
                + protection(status, now)
                + "\nDue next\n"
                + due(status, now);
    }

    private static String open(Status status) {
        if (status.open().isEmpty()) return "nothing\n";
        var table = new Table("llllrl", "RUN", "SERVER", "WHAT", "STATE", "AGE", "HOW FAR");
        for (var one : status.open())
            table.row(
                    one.id().value(),
                    one.server().value(),
                    one.run().map(run -> run.order().verb()).orElse("?"),
                    one.run().map(StatusText::state).orElse("not recorded"),
                    age(one.age()),
                    behind(one));
        return table.print();
    }

    private static String behind(Status.Open one) {
        return one.run()
                .flatMap(StatusText::comesBack)
                .map(retrieval ->
                        "its backup, back by " + retrieval.by().truncatedTo(ChronoUnit.MINUTES))
                .or(() -> one.pace().map(StatusText::words))
                .orElse(one.behind().isEmpty() ? "" : "behind " + one.behind().size() + " at work");
    }

    private static String words(Pace pace) {
        var left = pace.left().map(time -> ", about " + age(time) + " left");
        var stale = pace.stale().map(time -> "; nothing was heard of it for " + age(time));
        return pace.words() + left.orElse("") + stale.orElse("");
    }

    /// What a queued run waits for, if that lies in an archive class.
    static Optional<Retrieval> comesBack(Run run) {
        return run.turn().filter(_ -> run.state() == RunState.QUEUED).flatMap(Turn::retrieval);
    }

    private static String state(Run run) {
        return run.state().name().toLowerCase(Locale.ROOT);
    }

    private static String protection(Status status, Instant now) {
        if (status.databases().isEmpty()) return "no backup, and no server is configured\n";
        var table =
                new Table(
                        "lllrlr", "SERVER", "DATABASE", "NEWEST BACKUP", "AGE", "PROOF OF", "AGE");
        for (var one : status.databases())
            table.row(
                    one.server().value(),
                    one.database().map(name -> name.value()).orElse("-"),
                    one.newest().map(backup -> backup.backup().value()).orElse("NONE"),
                    one.newest().map(backup -> since(backup.finished(), now)).orElse(""),
                    one.proof().map(drill -> drill.backup().value()).orElse("never proven"),
                    one.proof().map(drill -> since(drill.finished(), now)).orElse(""));
        return table.print();
    }

    private static String due(Status status, Instant now) {
        if (status.due().isEmpty()) return "nothing\n";
        var table = new Table("lllrl", "AT (UTC)", "SERVER", "WHAT", "IN", "SCHEDULE");
        for (var one : status.due())
            table.row(
                    one.at()
                            .truncatedTo(ChronoUnit.MINUTES)
                            .toString()
                            .substring(0, 16)
                            .replace('T', ' '),
                    one.server().value(),
                    one.work().word(),
                    age(Duration.between(now, one.at())),
                    one.schedule());
        return table.print();
    }

    private static String since(Instant then, Instant now) {
        return age(Duration.between(then, now));
    }

    /// Two units at most: minutes matter for a run, not for a backup of last month.
    static String age(Duration age) {
        if (age.isNegative()) return "0 s";
        if (age.toMinutes() < 2) return age.toSeconds() + " s";
        if (age.toHours() < 2) return age.toMinutes() + " min";
        if (age.toDays() < 2) return age.toHours() + " h " + age.toMinutesPart() + " min";
        return age.toDays() + " d " + age.toHoursPart() + " h";
    }

    static Map<String, Object> shape(Status status) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("open", status.open().stream().map(StatusText::shape).toList());
        shape.put("databases", status.databases().stream().map(StatusText::shape).toList());
        shape.put("due", status.due().stream().map(StatusText::shape).toList());
        return shape;
    }

    private static Map<String, Object> shape(Status.Open one) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("run", one.id());
        shape.put("server", one.server());
        one.run()
                .ifPresent(run -> {
                    shape.put("order", run.order().verb());
                    shape.put("state", run.state());
                    shape.put("asked", run.asked());
                    run.task().ifPresent(task -> shape.put("task", task));
                    comesBack(run).ifPresent(back -> shape.put("ready", back.by()));
                });
        shape.put("seconds", one.age().toSeconds());
        one.pace().ifPresent(pace -> shape.put("progress", shape(pace)));
        if (one.run().filter(run -> run.state() == RunState.QUEUED).isPresent())
            shape.put("behind", one.behind());
        return shape;
    }

    private static Map<String, Object> shape(Pace pace) {
        var told = pace.told();
        var shape = new LinkedHashMap<String, Object>();
        shape.put("stage", told.stage());
        shape.put("detail", told.detail());
        shape.put("bytes", told.bytes());
        shape.put("rows", told.rows());
        shape.put("bytesPerSecond", pace.bytesPerSecond());
        pace.expectedBytes().ifPresent(all -> shape.put("expectedBytes", all));
        pace.left().ifPresent(time -> shape.put("secondsLeft", time.toSeconds()));
        shape.put("at", told.at());
        shape.put("stale", pace.stale().isPresent());
        return shape;
    }

    private static Map<String, Object> shape(Status.Protection one) {
        var shape = new LinkedHashMap<String, Object>();
        shape.put("server", one.server());
        one.database().ifPresent(name -> shape.put("database", name));
        one.newest()
                .ifPresent(backup ->
                        shape.put(
                                "newest",
                                ordered("backup", backup.backup(), "finished", backup.finished())));
        one.proof()
                .ifPresent(drill ->
                        shape.put(
                                "proof",
                                ordered(
                                        "backup",
                                        drill.backup(),
                                        "finished",
                                        drill.finished(),
                                        "verdict",
                                        drill.verdict().word())));
        return shape;
    }

    private static Map<String, Object> shape(Status.Next one) {
        return ordered(
                "at",
                one.at(),
                "server",
                one.server(),
                "work",
                one.work().word(),
                "schedule",
                one.schedule());
    }

    private static Map<String, Object> ordered(Object... pairs) {
        var shape = new LinkedHashMap<String, Object>();
        for (var pair : List.of(pairs).stream().gather(Gatherers.windowFixed(2)).toList())
            shape.put(pair.get(0).toString(), pair.get(1));
        return shape;
    }
}
