package io.pgvigil.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pgvigil.core.config.Lock;
import io.pgvigil.core.config.Profile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The template obeys its rules, and each rule sees when it does not.
final class TemplateTest {
    private static final Template TEMPLATE = Template.load();

    static Stream<String> rules() {
        return TemplateRules.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void the_template_obeys(String rule) {
        assertThat(complaints(rule, TEMPLATE)).isEmpty();
    }

    /// Otherwise a stack with its defaults complains of itself on its first day.
    @Test
    void the_bucket_can_do_by_default_what_the_default_profile_asks_for() {
        var profile = TEMPLATE.at("Parameters/FirstProfile/Default").text();

        assertThat(TEMPLATE.at("Parameters/ObjectLock/Default").text())
                .isEqualTo(
                        Optional.ofNullable(Profile.defaults().get(profile))
                                        .filter(known -> known.lock() != Lock.NONE)
                                        .isPresent()
                                + "");
    }

    /// One way to break a rule.
    record Break(String rule, String how, Consumer<Tree> change) {
        @Override
        public String toString() {
            return rule + ": " + how;
        }
    }

    private static Break set(String rule, String path, Object value) {
        return new Break(rule, path + " = " + value, tree -> tree.set(path, value));
    }

    private static Break remove(String rule, String path) {
        return new Break(rule, "without " + path, tree -> tree.set(path, null));
    }

    static Stream<Break> breaks() {
        var open =
                Map.of(
                        "IpProtocol",
                        "tcp",
                        "FromPort",
                        5432,
                        "ToPort",
                        5432,
                        "CidrIp",
                        "0.0.0.0/0");
        var role = "Resources/SealFunctionRole/Properties/";
        var statements = role + "Policies/0/PolicyDocument/Statement/";
        var container = "Resources/VerifyTask/Properties/ContainerDefinitions/0/";
        var bucket = "Resources/BackupBucket/Properties/";
        var seal = "Resources/SealFunction/Properties/";
        var tick = "Resources/BackupFunction/Properties/Events/Tick/Properties/";
        return Stream.of(
                remove("parameters", "Parameters/VpcId/Description"),
                remove("parameters", "Parameters/FirstUser/AllowedPattern"),
                remove("parameters", "Parameters/FirstUser/ConstraintDescription"),
                remove(
                        "parameters",
                        "Metadata/AWS::CloudFormation::Interface/ParameterLabels/VpcId"),
                remove("parameters", "Metadata/AWS::CloudFormation::Interface/ParameterGroups/3"),
                set("parameters", "Parameters/Unused", Map.of("Type", "String")),
                set("no secret", "Parameters/FirstSecret/NoEcho", true),
                set("no secret", "Parameters/MasterPassword", Map.of("Type", "String")),
                set("nothing is tied", seal + "Role", "arn:aws:iam::123456789012:role/mine"),
                set("no resource has a name", bucket + "BucketName", "backups"),
                set("no resource has a name", tick + "OmitName", false),
                remove("what holds", "Resources/TickDeadLetters/DeletionPolicy"),
                remove("what holds", "Resources/BackupBucket/UpdateReplacePolicy"),
                set("what holds", "Resources/BackupKey/DeletionPolicy", "Delete"),
                set("roles are", role + "ManagedPolicyArns", List.of("AdministratorAccess")),
                remove("roles are", role + "PermissionsBoundary"),
                set("roles are", statements + "0/Action", "logs:*"),
                set("roles are", statements + "0/Resource", "*"),
                set("roles are", seal + "Policies", List.of("AWSLambdaBasicExecutionRole")),
                set("each function", seal + "Role/Fn::GetAtt", List.of("WatchFunctionRole", "Arn")),
                set(
                        "each function",
                        "Resources/VerifyTask/Properties/TaskRoleArn/Fn::GetAtt",
                        List.of("BackupTaskRole", "Arn")),
                breakStatement("who passes", "SealFunctionRole", "HandOverRoles"),
                breakStatement("who passes", "BackupFunctionRole", "StartTasks"),
                breakStatement("who passes", "WatchFunctionRole", "TagTasks"),
                breakStatement("who passes", "VerifyTaskRole", "Key"),
                remove(
                        "services take",
                        "Resources/TickRole/Properties/AssumeRolePolicyDocument/Statement/0/Condition"),
                remove(
                        "services take",
                        "Resources/EventDeadLettersPolicy/Properties/PolicyDocument/Statement/1/Condition"),
                set("the bucket keeps", bucket + "VersioningConfiguration/Status", "Suspended"),
                set(
                        "the bucket keeps",
                        bucket + "PublicAccessBlockConfiguration/BlockPublicAcls",
                        false),
                remove("the bucket keeps", bucket + "OwnershipControls"),
                remove("the bucket keeps", bucket + "LifecycleConfiguration/Rules/0"),
                set(
                        "the bucket keeps",
                        bucket + "LifecycleConfiguration/Rules/1/ExpirationInDays",
                        30),
                remove("the bucket keeps", bucket + "NotificationConfiguration"),
                remove("the bucket keeps", bucket + "LoggingConfiguration"),
                remove("the bucket keeps", bucket + "ObjectLockEnabled"),
                remove("everything at rest", bucket + "BucketEncryption"),
                remove(
                        "everything at rest",
                        "Resources/NotificationTopic/Properties/KmsMasterKeyId"),
                remove("everything at rest", "Resources/VerifyTaskLogs/Properties/KmsKeyId"),
                remove(
                        "everything at rest",
                        "Resources/EventDeadLetters/Properties/SqsManagedSseEnabled"),
                set(
                        "everything at rest",
                        "Resources/BackupKey/Properties/EnableKeyRotation",
                        false),
                remove(
                        "everything in flight",
                        "Resources/BackupBucketPolicy/Properties/PolicyDocument/Statement/0"),
                remove("everything in flight", "Resources/TickDeadLettersPolicy"),
                remove("everything in flight", "Resources/NotificationTopicPolicy"),
                remove("every log", "Resources/ImageBuildLogs/Properties/RetentionInDays"),
                remove("every log", seal + "LoggingConfig"),
                remove("every log", container + "LogConfiguration/Options/awslogs-group"),
                set("functions say", "Globals/Function/Runtime", "java21"),
                remove("functions say", "Globals/Function/Tracing"),
                remove("functions say", "Resources/WatchFunction/Metadata"),
                remove("functions say", "Resources/RuntimeLayer/Properties/RetentionPolicy"),
                remove("functions say", seal + "EventInvokeConfig/DestinationConfig"),
                remove("functions say", seal + "Timeout"),
                remove("schedules", tick + "DeadLetterConfig"),
                remove("schedules", tick + "RoleArn"),
                remove("schedules", seal + "Events/TaskStopped/Properties/DeadLetterConfig"),
                set(
                        "schedules",
                        seal + "Events/TaskStopped/Properties/Pattern/detail/stopCode",
                        List.of("EssentialContainerExited")),
                remove("tasks cannot", container + "ReadonlyRootFilesystem"),
                set("tasks cannot", container + "User", "0"),
                set("tasks cannot", container + "StopTimeout", 30),
                set("tasks cannot", container + "Secrets", List.of()),
                set("tasks cannot", container + "Name", "main"),
                remove("tasks cannot", "Resources/VerifyTask/Properties/RuntimePlatform"),
                set(
                        "nothing is let in",
                        "Resources/TaskSecurityGroup/Properties/SecurityGroupIngress",
                        List.of(open)),
                set(
                        "nothing is let in",
                        "Resources/DrillSecurityGroup/Properties/SecurityGroupEgress/+",
                        open),
                set(
                        "nothing is let in",
                        "Resources/DrillToInstance/Properties/DestinationSecurityGroupId/Fn::GetAtt",
                        List.of("DatabaseGroup", "GroupId")),
                remove(
                        "nothing is let in",
                        "Resources/TaskSecurityGroup/Properties/SecurityGroupEgress"),
                remove("every dead-letter", "Resources/EventDeadLettersAlarm"),
                remove("every dead-letter", "Resources/RestoreFunctionAlarm"),
                remove("every dead-letter", "Resources/NoBackupAlarm"),
                set(
                        "every dead-letter",
                        "Resources/NoBackupAlarm/Properties/TreatMissingData",
                        "notBreaching"),
                remove("every dead-letter", "Resources/DrillFailedAlarm"),
                remove("every dead-letter", "Resources/RetentionStoppedAlarm"),
                remove("every dead-letter", "Resources/NoRetentionAlarm"),
                remove("every dead-letter", "Resources/RunFailedAlarm/Properties/AlarmActions"),
                remove("outputs are", "Outputs/StoreUri"),
                remove("outputs are", "Outputs/TopicArn/Description"),
                set("outputs are", "Outputs/TopicArn/Export", Map.of("Name", "topic")),
                set(
                        "the application",
                        "Metadata/AWS::ServerlessRepo::Application/Author",
                        "The Authors"),
                remove(
                        "the application",
                        "Metadata/AWS::ServerlessRepo::Application/SpdxLicenseId"));
    }

    private static Break breakStatement(String rule, String role, String sid) {
        return new Break(
                rule,
                role + "/" + sid + " without conditions",
                tree -> {
                    var statement =
                            new Template(tree)
                                    .statements(role).stream()
                                            .filter(one -> one.get("Sid").text().equals(sid))
                                            .findFirst()
                                            .orElseThrow();
                    statement.set("Condition", null);
                });
    }

    @ParameterizedTest
    @MethodSource("breaks")
    void a_rule_sees_when_it_is_broken(Break broken) {
        var rule = rules().filter(name -> name.startsWith(broken.rule())).findFirst().orElseThrow();
        var changed = TEMPLATE.copy();
        broken.change().accept(changed.tree());

        assertThat(complaints(rule, changed)).isNotEmpty();
    }

    @Test
    void every_rule_was_broken() {
        assertThat(rules())
                .allSatisfy(rule ->
                        assertTrue(
                                breaks().anyMatch(broken -> rule.startsWith(broken.rule())), rule));
    }

    /// The resources stand in the order of the flow, so that reading down is following a backup.
    @Test
    void resources_follow_the_flow() {
        var order =
                List.of(
                        "BackupBucket",
                        "Repository",
                        "TaskSecurityGroup",
                        "BackupTask",
                        "BackupFunction",
                        "SealFunction",
                        "VerifyFunction",
                        "RestoreFunction",
                        "WatchFunction",
                        "RetentionFunction",
                        "ReportFunction",
                        "TickGroup",
                        "TickDeadLetters",
                        "NotificationTopic",
                        "NoBackupAlarm",
                        "Dashboard");

        assertThat(TEMPLATE.resources().keySet().stream().filter(order::contains).toList())
                .isEqualTo(order);
    }

    /// Every line of the alarms, docs and outputs that points into the project points at something.
    @Test
    void documents_that_it_points_at_exist() {
        var pointed =
                java.util.regex.Pattern.compile("docs/[a-z/-]+\\.(md|yaml)")
                        .matcher(
                                TEMPLATE.tree()
                                        .everything()
                                        .map(Tree::text)
                                        .collect(Collectors.joining("\n")))
                        .results()
                        .map(found -> found.group())
                        .distinct();

        assertThat(pointed)
                .isNotEmpty()
                .allSatisfy(path -> assertThat(Template.file().resolveSibling(path)).exists());
    }

    private static List<String> complaints(String rule, Template template) {
        var check = TemplateRules.all().get(rule);
        assertThat(check).as(rule).isNotNull();
        return java.util.Objects.requireNonNull(check).apply(template);
    }
}
