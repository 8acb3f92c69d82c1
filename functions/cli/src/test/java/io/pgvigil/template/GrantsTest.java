package io.pgvigil.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the code calls, what `docs/iam.md` says, and what the template grants are the same.
///
/// The calls are found in the compiled classes. Which function makes which of them is not: all share
/// their adapters, and behind a port no call graph sees. That part is the hand-written table in the docs,
/// compared with the template role by role.
final class GrantsTest {
    /// Calls of the SDK, and what IAM asks for them.
    private static final Map<String, Set<String>> CALLS =
            Map.ofEntries(
                    // With the lock, to who may know it; of an old version, too.
                    Map.entry(
                            "S3Client.headObject",
                            Set.of(
                                    "s3:GetObject",
                                    "s3:GetObjectVersion",
                                    "s3:GetObjectRetention",
                                    "s3:GetObjectLegalHold")),
                    Map.entry("S3Client.putObjectRetention", Set.of("s3:PutObjectRetention")),
                    Map.entry(
                            "S3Client.getObjectLockConfiguration",
                            Set.of("s3:GetBucketObjectLockConfiguration")),
                    Map.entry(
                            "S3Client.listObjectVersionsPaginator",
                            Set.of("s3:ListBucketVersions")),
                    Map.entry("S3Client.getObject", Set.of("s3:GetObject")),
                    // Made without a call; who uses it needs the right of who made it.
                    Map.entry("S3Presigner.presignGetObject", Set.of("s3:GetObject")),
                    Map.entry("S3Client.listObjectsV2Paginator", Set.of("s3:ListBucket")),
                    Map.entry(
                            "S3Client.listMultipartUploadsPaginator",
                            Set.of("s3:ListBucketMultipartUploads")),
                    Map.entry("S3Client.putObject", Set.of("s3:PutObject")),
                    Map.entry("S3Client.createMultipartUpload", Set.of("s3:PutObject")),
                    Map.entry("S3Client.uploadPart", Set.of("s3:PutObject")),
                    Map.entry("S3Client.completeMultipartUpload", Set.of("s3:PutObject")),
                    Map.entry("S3Client.abortMultipartUpload", Set.of("s3:AbortMultipartUpload")),
                    Map.entry("S3Client.deleteObject", Set.of("s3:DeleteObject")),
                    Map.entry("S3Client.getObjectTagging", Set.of("s3:GetObjectTagging")),
                    Map.entry("S3Client.putObjectTagging", Set.of("s3:PutObjectTagging")),
                    Map.entry("S3Client.restoreObject", Set.of("s3:RestoreObject")),
                    Map.entry(
                            "S3Client.getBucketLifecycleConfiguration",
                            Set.of("s3:GetLifecycleConfiguration")),
                    Map.entry(
                            "EcsClient.runTask",
                            Set.of("ecs:RunTask", "ecs:TagResource", "iam:PassRole")),
                    Map.entry("KmsClient.describeKey", Set.of("kms:DescribeKey")),
                    Map.entry("EcsClient.describeTasks", Set.of("ecs:DescribeTasks")),
                    Map.entry("SnsClient.publish", Set.of("sns:Publish")),
                    Map.entry("EventBridgeClient.putEvents", Set.of("events:PutEvents")),
                    Map.entry(
                            "SecretsManagerClient.getSecretValue",
                            Set.of("secretsmanager:GetSecretValue")),
                    Map.entry("RdsUtilities.generateAuthenticationToken", Set.of("rds-db:connect")),
                    Map.entry(
                            "RdsClient.createDBInstance",
                            Set.of("rds:CreateDBInstance", "rds:AddTagsToResource")),
                    Map.entry("RdsClient.deleteDBInstance", Set.of("rds:DeleteDBInstance")),
                    Map.entry("RdsClient.deleteDBCluster", Set.of("rds:DeleteDBCluster")),
                    Map.entry("RdsClient.modifyDBInstance", Set.of("rds:ModifyDBInstance")),
                    Map.entry("RdsClient.modifyDBCluster", Set.of("rds:ModifyDBCluster")),
                    Map.entry(
                            "RdsClient.restoreDBInstanceToPointInTime",
                            Set.of("rds:RestoreDBInstanceToPointInTime", "rds:AddTagsToResource")),
                    Map.entry(
                            "RdsClient.restoreDBClusterToPointInTime",
                            Set.of("rds:RestoreDBClusterToPointInTime", "rds:AddTagsToResource")),
                    Map.entry("RdsClient.describeDBClusters", Set.of("rds:DescribeDBClusters")),
                    Map.entry("RdsClient.describeDBInstances", Set.of("rds:DescribeDBInstances")),
                    Map.entry(
                            "RdsClient.describeDBInstancesPaginator",
                            Set.of("rds:DescribeDBInstances")),
                    Map.entry(
                            "RdsClient.describeDBEngineVersionsPaginator",
                            Set.of("rds:DescribeDBEngineVersions")),
                    Map.entry(
                            "RdsClient.describeDBClustersPaginator",
                            Set.of("rds:DescribeDBClusters")),
                    Map.entry("RdsClient.listTagsForResource", Set.of("rds:ListTagsForResource")));

    /// What services do with these roles on our behalf.
    private static final Set<String> BY_SERVICES =
            Set.of(
                    "logs:CreateLogStream", // Lambda and ECS write logs
                    "logs:PutLogEvents",
                    "xray:PutTraceSegments", // Lambda writes segments
                    "xray:PutTelemetryRecords",
                    "sqs:SendMessage", // Lambda keeps what failed
                    "kms:Decrypt", // S3, SNS and Secrets Manager in the caller's name
                    "kms:GenerateDataKey");

    /// Roles that are taken by services only: no code of ours runs with them.
    private static final Set<String> OF_SERVICES =
            Set.of("TaskExecutionRole", "TickRole", "ReplicationRole", "ImageBuildRole");

    private static final Set<String> NO_CALLS = Set.of("close", "builder", "create", "utilities");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final String FUNCTIONS = "FunctionRole";

    private static final Template TEMPLATE = Template.load();

    @Test
    void every_call_of_the_code_is_known() {
        assertThat(calls()).isSubsetOf(CALLS.keySet());
    }

    @Test
    void every_known_call_is_made() {
        assertThat(CALLS.keySet()).isSubsetOf(calls());
    }

    @Test
    void every_action_that_the_code_needs_is_granted_to_somebody() {
        var granted =
                ours().flatMap(role -> granted(role).stream())
                        .collect(Collectors.toCollection(TreeSet::new));

        assertThat(needed()).isSubsetOf(granted);
    }

    @Test
    void no_action_is_granted_that_no_code_and_no_service_needs() {
        assertThat(ours())
                .allSatisfy(role -> {
                    var useless = granted(role);
                    useless.removeAll(needed());
                    useless.removeAll(BY_SERVICES);
                    assertThat(useless).as(role).isEmpty();
                });
    }

    @Test
    void the_docs_say_of_each_role_what_the_template_grants() throws IOException {
        var page = Files.readString(Template.file().resolveSibling("docs/iam.md"));

        for (var role : TEMPLATE.roles().keySet())
            assertThat(documented(page, role)).as(role).isEqualTo(granted(role));
    }

    @Test
    void calls_are_found_in_the_code() {
        assertThat(calls()).contains("S3Client.putObject").doesNotContain("S3Client.close");
    }

    private static Set<String> needed() {
        return CALLS.values().stream()
                .flatMap(Set::stream)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> ours() {
        return TEMPLATE.roles().keySet().stream().filter(role -> !OF_SERVICES.contains(role));
    }

    private static Set<String> granted(String role) {
        return TEMPLATE.statements(role).stream()
                .filter(statement -> statement.get("Effect").text().equals("Allow"))
                .flatMap(statement -> statement.get("Action").list().stream())
                .map(Tree::text)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> documented(String page, String role) {
        return page.lines()
                .filter(line -> line.startsWith("|"))
                .map(line -> line.split("\\|", -1))
                .filter(cells -> cells.length > 4 && isAbout(role, cells[1]))
                .flatMap(cells -> CODE.matcher(cells[2]).results().map(found -> found.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// "all `FunctionRole` but `WatchFunctionRole`" is about all of them but one.
    private static boolean isAbout(String role, String cell) {
        var but = cell.indexOf(" but ");
        if (but >= 0 && cell.indexOf("`" + role + "`", but) >= 0) return false;
        return cell.contains("`" + role + "`")
                || (cell.contains("`" + FUNCTIONS + "`") && role.endsWith(FUNCTIONS));
    }

    /// Calls of clients of AWS in everything that is deployed.
    private static Set<String> calls() {
        return deployed().stream()
                .flatMap(each -> each.getMethodCallsFromSelf().stream())
                .map(JavaCall::getTarget)
                .filter(target ->
                        target.getOwner()
                                        .getPackageName()
                                        .startsWith("software.amazon.awssdk.services.")
                                && target.getOwner()
                                        .getSimpleName()
                                        .matches(".*(Client|Utilities|Presigner)"))
                .filter(target -> !NO_CALLS.contains(target.getName()))
                .map(target -> target.getOwner().getSimpleName() + "." + target.getName())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static JavaClasses deployed() {
        return new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(
                        Arrays.asList(
                                "io.pgvigil.aws.announce",
                                "io.pgvigil.aws.ecs",
                                "io.pgvigil.aws.kms",
                                "io.pgvigil.aws.pitr",
                                "io.pgvigil.aws.rds",
                                "io.pgvigil.aws.s3",
                                "io.pgvigil.aws.secrets",
                                "io.pgvigil.backup",
                                "io.pgvigil.report",
                                "io.pgvigil.restore",
                                "io.pgvigil.retention",
                                "io.pgvigil.runtime",
                                "io.pgvigil.seal",
                                "io.pgvigil.task",
                                "io.pgvigil.verify",
                                "io.pgvigil.watch"));
    }

    /// What the command calls with the operator's own rights is no business of these roles.
    @Test
    void only_the_adapters_and_the_command_call_aws() {
        var callers =
                new ClassFileImporter()
                                .withImportOption(new ImportOption.DoNotIncludeTests())
                                .importPackages("io.pgvigil")
                                .stream()
                                .filter(each ->
                                        each.getMethodCallsFromSelf().stream()
                                                .anyMatch(call ->
                                                        call.getTargetOwner()
                                                                .getPackageName()
                                                                .startsWith(
                                                                        "software.amazon.awssdk.services.")))
                                .map(each -> each.getPackageName())
                                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(callers)
                .allMatch(name ->
                        List.of("aws", "cli", "testkit").contains(name.split("\\.", -1)[2]));
    }
}
