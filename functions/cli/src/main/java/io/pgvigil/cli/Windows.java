package io.pgvigil.cli;

import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.wal.Gap;
import io.pgvigil.core.wal.RecoveryWindow;
import io.pgvigil.wire.WalCatalog;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What can be recovered from the physical backups of a listing, in words and as JSON.
final class Windows {
    private Windows() {}

    /// Of each physical backup and each timeline it leads to, in the order of the backups.
    static Map<Manifest, List<RecoveryWindow>> of(ObjectReader store, List<Manifest> backups) {
        var windows = new LinkedHashMap<Manifest, List<RecoveryWindow>>();
        var logs = new LinkedHashMap<String, WalCatalog.Log>();
        for (var backup : backups)
            backup.physical()
                    .ifPresent(base -> {
                        var log =
                                logs.computeIfAbsent(
                                        backup.server() + "/" + backup.systemIdentifier(),
                                        _ -> new WalCatalog(store).of(backup));
                        windows.put(
                                backup, RecoveryWindow.of(base.base(backup.backup()), log.wal()));
                    });
        return windows;
    }

    static String words(RecoveryWindow window) {
        var text =
                new StringBuilder("from ")
                        .append(window.fromTime())
                        .append(" (")
                        .append(window.from())
                        .append(") to ");
        if (window.toTime().isPresent())
            text.append(window.toTime().get()).append(" (").append(window.to()).append(')');
        else text.append(window.to());
        if (window.timeline().value() != 1) text.append(" on timeline ").append(window.timeline());
        if (!window.gaps().isEmpty())
            text.append("; missing behind it: ")
                    .append(String.join(", ", window.gaps().stream().map(Gap::toString).toList()));
        return text.toString();
    }

    static List<Map<String, Object>> shape(List<RecoveryWindow> windows) {
        var shapes = new ArrayList<Map<String, Object>>();
        for (var window : windows) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("backup", window.base());
            shape.put("timeline", window.timeline().value());
            shape.put("from", window.from());
            shape.put("to", window.to());
            shape.put("fromTime", window.fromTime());
            window.toTime().ifPresent(at -> shape.put("toTime", at));
            shape.put("gaps", window.gaps().stream().map(Gap::toString).toList());
            shapes.add(shape);
        }
        return shapes;
    }
}
