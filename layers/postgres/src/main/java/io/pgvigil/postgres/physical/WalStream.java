package io.pgvigil.postgres.physical;

import io.pgvigil.core.Lsn;
import io.pgvigil.core.connect.Login;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyDual;

/// A server's log as it is sent, in order and without holes.
///
/// The server keeps what was not [#confirm]ed, and believes nothing else.
public final class WalStream {
    private static final Instant POSTGRES_EPOCH = Instant.parse("2000-01-01T00:00:00Z");
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration REPLY_EVERY = Duration.ofSeconds(10);

    private final CopyDual copy;
    private final Login login;
    private final InstantSource clock;
    private Lsn next;
    private Lsn confirmed = new Lsn(0);
    private long replied = System.nanoTime();

    /// Bytes of the log.
    ///
    /// @param at the position of the first one
    public record Piece(Lsn at, byte[] bytes, int offset, int length) {}

    WalStream(CopyDual copy, Login login, Lsn from, InstantSource clock) {
        this.copy = copy;
        this.login = login;
        this.next = from;
        this.clock = clock;
    }

    /// The next piece, or null when nothing came for as long as that.
    public @Nullable Piece next(Duration patience) {
        var deadline = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                var message = copy.readFromCopy(false);
                if (message != null) {
                    var piece = understood(ByteBuffer.wrap(message));
                    if (piece != null) return piece;
                    continue;
                }
                if (!copy.isActive()) return null;
                if (System.nanoTime() - replied > REPLY_EVERY.toNanos()) reply();
                if (System.nanoTime() - deadline >= 0) return null;
                Thread.sleep(POLL);
            }
        } catch (SQLException e) {
            throw Replication.explain(e, login);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                    ErrorCode.RUN_CANCELLED,
                    "the harvest was cancelled",
                    "What is stored is stored; the next one goes on from there.",
                    e);
        }
    }

    private @Nullable Piece understood(ByteBuffer message) throws SQLException {
        switch (message.get()) {
            case 'w' -> {
                var at = new Lsn(message.getLong());
                // Where the server's log ends, and the server's clock.
                message.getLong();
                message.getLong();
                if (!at.equals(next))
                    throw new Problem(
                            ErrorCode.WAL_INVALID,
                            "the server sent WAL at " + at + " where " + next + " was expected",
                            "This is a defect of the server or of ours; nothing of it was stored.");
                var piece = new Piece(at, message.array(), message.position(), message.remaining());
                next = next.plus(piece.length());
                return piece;
            }
            case 'k' -> {
                message.getLong();
                message.getLong();
                if (message.get() != 0) reply();
            }
            default -> {}
        }
        return null;
    }

    /// Tells the server that it need not keep what lies before this.
    public void confirm(Lsn stored) {
        if (stored.isAfter(confirmed)) confirmed = stored;
        try {
            reply();
        } catch (SQLException e) {
            throw Replication.explain(e, login);
        }
    }

    private void reply() throws SQLException {
        var reply = ByteBuffer.allocate(34);
        reply.put((byte) 'r');
        for (var i = 0; i < 3; i++) reply.putLong(confirmed.value());
        var since = Duration.between(POSTGRES_EPOCH, clock.instant());
        reply.putLong(since.toSeconds() * 1_000_000 + since.toNanosPart() / 1000);
        reply.put((byte) 0);
        copy.writeToCopy(reply.array(), 0, 34);
        copy.flushCopy();
        replied = System.nanoTime();
    }
}
