package io.pgvigil.cli;

import io.pgvigil.core.problem.ExitStatus;
import io.pgvigil.runtime.Stores;
import io.pgvigil.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        description = "Print the configuration of a stack or store as it was put.")
final class ConfigGetCommand implements Callable<Integer> {
    @Mixin private Common common = new Common();

    @Override
    public Integer call() {
        var stored = StoredConfig.in(Stores.open(common.store(), System.getenv()));
        var text = new String(stored.content(), StandardCharsets.UTF_8);
        if (common.json()) {
            var shape = new LinkedHashMap<String, Object>();
            shape.put("config", stored.place());
            shape.put("yaml", text);
            System.out.println(Json.line(shape));
        } else System.out.print(text.endsWith("\n") ? text : text + "\n");
        return ExitStatus.DONE.code();
    }
}
