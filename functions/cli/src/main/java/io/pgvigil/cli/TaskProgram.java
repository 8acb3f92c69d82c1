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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
                        // The buffers that go round take 12 MB, the parts in flight some 50; the
                        // rest is
                        // for tables of contents with some hundred thousand entries. A small young
                        // generation keeps memory that is used once from being touched all over.
                        "-Xmx320m",
                        "-Xmn24m",
                        // A task runs for seconds, and compilers would take a fifth of them; only
                        // encryption is better compiled at once, which is slow until then.
                        "-XX:CompileThresholdScaling=10",
                        "-XX:CompileCommand=quiet",
                        "-XX:CompileCommand=CompileThresholdScaling,com.sun.crypto.provider.*::*,0.05",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow"));
        program.addAll(warm(System.getProperty("pgvigil.task.cache")));
        program.addAll(
                List.of("-cp", System.getProperty("java.class.path"), "io.pgvigil.task.TaskMain"));
        return program;
    }

    /// Loaded classes and profiles of an earlier run, or the order to record them in this one; the
    /// launcher script makes the cache from the recording. One that does not fit is ignored by Java.
    private static List<String> warm(@Nullable String cache) {
        if (cache == null) return List.of();
        var quiet = List.of("-Xlog:aot=off", "-Xlog:cds=off");
        var how =
                Files.isReadable(Path.of(cache))
                        ? List.of("-XX:AOTCache=" + cache)
                        : List.of(
                                "-XX:AOTMode=record",
                                "-XX:AOTConfiguration=" + cache + "conf",
                                "-Dpgvigil.recorded=true");
        return Stream.concat(how.stream(), quiet.stream()).toList();
    }
}
