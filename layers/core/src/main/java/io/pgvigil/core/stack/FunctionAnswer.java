package io.pgvigil.core.stack;

/// What came back from a function that was called.
public sealed interface FunctionAnswer {
    byte[] payload();

    /// It answered.
    record Answered(byte[] payload) implements FunctionAnswer {}

    /// It was started and ended with an error, which the payload describes.
    record Failed(byte[] payload) implements FunctionAnswer {}
}
