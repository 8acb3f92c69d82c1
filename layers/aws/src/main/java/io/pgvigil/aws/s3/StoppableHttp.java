package io.pgvigil.aws.s3;

import io.pgvigil.aws.StoppableThread;
import java.io.IOException;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.utils.AttributeMap;

/// Has the interrupt of a [StoppableThread] abort the request under way there, its answer's body included.
final class StoppableHttp implements SdkHttpClient {
    private final SdkHttpClient client;

    private StoppableHttp(SdkHttpClient client) {
        this.client = client;
    }

    /// Made and closed by the SDK, like the one inside.
    static SdkHttpClient.Builder<?> of(SdkHttpClient.Builder<?> inside) {
        return new Builder(inside);
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        var prepared = client.prepareRequest(request);
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                StoppableThread.onInterrupt(prepared::abort);
                return prepared.call();
            }

            @Override
            public void abort() {
                prepared.abort();
            }
        };
    }

    @Override
    public void close() {
        client.close();
    }

    @Override
    public String clientName() {
        return client.clientName();
    }

    private record Builder(SdkHttpClient.Builder<?> inside)
            implements SdkHttpClient.Builder<Builder> {
        @Override
        public SdkHttpClient buildWithDefaults(AttributeMap defaults) {
            return new StoppableHttp(inside.buildWithDefaults(defaults));
        }
    }
}
