package io.pgvigil.wire;

import io.pgvigil.core.BackupKind;
import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.backup.Manifest;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.wal.Harvest;
import io.pgvigil.core.wal.Mark;
import io.pgvigil.core.wal.PartialSegment;
import io.pgvigil.core.wal.PhysicalBase;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.StoredWal;
import io.pgvigil.core.wal.TimelineHistory;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.core.wal.WalSegmentSize;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a store has of a server's log, beside its bases and inside of them.
public final class WalCatalog {
    private static final int READS_IN_FLIGHT = 16;

    private final ObjectReader store;

    public WalCatalog(ObjectReader store) {
        this.store = store;
    }

    /// A server's physical backups and log, as far as they have one system identifier.
    ///
    /// @param keys where each segment and part of one is, by name; those inside of a base have none
    /// @param histories the keys of the history files
    public record Log(
            ServerName server,
            SystemIdentifier systemIdentifier,
            List<PhysicalBase> bases,
            StoredWal wal,
            Map<String, ObjectKey> keys,
            List<ObjectKey> histories) {}

    /// The log that a physical backup is part of.
    public Log of(Manifest backup) {
        var physical = physical(backup);
        var system =
                backup.systemIdentifier()
                        .orElseThrow(() -> new IllegalArgumentException("no system identifier"));
        var size = physical.segmentSize();
        var bases =
                new Catalog(store)
                                .backups(
                                        new Catalog.Filter(
                                                Optional.of(backup.server()),
                                                Optional.of(DatabaseName.CLUSTER)))
                                .stream()
                                .filter(one -> one.kind() == BackupKind.PHYSICAL)
                                .filter(one -> one.systemIdentifier().equals(Optional.of(system)))
                                .toList();
        var segments = new ArrayList<SegmentName>();
        var partials = new ArrayList<PartialSegment>();
        var marks = new ArrayList<Mark>();
        for (var base : bases) {
            inside(physical(base), size, segments, partials);
            physical(base).mark().ifPresent(marks::add);
        }
        var keys = new HashMap<String, ObjectKey>();
        var histories = new ArrayList<ObjectKey>();
        var harvests = new ArrayList<ObjectKey>();
        try (var objects = store.list(Layout.wal(backup.server(), system))) {
            objects.forEach(object -> {
                var key = object.key();
                var name = key.name();
                if (name.matches("[0-9A-F]{8}\\.history")) histories.add(key);
                else if (key.value().contains("/" + Layout.HARVESTS)) harvests.add(key);
                else if (name.endsWith(Layout.SEGMENT_SUFFIX))
                    segment(key, size, segments, partials, keys);
            });
        }
        harvests.stream()
                .gather(Concurrently.map(READS_IN_FLIGHT, this::harvest))
                .flatMap(Optional::stream)
                .map(Harvest::mark)
                .forEach(marks::add);
        var wal =
                new StoredWal(
                        size,
                        segments,
                        partials,
                        histories.stream().flatMap(key -> history(key).stream()).toList(),
                        marks);
        return new Log(
                backup.server(),
                system,
                bases.stream().map(base -> physical(base).base(base.backup())).toList(),
                wal,
                Map.copyOf(keys),
                List.copyOf(histories));
    }

    private static Physical physical(Manifest backup) {
        return backup.physical()
                .orElseThrow(() -> new IllegalArgumentException(backup.backup() + " is no base"));
    }

    /// The log a base carries. Its last segment counts only up to the base's end: from a standby what
    /// lies behind is not the log yet.
    private static void inside(
            Physical base,
            WalSegmentSize size,
            List<SegmentName> segments,
            List<PartialSegment> partials) {
        var timeline = new TimelineId(base.timeline());
        var last = SegmentName.of(timeline, base.end(), size);
        for (var number = size.segmentOf(base.begin()); number < last.number(); number++)
            segments.add(new SegmentName(timeline, number, size));
        if (size.offset(base.end()) > 0) partials.add(new PartialSegment(last, base.end()));
    }

    private static void segment(
            ObjectKey key,
            WalSegmentSize size,
            List<SegmentName> segments,
            List<PartialSegment> partials,
            Map<String, ObjectKey> keys) {
        var name = key.name().substring(0, key.name().length() - Layout.SEGMENT_SUFFIX.length());
        try {
            if (PartialSegment.looksLikeOne(name)) partials.add(PartialSegment.parse(name, size));
            else segments.add(SegmentName.parse(name, size));
            keys.put(name, key);
        } catch (IllegalArgumentException notOurs) {
            // Somebody put it there; the log is complete without it or has a gap.
        }
    }

    private Optional<TimelineHistory> history(ObjectKey key) {
        return store.document(key)
                .map(document -> {
                    try {
                        return TimelineHistory.parse(
                                TimelineId.ofDigits(key.name().substring(0, 8)),
                                new String(document.content(), StandardCharsets.UTF_8));
                    } catch (IllegalArgumentException e) {
                        throw new Problem(
                                ErrorCode.DOCUMENT_INVALID,
                                key + " cannot be read: " + e.getMessage(),
                                "Without it nobody can say where that timeline came from.",
                                e);
                    }
                });
    }

    private Optional<Harvest> harvest(ObjectKey key) {
        return store.document(key)
                .flatMap(document -> {
                    try {
                        return Optional.of(Json.read(document, Harvest.class, Harvest.FORMAT));
                    } catch (Problem unreadable) {
                        // Its mark is missing then; its segments are not.
                        return Optional.empty();
                    }
                });
    }
}
