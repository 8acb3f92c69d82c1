package io.pgvigil.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgvigil.core.problem.Problem;
import io.pgvigil.template.Resolver;
import io.pgvigil.template.Template;
import io.pgvigil.wire.Json;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// IAM takes no role whose inline policies have more than 10,240 characters together, white space aside.
final class FurtherStoresFitTest {
    private static final int LIMIT = 10_240;

    /// For secrets of sources: each ARN has about a hundred characters.
    private static final int ROOM = 1_000;

    @Test
    void as_many_as_are_taken_fit_whatever_they_are_called() {
        var template = Template.load();
        var resolver = new Resolver(template, everything(Answers.FURTHER_STORES));
        template.at("Resources")
                .map()
                .forEach((name, resource) -> {
                    if (!resource.get("Type").text().equals("AWS::IAM::Role")) return;
                    var policies = resolver.resolve(template.properties(name).get("Policies"));
                    if (policies.isEmpty()) return;
                    var length =
                            policies.get().list().stream()
                                    .mapToInt(one ->
                                            Json.compactBytes(one.get("PolicyDocument").map())
                                                    .length)
                                    .sum();
                    assertThat(length).as(name).isLessThan(LIMIT - ROOM);
                });
    }

    @Test
    void one_more_is_refused_before_anything_is_started() {
        assertThat(answers(Answers.FURTHER_STORES)).isNotNull();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> answers(Answers.FURTHER_STORES + 1))
                .withMessageContaining("PGV-1001")
                .withMessageContaining("CopyBucketArns has 15 entries, and 14 fit");
    }

    private static Answers answers(int stores) {
        var known = DeployTest.answers(Answers.With.AWS, Answers.Engine.DOCKER);
        return new Answers(
                known.stack(),
                known.region(),
                known.with(),
                known.image(),
                known.network(),
                known.first(),
                known.config(),
                Map.of("CopyBucketArns", buckets(stores)),
                known.backup());
    }

    private static Map<String, String> everything(int stores) {
        return Map.ofEntries(
                Map.entry("FirstHost", "db.internal"),
                Map.entry("FirstUser", "backup"),
                Map.entry("FirstSecret", secret(0)),
                Map.entry("SecretArns", Resolver.arn("secretsmanager", "secret:pgvigil/*")),
                Map.entry("RestoreSecretArns", secret(1)),
                Map.entry("SecretKmsKeyArns", key(0)),
                Map.entry("IamDatabaseUserArns", Resolver.arn("rds-db", "dbuser:db-ABC/backup")),
                Map.entry("ReplicaBucketArn", "arn:aws:s3:::copy"),
                Map.entry("ReplicaKmsKeyArn", key(1)),
                Map.entry("CopyBucketArns", buckets(stores)),
                Map.entry("CopyKmsKeyArns", many(stores, FurtherStoresFitTest::key)),
                Map.entry("CopySecretArns", many(stores, FurtherStoresFitTest::secret)),
                Map.entry("ObjectLock", "true"),
                Map.entry("AllowRdsDrills", "true"),
                Map.entry("AllowRdsRestores", "true"),
                Map.entry("ContinuousServers", "orders"),
                Map.entry("Tracing", "Active"));
    }

    private static String buckets(int count) {
        return many(count, number -> "arn:aws:s3:::" + named(number, 63));
    }

    private static String key(int number) {
        return Resolver.arn("kms", "key/" + named(number, 36));
    }

    private static String secret(int number) {
        return Resolver.arn("secretsmanager", "secret:" + named(number, 50));
    }

    private static String many(int count, IntFunction<String> name) {
        return IntStream.range(0, count).mapToObj(name).collect(Collectors.joining(","));
    }

    private static String named(int number, int length) {
        return (number + "-" + "x".repeat(length)).substring(0, length);
    }
}
