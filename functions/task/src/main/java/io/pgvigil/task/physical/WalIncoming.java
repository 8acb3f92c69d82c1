package io.pgvigil.task.physical;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.pgvigil.core.ByteSize;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.wal.Adopted;
import io.pgvigil.core.wal.SegmentHeader;
import io.pgvigil.core.wal.SegmentName;
import io.pgvigil.core.wal.TimelineHistory;
import io.pgvigil.core.wal.TimelineId;
import io.pgvigil.core.wal.WalSegmentSize;
import io.pgvigil.wire.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Takes over what an `archive_command` left in `_wal/incoming/`.
///
/// What is whole and is what it is called becomes part of the log, or is compared with what is there.
/// Nothing is removed here: who writes cannot delete. One that cannot be taken never keeps the others
/// back; it is told at the end.
final class WalIncoming {
    // 000000010000000000000042, 00000002.history; then an optional word that tells contents apart,
    // and
    // .zst where it is compressed.
    private static final Pattern SEGMENT = Pattern.compile("([0-9A-F]{24})(\\.[0-9a-z]{1,64})?");
    private static final Pattern HISTORY =
            Pattern.compile("([0-9A-F]{8})\\.history(\\.[0-9a-z]{1,64})?");

    /// Labels of backups, and halves of segments that a promotion left: nothing is lost without them.
    private static final Pattern NEEDLESS =
            Pattern.compile("[0-9A-F]{24}\\.([0-9A-F]{8}\\.backup|partial)(\\.[0-9a-z]{1,64})?");

    /// Whoever writes a segment needs less than this for it.
    private static final Duration STILL_WRITTEN = Duration.ofMinutes(10);

    private static final int ATTEMPTS = 5;
    private static final int LONGEST_HISTORY = 1 << 20;

    private final ObjectStore store;
    private final ServerName server;
    private final int level;
    private final InstantSource clock;
    private final List<Adopted.Entry> entries = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private int adopted;

    WalIncoming(ObjectStore store, ServerName server, int level, InstantSource clock) {
        this.store = store;
        this.server = server;
        this.level = level;
        this.clock = clock;
    }

    int adopted() {
        return adopted;
    }

    List<String> notices() {
        return notices;
    }

    /// What could not be taken and must be looked at, all of it.
    Optional<Problem> problem() {
        if (problems.size() < 2) return problems.stream().findFirst();
        var first = problems.getFirst();
        return Optional.of(
                new Problem(
                        first.code(),
                        first.what() + "; and " + (problems.size() - 1) + " more like it",
                        first.hint(),
                        first));
    }

    void adopt(WalCheck check, WalSegmentSize size) {
        List<StoredObject> objects;
        try (var found = store.list(Layout.incoming(server))) {
            objects = found.toList();
        }
        var before = known();
        for (var object : objects) {
            var known = before.of(object);
            if (known.isPresent()) {
                entries.add(known.get());
                continue;
            }
            try {
                if (done(object, check, size))
                    entries.add(
                            new Adopted.Entry(
                                    object.key().name(),
                                    object.size(),
                                    object.modified(),
                                    clock.instant()));
            } catch (Problem problem) {
                if (problem.transientFailure()) throw problem;
                problems.add(problem);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        var after = new Adopted(Adopted.FORMAT, entries);
        if (!after.equals(before)) remember(after);
    }

    private Adopted known() {
        return store.document(Layout.adopted(server))
                .map(document -> {
                    try {
                        return Json.read(document, Adopted.class, Adopted.FORMAT);
                    } catch (Problem unreadable) {
                        return Adopted.NOTHING;
                    }
                })
                .orElse(Adopted.NOTHING);
    }

    private void remember(Adopted after) {
        var key = Layout.adopted(server);
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            var document = store.document(key);
            var written =
                    document.isEmpty()
                            ? store.create(key, Json.bytes(after))
                            : store.replace(key, Json.bytes(after), document.get().token());
            if (written) return;
        }
    }

    /// Whether nobody needs the object any more.
    private boolean done(StoredObject object, WalCheck check, WalSegmentSize size)
            throws IOException {
        var key = object.key();
        var packed = key.name().endsWith(Layout.SEGMENT_SUFFIX);
        var name =
                packed
                        ? key.name()
                                .substring(0, key.name().length() - Layout.SEGMENT_SUFFIX.length())
                        : key.name();
        if (NEEDLESS.matcher(name).matches()) return true;
        var history = HISTORY.matcher(name);
        if (history.matches())
            return history(key, packed, TimelineId.ofDigits(history.group(1)), check);
        var segment = SEGMENT.matcher(name);
        if (!segment.matches() || !SegmentName.looksLikeOne(segment.group(1))) {
            notices.add(key + " is nothing that PostgreSQL archives; it was left alone");
            return false;
        }
        return segment(object, packed, SegmentName.parse(segment.group(1), size), check);
    }

    private boolean segment(StoredObject object, boolean packed, SegmentName name, WalCheck check)
            throws IOException {
        var key = object.key();
        var target = Layout.segment(server, check.system(), name.timeline(), name.toString());
        var whole = name.size().bytes();
        // Read before anything is begun: a half of it must leave no trace.
        var have = 0L;
        var header = new byte[SegmentHeader.LENGTH];
        try (var in = open(key, packed)) {
            have = in.readNBytes(header, 0, header.length);
            have += in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException broken) {
            return half(object, "it ends in the middle of its compression");
        }
        if (have != whole)
            return half(object, "it has %d bytes instead of %d".formatted(have, whole));
        var complaint = check.complaint(name, header);
        if (complaint.isPresent())
            throw new Problem(
                    ErrorCode.WAL_INVALID,
                    key + " is not the segment it is called: " + complaint.get(),
                    "Does another server's archive_command write here? Give each server its own folder,"
                            + " and remove the object.");
        try (var in = open(key, packed);
                var out = new WalTarget(store, target, level, store.stat(target).isPresent())) {
            var buffer = new byte[1 << 16];
            for (int count; (count = in.read(buffer)) >= 0; ) out.write(buffer, 0, count);
            if (out.complete()) adopted++;
            return true;
        } catch (Problem problem) {
            if (problem.code() != ErrorCode.WAL_CONFLICT) throw problem;
            throw new Problem(
                    ErrorCode.WAL_CONFLICT,
                    key
                            + " and "
                            + target
                            + " are the same segment with different content: "
                            + problem.what(),
                    problem.hint(),
                    problem);
        }
    }

    private boolean history(ObjectKey key, boolean packed, TimelineId timeline, WalCheck check)
            throws IOException {
        var content = new ByteArrayOutputStream();
        try (var in = open(key, packed)) {
            content.write(in.readNBytes(LONGEST_HISTORY));
        }
        try {
            TimelineHistory.parse(
                    timeline, new String(content.toByteArray(), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new Problem(
                    ErrorCode.WAL_INVALID,
                    key + " is not the history of a timeline: " + e.getMessage(),
                    "Remove it; the server's own is in its pg_wal.",
                    e);
        }
        var target = Layout.history(server, check.system(), timeline);
        if (store.create(target, content.toByteArray())) return true;
        var there = store.document(target).map(document -> document.content());
        if (there.isPresent() && !Arrays.equals(there.get(), content.toByteArray()))
            throw new Problem(
                    ErrorCode.WAL_CONFLICT,
                    key + " and " + target + " are the same history with different content",
                    "Two servers each began a timeline "
                            + timeline
                            + ". Give one of them another name.");
        return true;
    }

    /// Being written just now, or given up by whoever wrote it.
    private boolean half(StoredObject object, String why) {
        if (object.modified().plus(STILL_WRITTEN).isBefore(clock.instant()))
            notices.add(
                    object.key()
                            + " is not a whole segment: "
                            + why
                            + ". Remove it, and archive the segment again if no harvest stored it; "
                            + ByteSize.of(object.size())
                            + " are there");
        return false;
    }

    private InputStream open(ObjectKey key, boolean packed) throws IOException {
        var in = new BufferedInputStream(store.read(key));
        return packed ? new ZstdInputStreamNoFinalizer(in) : in;
    }
}
