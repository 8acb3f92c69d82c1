package io.pgvigil.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import java.nio.file.Path;

/// What a test needs another process for: one that can be killed, and file locks between processes.
final class OtherProcess {
    static final int STEPS = 40;

    private static final ObjectKey KEY = new ObjectKey("orders/app/data.zst");

    private OtherProcess() {}

    public static void main(String[] arguments) {
        var store = new DirectoryStore(new StoreUri.Directory(Path.of(arguments[0])));
        switch (arguments[1]) {
            case "upload" -> uploadUntilKilled(store);
            case "count" -> count(store);
            case "create" -> System.exit(created(store));
            default -> throw new IllegalArgumentException(arguments[1]);
        }
    }

    private static void uploadUntilKilled(DirectoryStore store) {
        var chunk = new byte[100_000];
        try (var upload = store.upload(KEY)) {
            for (var i = 0; i < 10_000; i++) upload.write(chunk, 0, chunk.length);
        }
    }

    private static void count(DirectoryStore store) {
        for (var step = 0; step < STEPS; ) {
            var read = store.document(KEY).orElseThrow();
            var next = Integer.parseInt(new String(read.content(), UTF_8)) + 1;
            if (store.replace(KEY, ("" + next).getBytes(UTF_8), read.token())) step++;
        }
    }

    private static int created(DirectoryStore store) {
        var won = 0;
        for (var i = 0; i < STEPS; i++)
            if (store.create(new ObjectKey("runs/" + i), new byte[1])) won++;
        return won;
    }
}
