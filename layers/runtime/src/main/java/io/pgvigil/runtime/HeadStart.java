package io.pgvigil.runtime;

/// Uses the second processor of a cold start.
///
/// A cold start is bound by loading and linking classes, on one thread, while Lambda gives the start of a
/// function more than one processor. What the first event will certainly need is brought in beside the rest.
///
/// - **Nothing depends on it:** whoever needs a part that is not there yet makes it, or waits for it.
/// - **Silent:** a part that fails here fails again, with its reason, where it is needed.
public final class HeadStart {
    private HeadStart() {}

    /// @param parts in this order, on a thread of their own
    public static void with(Runnable... parts) {
        Thread.ofPlatform()
                .daemon()
                .name("head-start")
                .start(() -> {
                    for (var part : parts) tried(part);
                });
    }

    private static void tried(Runnable part) {
        try {
            part.run();
        } catch (RuntimeException | LinkageError e) {
            // Whoever needs it will say why it cannot be had.
        }
    }
}
