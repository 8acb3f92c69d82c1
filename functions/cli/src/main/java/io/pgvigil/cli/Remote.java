package io.pgvigil.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgvigil.aws.stack.AwsStack;
import io.pgvigil.aws.stack.StackSettings;
import io.pgvigil.core.stack.DeployedStack;
import io.pgvigil.core.stack.FunctionAnswer;
import io.pgvigil.core.stack.StackOutputs;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.wire.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A deployed stack, as commands use it: its outputs are read once, its functions answer in JSON or
/// with the problem they met.
final class Remote {
    /// What can be called, in the order in which they take turns.
    static final List<String> FUNCTIONS =
            List.of("backup", "seal", "verify", "restore", "watch", "retention", "report");

    private final DeployedStack stack;
    private @Nullable StackOutputs outputs;

    Remote(DeployedStack stack) {
        this.stack = stack;
    }

    static Remote open(String name, Map<String, String> environment) {
        return new Remote(AwsStack.open(name, StackSettings.from(environment)));
    }

    StoreUri store() {
        return outputs().store();
    }

    String config() {
        return outputs().config();
    }

    /// Calls a function. A problem that it met is thrown as if it were ours.
    ///
    /// @param function its word: `backup`, `verify` …
    JsonNode call(String function, byte[] event) {
        return switch (stack.call(outputs().function(function), event)) {
            case FunctionAnswer.Answered(var payload) ->
                    Json.readTree(payload, "the answer of " + function);
            case FunctionAnswer.Failed(var payload) -> throw FunctionError.of(function, payload);
        };
    }

    StackOutputs outputs() {
        if (outputs == null) outputs = stack.outputs();
        return outputs;
    }
}
