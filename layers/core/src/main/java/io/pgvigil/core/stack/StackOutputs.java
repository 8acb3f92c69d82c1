package io.pgvigil.core.stack;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.StoreUri;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The outputs of a stack, by the names that `template.yaml` gives them.
public record StackOutputs(String stack, Map<String, String> values) {
    public StackOutputs {
        values = Map.copyOf(values);
    }

    /// Where its backups are.
    public StoreUri store() {
        return StoreUri.parse(required("StoreUri"));
    }

    /// Where the configuration is that its functions read.
    public String config() {
        return required("ConfigUri");
    }

    /// The deployed name of a function.
    ///
    /// @param word `backup`, `verify` …
    public String function(String word) {
        return required(
                word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1) + "FunctionName");
    }

    public Optional<String> find(String output) {
        return Optional.ofNullable(values.get(output));
    }

    public String required(String output) {
        return find(output)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.STACK_INCOMPLETE,
                                "stack " + stack + " has no output " + output,
                                "Was it deployed from pgvigil's template, and is that deployment"
                                        + " complete? A newer pgvigil may need the stack to be"
                                        + " deployed again."));
    }
}
