package io.pgvigil.task;

import io.pgvigil.aws.StoppableThread;
import io.pgvigil.core.RunId;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.run.RunProgress;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// Progress that others can read: what the task says is written beside its run now and then, and told
/// on.
///
/// A run that is over within the first pause writes nothing. Writing is a thread's of its own: neither a
/// slow store nor one that refuses it can hold up the work.
final class StoredProgress implements Progress {
    private static final Duration FIRST = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final Progress next;
    private final ObjectStore store;
    private final InstantSource clock;
    private final Duration first;
    private final Duration pause;
    private String stage = "";
    private String detail = "";
    private long expectedBytes;
    private long bytes;
    private long rows;
    private @Nullable Instant began;

    StoredProgress(Progress next, ObjectStore store, InstantSource clock) {
        this(next, store, clock, FIRST, PAUSE);
    }

    StoredProgress(
            Progress next, ObjectStore store, InstantSource clock, Duration first, Duration pause) {
        this.next = next;
        this.store = store;
        this.clock = clock;
        this.first = first;
        this.pause = pause;
    }

    @Override
    public void stage(String stage, String detail, long expectedBytes) {
        synchronized (this) {
            this.stage = stage;
            this.detail = detail;
            this.expectedBytes = expectedBytes;
            bytes = 0;
            rows = 0;
            began = clock.instant();
        }
        next.stage(stage, detail, expectedBytes);
    }

    @Override
    public void moved(long bytes, long rows) {
        synchronized (this) {
            this.bytes = bytes;
            this.rows = rows;
        }
        next.moved(bytes, rows);
    }

    @Override
    public void note(String message) {
        next.note(message);
    }

    @Override
    public Told of(RunId run) {
        var writer = StoppableThread.start("progress", () -> write(run));
        return writer::interrupt;
    }

    private void write(RunId run) {
        try {
            Thread.sleep(first);
            while (true) {
                put(run);
                Thread.sleep(pause);
            }
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }

    private void put(RunId run) {
        var told = told(run);
        if (told == null) return;
        try {
            store.put(Layout.progress(run), Json.bytes(told));
        } catch (Problem notWritten) {
            // Whoever reads it sees how old it is; the work is worth more than news of it.
        }
    }

    private synchronized @Nullable RunProgress told(RunId run) {
        if (began == null) return null;
        return new RunProgress(
                RunProgress.FORMAT,
                run,
                stage,
                detail,
                bytes,
                rows,
                expectedBytes,
                began,
                clock.instant());
    }
}
