package io.pgvigil.task.physical;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.wal.PartialSegment;
import io.pgvigil.core.wal.RecoveryPlan;
import io.pgvigil.core.wal.SegmentHeader;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.task.InOrder;
import io.pgvigil.wire.WalCatalog;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/// The WAL a recovery may ask for, fetched before the server starts, and the command that hands it out.
///
/// Nothing is fetched while the server recovers, so no fault of a network can look like the end of the
/// log. What was never stored is absent; what was fetched and is gone stops the recovery.
final class WalSpool {
    private static final String LIST = "segments";
    private static final String SCRIPT = "restore";

    private final Path folder;
    private final WalCatalog.Log log;
    private final RecoveryPlan.Reachable plan;
    private final Map<SegmentName, ObjectKey> wanted = new LinkedHashMap<>();

    WalSpool(Path folder, WalCatalog.Log log, RecoveryPlan.Reachable plan) {
        this.folder = folder;
        this.log = log;
        this.plan = plan;
        var names = new ArrayList<>(plan.needed());
        names.addAll(plan.ahead());
        for (var name : names) key(name).ifPresent(key -> wanted.put(name, key));
    }

    /// What is only inside of the base is not fetched: the server finds it in its own pg_wal.
    private Optional<ObjectKey> key(SegmentName name) {
        return Optional.ofNullable(log.keys().get(name.toString()))
                .or(() ->
                        log.wal()
                                .partial(name)
                                .flatMap(partial ->
                                        Optional.ofNullable(log.keys().get(partial.toString()))));
    }

    /// Whether the base alone is all there is.
    boolean isEmpty() {
        return wanted.isEmpty();
    }

    int segments() {
        return wanted.size();
    }

    long bytes() {
        return (long) wanted.size() * log.wal().size().bytes();
    }

    void fetch(ObjectReader store, int jobs, LongConsumer moved) throws IOException {
        var list = new ArrayList<String>();
        InOrder.each(
                List.copyOf(wanted.entrySet()),
                jobs,
                entry -> fetched(store, entry.getKey(), entry.getValue()),
                name -> {
                    list.add(name.toString());
                    moved.accept((long) list.size() * log.wal().size().bytes());
                });
        // All of them, later ones too: a server that is promoted takes the first number nobody had.
        for (var key : log.histories()) {
            var content =
                    store.document(key)
                            .orElseThrow(() ->
                                    new Problem(
                                            ErrorCode.OBJECT_MISSING,
                                            key + " vanished",
                                            "Does anything but pgvigil remove objects here?"));
            Files.write(folder.resolve(key.name()), content.content());
            list.add(key.name());
        }
        Files.write(folder.resolve(LIST), list);
        Files.writeString(folder.resolve(SCRIPT), script());
        Files.setPosixFilePermissions(
                folder.resolve(SCRIPT), PosixFilePermissions.fromString("rwx------"));
    }

    private SegmentName fetched(ObjectReader store, SegmentName name, ObjectKey key) {
        var staged = folder.resolve(name + ".growing");
        try {
            try (var in = new ZstdInputStreamNoFinalizer(store.read(key));
                    var out = Files.newOutputStream(staged)) {
                var header = in.readNBytes(SegmentHeader.LENGTH);
                check(name, key, header);
                out.write(header);
                var length = header.length + in.transferTo(out);
                if (length > name.size().bytes()
                        || !PartialSegment.looksLikeOne(key.name().replace(".zst", ""))
                                && length != name.size().bytes())
                    throw damaged(key, "it has " + length + " bytes");
                fill(out, name.size().bytes() - length);
            }
            // Under its name only when it is whole: half a segment would end a recovery early.
            Files.move(staged, folder.resolve(name.toString()), StandardCopyOption.ATOMIC_MOVE);
            return name;
        } catch (IOException e) {
            if (e.getCause() instanceof Problem problem) throw problem;
            throw damaged(key, "it cannot be read to its end: " + e.getMessage());
        }
    }

    /// PostgreSQL takes only files of a segment's length.
    private static void fill(OutputStream out, long length) throws IOException {
        var zeros = new byte[1 << 16];
        for (var left = length; left > 0; left -= zeros.length)
            out.write(zeros, 0, (int) Math.min(left, zeros.length));
    }

    private void check(SegmentName name, ObjectKey key, byte[] header) {
        if (header.length < SegmentHeader.LENGTH) return;
        // By the path and not by what is stored of each timeline: the path alone is needed to get
        // here.
        new WalCheck(log.systemIdentifier(), plan.path())
                .complaint(name, header)
                .ifPresent(complaint -> {
                    throw damaged(key, complaint);
                });
    }

    private static Problem damaged(ObjectKey key, String why) {
        return new Problem(
                ErrorCode.OBJECT_DAMAGED,
                key + " is damaged: " + why,
                "Recover to a moment before it, or from the server's own archive if there is one.");
    }

    /// Exit code 1 is what PostgreSQL takes for the end of the log; above 125 it stops.
    private String script() {
        return """
        #!/bin/sh
        # Hands WAL to the server that recovers here; made by pgvigil.
        # usage: restore NAME TARGET
        cd '%s' || exit 126
        if ! grep -qxF "$1" %s; then exit 1; fi     # never stored: the log ends before it
        if [ ! -f "$1" ]; then exit 126; fi         # fetched and gone: not the end of the log
        cat "$1" || exit 126
        """
                .formatted(folder.toString().replace("'", "'\\''"), LIST);
    }

    /// For `restore_command`; the target is relative to the data folder, where the server runs it.
    String command() {
        return "'"
                + folder.resolve(SCRIPT).toString().replace("'", "'\\''").replace("%", "%%")
                + "' '%f' > '%p' || { status=$?; rm -f '%p'; exit $status; }";
    }

    /// The settings of the server that recovers.
    Map<String, String> settings() {
        var settings = new LinkedHashMap<>(plan.settings());
        settings.put("restore_command", command());
        settings.put("recovery_target_action", "promote");
        return settings;
    }
}
