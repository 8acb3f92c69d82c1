package io.pgvigil.cli;

import io.pgvigil.core.process.Command;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.local.ChildTaskLauncher;
import io.pgvigil.runtime.ThisHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How the task's program is started on this machine: the Java we run on, our own class path.
final class TaskProgram {
    private TaskProgram() {}

    static ChildTaskLauncher launcher(
            StoreUri store, Map<String, String> secrets, ChildTaskLauncher.Listener listener) {
        var environment = new LinkedHashMap<>(secrets);
        environment.put("PGVIGIL_STORE", store.toString());
        return new ChildTaskLauncher(
                new Command(program(), environment),
                listener,
                new ThisHost().name(),
                InstantSource.system());
    }

    private static List<String> program() {
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        var program = new ArrayList<String>();
        program.add(java.toString());
        program.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        // The buffers that go round take 12 MB, the parts in flight 48; the rest is
                        // for tables of contents with some hundred thousand entries.
                        "-Xmx320m",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow"));
        // Made by the launcher script; a cache that does not fit is ignored, never an error.
        var cache = System.getProperty("pgvigil.task.cache");
        if (cache != null && Files.isReadable(Path.of(cache)))
            program.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off"));
        program.addAll(
                List.of("-cp", System.getProperty("java.class.path"), "io.pgvigil.task.TaskMain"));
        return program;
    }
}
