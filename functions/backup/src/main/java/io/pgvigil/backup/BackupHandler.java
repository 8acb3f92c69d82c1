package io.pgvigil.backup;

import io.pgvigil.runtime.Doorway;
import java.util.Optional;

/// `backup`: starts tasks that make backups, when somebody asks and when the timetable says so.
/// `seal` hears when they have ended.
public final class BackupHandler extends Doorway<BackupHandler.Event> {
    private final Backups backups;
    private final Ticks ticks;

    public BackupHandler() {
        this(BackupWiring.standard());
    }

    private BackupHandler(BackupWiring wiring) {
        this(wiring.backups(), wiring.ticks());
    }

    public BackupHandler(Backups backups, Ticks ticks) {
        this.backups = backups;
        this.ticks = ticks;
    }

    /// What arrives: the scheduler's tick, or somebody's request.
    sealed interface Event {
        record Tick(Ticked news) implements Event {}

        record Request(BackupRequested wish) implements Event {}
    }

    @Override
    protected Event decode(byte[] event) {
        var tick = event(event, MaybeTick.class, "backup.manual").tick();
        return tick.isPresent()
                ? new Event.Tick(event(event, Ticked.class, "backup.tick"))
                : new Event.Request(event(event, BackupRequested.class, "backup.manual"));
    }

    private record MaybeTick(Optional<Object> tick) {}

    @Override
    protected Object handle(Event event, String nonce) {
        return switch (event) {
            case Event.Tick(var news) -> ticks.tick(news.tick());
            case Event.Request(var wish) -> backups.order(wish, nonce);
        };
    }
}
