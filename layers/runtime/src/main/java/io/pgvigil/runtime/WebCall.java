package io.pgvigil.runtime;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One request to an address of the web.
///
/// The client ends with it: a function that is frozen between two calls must not wake up with a
/// connection that has died meanwhile. Redirects are not followed: they would carry what is told to a
/// place that nobody named.
final class WebCall {
    private WebCall() {}

    /// The status of the answer.
    ///
    /// @param limit until the last byte of the answer, however slowly it comes
    static int status(HttpRequest.Builder request, Duration limit)
            throws IOException, InterruptedException {
        var client =
                HttpClient.newBuilder()
                        .connectTimeout(limit)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
        try {
            return client.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding())
                    .get(limit.toMillis(), TimeUnit.MILLISECONDS)
                    .statusCode();
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no answer within " + limit);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e);
        } finally {
            // Not close(): that would wait for an answer that nobody waits for any more.
            client.shutdownNow();
        }
    }
}
