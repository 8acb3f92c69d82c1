package io.pgvigil.aws.s3;

import io.pgvigil.core.store.Links;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.StoreUri;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/// Presigned addresses. Made without a call; S3 checks the signature, and the rights of who signed, when one
/// is used.
public final class S3Links implements Links {
    private final StoreUri.S3 uri;
    private final S3Settings settings;
    private final AwsCredentialsProvider credentials;

    public S3Links(StoreUri.S3 uri, S3Settings settings, AwsCredentialsProvider credentials) {
        this.uri = uri;
        this.settings = settings;
        this.credentials = credentials;
    }

    public static S3Links open(StoreUri.S3 uri, S3Settings settings, StoreKeys keys) {
        return new S3Links(uri, settings.at(uri.service()), keys.of(uri.service()));
    }

    @Override
    public Optional<URI> link(ObjectKey key, String type, Duration length) {
        var name = (uri.prefix().isEmpty() ? "" : uri.prefix() + "/") + key;
        var builder =
                S3Presigner.builder()
                        .credentialsProvider(credentials)
                        .serviceConfiguration(
                                S3Configuration.builder()
                                        .pathStyleAccessEnabled(settings.pathStyle())
                                        .build());
        settings.endpoint().ifPresent(builder::endpointOverride);
        settings.region()
                .or(() -> settings.endpoint().map(_ -> "us-east-1"))
                .map(Region::of)
                .ifPresent(builder::region);
        try (var presigner = builder.build()) {
            return Optional.of(
                    URI.create(
                            presigner
                                    .presignGetObject(request ->
                                            request.signatureDuration(length)
                                                    .getObjectRequest(get ->
                                                            get.bucket(uri.bucket())
                                                                    .key(name)
                                                                    .responseContentType(type)))
                                    .url()
                                    .toString()));
        } catch (SdkException e) {
            throw new S3Failures(uri, settings).problem(e, "sign a link to " + key);
        }
    }
}
