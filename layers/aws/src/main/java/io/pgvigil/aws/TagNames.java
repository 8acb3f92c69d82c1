package io.pgvigil.aws;

/// Tags that resources of several services carry. Policies of the template name them, too.
public final class TagNames {
    /// In whose name it was made.
    public static final String STACK = "pgvigil:stack";

    /// By which run.
    public static final String RUN = "pgvigil:run";

    /// Tells what a process has made from what another one left under the same name.
    public static final String ATTEMPT = "pgvigil:attempt";

    private TagNames() {}
}
