package io.pgvigil.cli;

import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.stack.DeployedStack;
import io.pgvigil.core.stack.FunctionAnswer;
import io.pgvigil.core.stack.StackOutputs;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.StackEndpoint;
import io.pgvigil.wire.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// A stack whose functions are the real handlers, and whose tasks are child processes of this one.
final class FakeStack implements DeployedStack {
    private final StoreUri store;
    private final Configuration configuration;
    private final Map<String, String> secrets;
    private final List<Functions> working = new CopyOnWriteArrayList<>();

    /// @param secrets what a task finds in its environment
    FakeStack(StoreUri store, Configuration configuration, Map<String, String> secrets) {
        this.store = store;
        this.configuration = configuration;
        this.secrets = secrets;
    }

    @Override
    public StackOutputs outputs() {
        var values = new LinkedHashMap<String, String>();
        values.put("StoreUri", store.toString());
        values.put("ConfigUri", store + "/config.yaml");
        for (var word :
                List.of("backup", "seal", "verify", "restore", "watch", "retention", "report"))
            values.put(
                    word.substring(0, 1).toUpperCase(Locale.ROOT)
                            + word.substring(1)
                            + "FunctionName",
                    "prod-" + word);
        return new StackOutputs("prod", values);
    }

    @Override
    public FunctionAnswer call(String function, byte[] event) {
        try {
            var functions =
                    new Functions(store, Optional.of(configuration), secrets, Screen.of(true));
            working.add(functions);
            var answer = functions.call(function.replace("prod-", ""), event);
            return new FunctionAnswer.Answered(Json.bytes(answer));
        } catch (Problem problem) {
            return StackEndpoint.failed(problem);
        }
    }

    /// Lets its tasks come to their ends.
    void quiet() {
        working.forEach(Functions::await);
    }
}
