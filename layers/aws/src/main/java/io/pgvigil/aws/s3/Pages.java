package io.pgvigil.aws.s3;

import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import software.amazon.awssdk.core.exception.SdkException;

/// The pages of an answer, fetched as they are asked for.
final class Pages {
    private Pages() {}

    static <P> Stream<P> of(
            Iterator<P> pages, Function<SdkException, ? extends RuntimeException> problem) {
        var translated =
                new Iterator<P>() {
                    @Override
                    public boolean hasNext() {
                        return translate(pages::hasNext);
                    }

                    @Override
                    public P next() {
                        return translate(pages::next);
                    }

                    private <T> T translate(Supplier<T> call) {
                        try {
                            return call.get();
                        } catch (SdkException e) {
                            throw problem.apply(e);
                        }
                    }
                };
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(translated, Spliterator.ORDERED), false);
    }
}
