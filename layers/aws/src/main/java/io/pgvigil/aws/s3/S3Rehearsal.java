package io.pgvigil.aws.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpResponse;

/// Goes through what every store is asked, without a network, so that the first real request of a cold
/// start finds the classes of the SDK loaded.
///
/// - **Nothing leaves:** each request is signed with keys that are none, and answered here.
public final class S3Rehearsal {
    private static final byte[] LIST =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><KeyCount>1</KeyCount>\
            <IsTruncated>false</IsTruncated><Contents><Key>rehearsal</Key><Size>2</Size>\
            <LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"rehearsal"</ETag></Contents></ListBucketResult>\
            """
                    .getBytes(UTF_8);

    private static final byte[] DOCUMENT = "{}".getBytes(UTF_8);

    private static final ObjectKey KEY = new ObjectKey("rehearsal");

    private static final StaticCredentialsProvider NOBODY =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("none", "none"));

    private S3Rehearsal() {}

    public static void of(StoreUri.S3 uri, S3Settings settings) {
        var offline =
                new S3Settings(
                        // Whoever does not say one would be asked for it over the network.
                        settings.region().or(() -> Optional.of("us-east-1")),
                        settings.endpoint(),
                        settings.pathStyle(),
                        settings.kmsKeyId());
        var client =
                S3Store.client(
                        uri, offline, NOBODY, false, builder -> builder.httpClient(new Answers()));
        try (var store = new S3Store(uri, offline, client, Patience.STANDARD);
                var listed = store.list("")) {
            var unused =
                    listed.count()
                            + store.document(KEY).stream().count()
                            + store.stat(KEY).stream().count();
            var done = store.create(KEY, DOCUMENT);
        }
    }

    /// Asks whoever listens there for an object, once. The answer does not matter.
    public static void over(StoreUri.S3 uri, URI endpoint) {
        var settings =
                new S3Settings(
                        Optional.of("us-east-1"), Optional.of(endpoint), true, Optional.empty());
        try (var store =
                new S3Store(
                        uri,
                        settings,
                        S3Store.client(uri, settings, NOBODY),
                        new Patience(List.of()))) {
            var unused = store.stat(KEY);
        } catch (Problem unanswered) {
            // What the client needs is loaded all the same.
        }
    }

    /// A list to who asks for one, a document to everybody else.
    private static final class Answers implements SdkHttpClient {
        @Override
        public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
            var asked = request.httpRequest();
            var body =
                    asked.rawQueryParameters().containsKey("list-type")
                            ? LIST
                            : asked.method() == SdkHttpMethod.GET ? DOCUMENT : new byte[0];
            var answer =
                    HttpExecuteResponse.builder()
                            .response(
                                    SdkHttpResponse.builder()
                                            .statusCode(200)
                                            .putHeader("Content-Length", "" + body.length)
                                            .putHeader("ETag", "\"rehearsal\"")
                                            .putHeader(
                                                    "Last-Modified",
                                                    "Thu, 01 Jan 2026 00:00:00 GMT")
                                            .build())
                            .responseBody(
                                    AbortableInputStream.create(new ByteArrayInputStream(body)))
                            .build();
            return new ExecutableHttpRequest() {
                @Override
                public HttpExecuteResponse call() {
                    return answer;
                }

                @Override
                public void abort() {}
            };
        }

        @Override
        public void close() {}
    }
}
