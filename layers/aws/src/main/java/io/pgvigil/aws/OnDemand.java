package io.pgvigil.aws;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Something dear that is made when it is first wanted, once, whichever threads want it.
///
/// A client of the SDK is dear: with its classes it costs a cold start up to a sixth of its time, and most
/// invocations of a function need one or two of the four that it may need.
///
/// - **Tried again:** when making it fails, whoever wants it next tries anew.
public final class OnDemand<T> implements Supplier<T> {
    private final Supplier<? extends T> maker;
    private @Nullable T made;

    public OnDemand(Supplier<? extends T> maker) {
        this.maker = maker;
    }

    @Override
    public synchronized T get() {
        var known = made;
        if (known == null) {
            known = maker.get();
            made = known;
        }
        return known;
    }
}
