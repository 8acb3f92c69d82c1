package io.pgvigil.task.physical;

import io.pgvigil.archive.tar.TarListener;
import io.pgvigil.archive.tar.TarMember;
import io.pgvigil.core.Lsn;
import io.pgvigil.core.SystemIdentifier;
import io.pgvigil.core.backup.Physical;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.wal.SegmentHeader;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineHistory;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.core.wal.WalSegmentSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Learns from a base backup as it passes what makes it one: where its WAL begins and ends, and whether
/// that WAL is in it.
final class BaseScan implements TarListener {
    private static final String WAL_FOLDER = "pg_wal/";
    private static final String LABEL = "backup_label";
    private static final String MANIFEST = "backup_manifest";

    /// Of a label or a history; real ones have a few hundred bytes.
    private static final int SMALL = 1 << 20;

    /// The ranges stand behind the list of files, a few hundred bytes before the end.
    private static final int TAIL = 16 << 10;

    private static final Pattern START =
            Pattern.compile("START WAL LOCATION: ([0-9A-F]+/[0-9A-F]+) ");
    private static final Pattern TIMELINE = Pattern.compile("START TIMELINE: ([0-9]+)");
    private static final Pattern RANGE =
            Pattern.compile(
                    "\"Timeline\": ([0-9]+), \"Start-LSN\": \"([0-9A-F/]+)\", \"End-LSN\":"
                            + " \"([0-9A-F/]+)\"");

    private final OutputStream manifest;
    private final Map<String, Segment> segments = new LinkedHashMap<>();
    private final Map<TimelineId, TimelineHistory> histories = new TreeMap<>();
    private ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private int keep;
    private boolean inManifest;
    private String tail = "";
    private String label = "";
    private long files;

    private record Segment(byte[] header, long size) {}

    /// What the copy says of itself.
    record Found(Lsn begin, Lsn end, int timeline, List<String> segments, long files) {}

    /// @param manifest gets the content of backup_manifest
    BaseScan(OutputStream manifest) {
        this.manifest = manifest;
    }

    @Override
    public void begins(TarMember member) {
        if (member.type() != TarMember.Type.FILE) return;
        files++;
        kept = new ByteArrayOutputStream();
        inManifest = member.name().equals(MANIFEST);
        keep =
                member.name().equals(LABEL) || member.name().endsWith(".history")
                        ? SMALL
                        : segment(member).isPresent() ? SegmentHeader.LENGTH : 0;
    }

    @Override
    public void content(byte[] bytes, int offset, int length) {
        if (inManifest) manifestContent(bytes, offset, length);
        if (kept.size() < keep) kept.write(bytes, offset, Math.min(length, keep - kept.size()));
    }

    @Override
    public void ends(TarMember member) {
        if (member.type() != TarMember.Type.FILE) return;
        inManifest = false;
        if (member.name().equals(LABEL)) label = kept.toString(StandardCharsets.UTF_8);
        segment(member)
                .ifPresent(
                        name -> segments.put(name, new Segment(kept.toByteArray(), member.size())));
        var name = member.name();
        if (name.matches("pg_wal/[0-9A-F]{8}\\.history")) {
            var timeline = TimelineId.ofDigits(name.substring(7, 15));
            histories.put(
                    timeline,
                    TimelineHistory.parse(timeline, kept.toString(StandardCharsets.UTF_8)));
        }
    }

    /// Also for backup_manifest where it is a file of its own.
    void manifestContent(byte[] bytes, int offset, int length) {
        try {
            manifest.write(bytes, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var from = Math.max(0, length - TAIL);
        var end =
                tail + new String(bytes, offset + from, length - from, StandardCharsets.ISO_8859_1);
        tail = end.substring(Math.max(0, end.length() - TAIL));
    }

    private static Optional<String> segment(TarMember member) {
        return Optional.of(member.name())
                .filter(name -> name.startsWith(WAL_FOLDER))
                .map(name -> name.substring(WAL_FOLDER.length()))
                .filter(SegmentName::looksLikeOne);
    }

    /// Refuses a copy that could not recover by itself.
    Found found(SystemIdentifier server, WalSegmentSize size) {
        var start = START.matcher(label);
        var line = TIMELINE.matcher(label);
        if (!start.find() || !line.find())
            throw incomplete("it has no backup_label that says where it begins");
        var begin = Lsn.parse(start.group(1));
        var timeline = Integer.parseInt(line.group(1));
        var end = end(begin, timeline);
        var missing =
                Physical.missing(
                        begin, end, timeline, size.bytes(), List.copyOf(segments.keySet()));
        if (!missing.isEmpty())
            throw incomplete("WAL from " + begin + " to " + end + " lacks " + missing);
        segments.forEach((name, segment) -> check(SegmentName.parse(name, size), segment, server));
        return new Found(begin, end, timeline, List.copyOf(segments.keySet()), files);
    }

    private Lsn end(Lsn begin, int timeline) {
        var ranges = RANGE.matcher(tail.substring(Math.max(0, tail.indexOf("\"WAL-Ranges\""))));
        if (!ranges.find()) throw incomplete("its backup_manifest does not say where its WAL ends");
        var end = Lsn.parse(ranges.group(3));
        var onOurs =
                Integer.parseInt(ranges.group(1)) == timeline
                        && Lsn.parse(ranges.group(2)).equals(begin);
        if (!onOurs || ranges.find())
            throw new Problem(
                    ErrorCode.BASE_BACKUP_FAILED,
                    "the server moved to another timeline while it was copied",
                    "The next run copies it on the new timeline.",
                    true,
                    null);
        return end;
    }

    private void check(SegmentName name, Segment segment, SystemIdentifier server) {
        if (segment.size() != name.size().bytes())
            throw incomplete(name + " has " + segment.size() + " bytes");
        try {
            SegmentHeader.parse(segment.header())
                    .complaint(name, server, Optional.ofNullable(histories.get(name.timeline())))
                    .ifPresent(complaint -> {
                        throw incomplete(name + " is not what it is called: " + complaint);
                    });
        } catch (IllegalArgumentException e) {
            throw incomplete(name + " is no WAL segment: " + e.getMessage());
        }
    }

    private static Problem incomplete(String why) {
        return new Problem(
                ErrorCode.WAL_INCOMPLETE,
                "the copy would not recover by itself: " + why,
                "Nothing of it was kept. Does anything but PostgreSQL change files in pg_wal?");
    }
}
