package io.pgvigil.core.stack;

/// One stack that was deployed from `template.yaml`.
///
/// Every method throws a [io.pgvigil.core.problem.Problem] with an `8xxx` code when AWS does not do
/// it, and says with `transientFailure()` whether trying again may help.
public interface DeployedStack {

    /// What the stack put out. `STACK_NOT_FOUND` when there is none of this name.
    StackOutputs outputs();

    /// Calls a function and waits for its answer. Never calls it twice: an order that was given
    /// twice would be two runs. When the answer is lost, `STACK_UNREACHABLE` says so, and the call
    /// may have happened.
    ///
    /// @param function the function's own name, as the outputs have it
    FunctionAnswer call(String function, byte[] event);
}
