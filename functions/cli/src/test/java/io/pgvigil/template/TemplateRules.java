package io.pgvigil.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What linters do not know about this template. Each rule returns its complaints.
final class TemplateRules {
    /// A name in a template is a collision with the next stack.
    private static final Map<String, List<String>> NAMES =
            Map.ofEntries(
                    Map.entry("AWS::S3::Bucket", List.of("BucketName")),
                    Map.entry("AWS::IAM::Role", List.of("RoleName")),
                    Map.entry("AWS::Serverless::Function", List.of("FunctionName")),
                    Map.entry("AWS::Serverless::LayerVersion", List.of("LayerName")),
                    Map.entry("AWS::SNS::Topic", List.of("TopicName")),
                    Map.entry("AWS::SQS::Queue", List.of("QueueName")),
                    Map.entry("AWS::Logs::LogGroup", List.of("LogGroupName")),
                    Map.entry("AWS::ECS::Cluster", List.of("ClusterName")),
                    Map.entry("AWS::ECR::Repository", List.of("RepositoryName")),
                    Map.entry("AWS::CodeBuild::Project", List.of("Name")),
                    Map.entry("AWS::CloudWatch::Alarm", List.of("AlarmName")),
                    Map.entry("AWS::CloudWatch::Dashboard", List.of("DashboardName")),
                    Map.entry("AWS::Scheduler::ScheduleGroup", List.of("Name")),
                    Map.entry("AWS::EC2::SecurityGroup", List.of("GroupName")),
                    Map.entry("AWS::RDS::DBSubnetGroup", List.of("DBSubnetGroupName")));

    /// What holds something that a replacement or a deletion would take away.
    private static final Set<String> HOLDING =
            Set.of(
                    "AWS::S3::Bucket",
                    "AWS::S3::BucketPolicy",
                    "AWS::KMS::Key",
                    "AWS::Logs::LogGroup",
                    "AWS::ECR::Repository",
                    "AWS::SQS::Queue");

    private static final Set<String> FOREVER =
            Set.of("BackupBucket", "BackupBucketPolicy", "BackupKey");

    /// Where IAM has no resource to name, and why.
    private static final Map<String, String> EVERYTHING =
            Map.ofEntries(
                    Map.entry(
                            "TaskExecutionRole/SignIn",
                            "ecr:GetAuthorizationToken has no resource"),
                    Map.entry("ImageBuildRole/SignIn", "ecr:GetAuthorizationToken has no resource"),
                    Map.entry(
                            "VerifyTaskRole/ChooseVersion",
                            "versions of PostgreSQL are no resource"),
                    Map.entry("BackupFunctionRole/Trace", "X-Ray has no resources"),
                    Map.entry("SealFunctionRole/Trace", "X-Ray has no resources"),
                    Map.entry("VerifyFunctionRole/Trace", "X-Ray has no resources"),
                    Map.entry("RestoreFunctionRole/Trace", "X-Ray has no resources"),
                    Map.entry("WatchFunctionRole/Trace", "X-Ray has no resources"),
                    Map.entry("RetentionFunctionRole/Trace", "X-Ray has no resources"),
                    Map.entry("ReportFunctionRole/Trace", "X-Ray has no resources"));

    /// Names that the functions, the command and the docs rely on.
    private static final List<String> OUTPUTS =
            List.of(
                    "StoreUri",
                    "ConfigUri",
                    "BucketName",
                    "ClusterArn",
                    "TopicArn",
                    "RepositoryUri",
                    "ImageBuildProject",
                    "BackupFunctionName",
                    "SealFunctionName",
                    "VerifyFunctionName",
                    "RestoreFunctionName",
                    "WatchFunctionName",
                    "RetentionFunctionName",
                    "ReportFunctionName");

    private static final Pattern SERVERLESS_AUTHOR =
            Pattern.compile("^[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?$");
    private static final Pattern FIXED_PLACE =
            Pattern.compile("arn:aws[a-z-]*:|\\b[0-9]{12}\\b|\\b(us|eu|ap|sa)-[a-z]+-[0-9]\\b");

    private TemplateRules() {}

    /// In the order of the facts that a reviewer goes through.
    static Map<String, Function<Template, List<String>>> all() {
        var rules = new LinkedHashMap<String, Function<Template, List<String>>>();
        rules.put(
                "parameters are described, checked, labelled and used", TemplateRules::parameters);
        rules.put("no secret is a parameter", TemplateRules::secrets);
        rules.put("nothing is tied to an account, a region or a partition", TemplateRules::places);
        rules.put("no resource has a name of its own", TemplateRules::names);
        rules.put("what holds something says what becomes of it", TemplateRules::deletion);
        rules.put("roles are inline, bounded and without wildcards", TemplateRules::roles);
        rules.put("each function and each task has its own role", TemplateRules::ownRoles);
        rules.put("who passes a role says to whom, who starts a task where", TemplateRules::scopes);
        rules.put("services take a role for this account only", TemplateRules::deputies);
        rules.put("the bucket keeps versions and lets nobody in", TemplateRules::bucket);
        rules.put("everything at rest is encrypted", TemplateRules::encryption);
        rules.put("everything in flight is encrypted", TemplateRules::transport);
        rules.put("every log has a group, and every group an end", TemplateRules::logs);
        rules.put(
                "functions say how they are built, limited and retried", TemplateRules::functions);
        rules.put("schedules and rules keep what they cannot deliver", TemplateRules::events);
        rules.put("tasks cannot write, be root or be killed at once", TemplateRules::tasks);
        rules.put("nothing is let in, and a drill only out to AWS", TemplateRules::network);
        rules.put("every dead-letter queue and every function has an alarm", TemplateRules::alarms);
        rules.put("outputs are described and not exported", TemplateRules::outputs);
        rules.put("the application can be published", TemplateRules::application);
        return rules;
    }

    private static List<String> parameters(Template template) {
        var problems = new ArrayList<String>();
        var described = template.at("Metadata/AWS::CloudFormation::Interface");
        var grouped =
                described.get("ParameterGroups").list().stream()
                        .flatMap(group -> group.get("Parameters").list().stream())
                        .map(Tree::text)
                        .toList();
        var used =
                Stream.of("Rules", "Conditions", "Globals", "Resources", "Outputs")
                        .flatMap(part -> template.at(part).everything())
                        .flatMap(TemplateRules::mentioned)
                        .toList();
        template.parameters()
                .forEach((name, one) -> {
                    if (one.get("Description").text().isEmpty())
                        problems.add(name + " is not described");
                    var type = one.get("Type").text();
                    var checked =
                            one.get("AllowedPattern").there()
                                    || one.get("AllowedValues").there()
                                    || one.get("MaxValue").there()
                                    || type.contains("AWS::");
                    if (!checked) problems.add(name + " takes anything");
                    if (!one.get("AllowedValues").there()
                            && !type.contains("AWS::")
                            && one.get("ConstraintDescription").text().isEmpty())
                        problems.add(name + " does not say what it takes");
                    if (grouped.stream().filter(name::equals).count() != 1)
                        problems.add(name + " is not in one group of the console");
                    if (described.at("ParameterLabels/" + name + "/default").text().isEmpty())
                        problems.add(name + " has no label");
                    if (!used.contains(name)) problems.add(name + " is not used");
                });
        return problems;
    }

    private static Stream<String> mentioned(Tree tree) {
        if (tree.get("Ref").there()) return Stream.of(tree.get("Ref").text());
        // Rules name parameters in Fn::ValueOf, texts in ${}.
        return Pattern.compile("\\$\\{([A-Za-z]+)}")
                .matcher(tree.text())
                .results()
                .map(found -> found.group(1));
    }

    private static List<String> secrets(Template template) {
        return template.parameters().entrySet().stream()
                .filter(one ->
                        one.getValue().get("NoEcho").there()
                                || one.getKey().matches(".*(Password|Token|Credential).*"))
                .map(one -> one.getKey() + " looks like a secret")
                .toList();
    }

    private static List<String> places(Template template) {
        return Stream.of("Globals", "Resources", "Outputs")
                .flatMap(part -> template.at(part).everything())
                .map(Tree::text)
                .filter(text -> FIXED_PLACE.matcher(text).find())
                .map(text -> "tied to a place: " + text)
                .toList();
    }

    private static List<String> names(Template template) {
        var problems = new ArrayList<String>();
        template.resources()
                .forEach((name, one) ->
                        NAMES.getOrDefault(one.get("Type").text(), List.of()).stream()
                                .filter(key -> one.get("Properties").get(key).there())
                                .forEach(key -> problems.add(name + " has a " + key)));
        eachEvent(
                template,
                "ScheduleV2",
                (name, event) -> {
                    if (!event.get("OmitName").text().equals("true"))
                        problems.add(name + " gets a name from SAM");
                });
        return problems;
    }

    private static List<String> deletion(Template template) {
        var problems = new ArrayList<String>();
        template.resources()
                .forEach((name, one) -> {
                    if (!HOLDING.contains(one.get("Type").text())) return;
                    for (var policy : List.of("DeletionPolicy", "UpdateReplacePolicy")) {
                        var says = one.get(policy).text();
                        if (says.isEmpty()) problems.add(name + " has no " + policy);
                        else if (FOREVER.contains(name) && !says.equals("Retain"))
                            problems.add(name + " is not retained: " + policy);
                    }
                });
        return problems;
    }

    private static List<String> roles(Template template) {
        var problems = new ArrayList<String>();
        template.roles()
                .forEach((name, one) -> {
                    var properties = one.get("Properties");
                    if (properties.get("ManagedPolicyArns").there())
                        problems.add(name + " has a managed policy");
                    if (properties.get("PermissionsBoundary").possible().stream()
                            .noneMatch(bound -> bound.target().equals("PermissionsBoundaryArn")))
                        problems.add(name + " has no boundary");
                    for (var statement : template.statements(name)) {
                        var id = name + "/" + statement.get("Sid").text();
                        if (statement.get("Sid").text().isEmpty())
                            problems.add(name + " has a statement without a Sid");
                        // A denial of too much is found by what does not work.
                        var allows = !statement.get("Effect").text().equals("Deny");
                        if (allows
                                && statement.get("Action").list().stream()
                                        .anyMatch(action -> action.text().contains("*")))
                            problems.add(id + " allows actions by wildcard");
                        if (allows
                                && (statement.get("NotAction").there()
                                        || statement.get("NotResource").there()))
                            problems.add(id + " allows what it does not name");
                        var everything =
                                statement.get("Resource").list().stream()
                                        .anyMatch(resource -> resource.text().equals("*"));
                        if (everything != EVERYTHING.containsKey(id))
                            problems.add(
                                    id
                                            + (everything
                                                    ? " is for every resource, and nobody says why"
                                                    : " need not be listed"));
                    }
                });
        template.functions()
                .forEach((name, one) -> {
                    if (one.get("Properties").get("Policies").there())
                        problems.add(name + " lets SAM make a role");
                });
        return problems;
    }

    private static List<String> ownRoles(Template template) {
        var problems = new ArrayList<String>();
        template.functions()
                .forEach((name, one) -> {
                    if (!one.at("Properties/Role").target().equals(name + "Role"))
                        problems.add(name + " has not the role " + name + "Role");
                });
        template.tasks()
                .forEach((name, one) -> {
                    if (!one.at("Properties/TaskRoleArn").target().equals(name + "Role"))
                        problems.add(name + " has not the role " + name + "Role");
                    if (!one.at("Properties/ExecutionRoleArn").target().equals("TaskExecutionRole"))
                        problems.add(name + " is not started by TaskExecutionRole");
                });
        return problems;
    }

    private static List<String> scopes(Template template) {
        var problems = new ArrayList<String>();
        for (var role : template.roles().keySet())
            for (var statement : template.statements(role)) {
                var actions = statement.get("Action").list().stream().map(Tree::text).toList();
                var conditions = statement.get("Condition");
                if (actions.contains("iam:PassRole")
                        && !conditions
                                .at("StringEquals/iam:PassedToService")
                                .text()
                                .equals("ecs-tasks.amazonaws.com"))
                    problems.add(role + " passes roles to any service");
                if (actions.contains("ecs:RunTask")
                        && !conditions.at("ArnEquals/ecs:cluster").there())
                    problems.add(role + " starts tasks in any cluster");
                if (actions.contains("ecs:TagResource")
                        && !conditions.at("StringEquals/ecs:CreateAction").text().equals("RunTask"))
                    problems.add(role + " tags what it did not start");
                // Looking at a key is no use of it.
                if (actions.stream()
                                .filter(action -> !action.equals("kms:DescribeKey"))
                                .anyMatch(action -> action.startsWith("kms:"))
                        && statement
                                .get("Condition")
                                .everything()
                                .noneMatch(one -> one.get("kms:ViaService").there()))
                    problems.add(role + " uses a key for anything");
            }
        return problems;
    }

    private static List<String> deputies(Template template) {
        var problems = new ArrayList<String>();
        template.roles()
                .forEach((name, one) -> {
                    for (var trust :
                            one.at("Properties/AssumeRolePolicyDocument/Statement").list()) {
                        var service = trust.at("Principal/Service").text();
                        if (service.isEmpty()) problems.add(name + " is not for one service");
                        // Lambda sends neither; iam:PassRole is what guards its roles.
                        else if (!service.equals("lambda.amazonaws.com")
                                && !trust.at("Condition/StringEquals/aws:SourceAccount").there())
                            problems.add(name + " can be taken for other accounts");
                    }
                });
        for (var type : List.of("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::KMS::Key"))
            template.resources(type)
                    .forEach((name, one) ->
                            one.get("Properties")
                                    .everything()
                                    .filter(statement -> statement.at("Principal/Service").there())
                                    .filter(statement -> !statement.get("Condition").there())
                                    .forEach(_ ->
                                            problems.add(name + " lets a service in for anybody")));
        return problems;
    }

    private static List<String> bucket(Template template) {
        var problems = new ArrayList<String>();
        template.resources("AWS::S3::Bucket")
                .forEach((name, one) -> {
                    var properties = one.get("Properties");
                    if (!properties.at("VersioningConfiguration/Status").text().equals("Enabled"))
                        problems.add(name + " keeps no versions");
                    var block = properties.get("PublicAccessBlockConfiguration").map();
                    if (block.size() != 4
                            || !block.values().stream().allMatch(all -> all.text().equals("true")))
                        problems.add(name + " could be opened to the public");
                    if (!properties
                            .at("OwnershipControls/Rules/0/ObjectOwnership")
                            .text()
                            .equals("BucketOwnerEnforced")) problems.add(name + " obeys ACLs");
                    var rules = properties.at("LifecycleConfiguration/Rules").possible();
                    if (rules.stream()
                            .noneMatch(rule -> rule.get("AbortIncompleteMultipartUpload").there()))
                        problems.add(name + " keeps aborted uploads");
                    rules.stream()
                            .filter(rule -> rule.get("ExpirationInDays").there())
                            .filter(rule ->
                                    !rule.get("Prefix")
                                            .everything()
                                            .anyMatch(prefix ->
                                                    prefix.text()
                                                            .matches("image/|.*/(runs|leases)/")))
                            .forEach(rule ->
                                    problems.add(
                                            name
                                                    + " lets backups expire: "
                                                    + rule.get("Id").text()));
                    if (!properties
                            .at(
                                    "NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled")
                            .text()
                            .equals("true")) problems.add(name + " tells EventBridge nothing");
                    if (properties.get("LoggingConfiguration").possible().isEmpty())
                        problems.add(name + " cannot log who read what");
                    if (properties.get("ObjectLockEnabled").possible().isEmpty())
                        problems.add(name + " cannot lock objects");
                });
        return problems;
    }

    private static List<String> encryption(Template template) {
        var problems = new ArrayList<String>();
        template.resources()
                .forEach((name, one) -> {
                    var properties = one.get("Properties");
                    var encrypted =
                            switch (one.get("Type").text()) {
                                case "AWS::S3::Bucket" -> {
                                    var rule =
                                            properties.at(
                                                    "BucketEncryption/ServerSideEncryptionConfiguration/0");
                                    yield rule.get("BucketKeyEnabled").text().equals("true")
                                            && rule.at("ServerSideEncryptionByDefault/SSEAlgorithm")
                                                    .text()
                                                    .equals("aws:kms")
                                            && usesTheKey(
                                                    rule.at(
                                                            "ServerSideEncryptionByDefault/KMSMasterKeyID"));
                                }
                                case "AWS::SNS::Topic" ->
                                        usesTheKey(properties.get("KmsMasterKeyId"));
                                case "AWS::Logs::LogGroup" ->
                                        usesTheKey(properties.get("KmsKeyId"));
                                case "AWS::SQS::Queue" ->
                                        properties
                                                .get("SqsManagedSseEnabled")
                                                .text()
                                                .equals("true");
                                case "AWS::ECR::Repository" ->
                                        properties.get("EncryptionConfiguration").there();
                                case "AWS::KMS::Key" ->
                                        properties.get("EnableKeyRotation").text().equals("true");
                                default -> true;
                            };
                    if (!encrypted) problems.add(name + " is not encrypted as it should be");
                });
        return problems;
    }

    private static boolean usesTheKey(Tree key) {
        var targets = key.possible().stream().map(Tree::target).toList();
        return targets.equals(List.of("BackupKey", "KmsKeyArn"));
    }

    private static List<String> transport(Template template) {
        var problems = new ArrayList<String>();
        var policies =
                Map.of(
                        "AWS::S3::Bucket", "AWS::S3::BucketPolicy",
                        "AWS::SNS::Topic", "AWS::SNS::TopicPolicy",
                        "AWS::SQS::Queue", "AWS::SQS::QueuePolicy");
        policies.forEach((type, policyType) ->
                template.resources(type)
                        .keySet()
                        .forEach(name -> {
                            var guarded =
                                    template.resources(policyType).values().stream()
                                            .map(policy -> policy.get("Properties"))
                                            .filter(policy ->
                                                    Stream.of("Bucket", "Topics", "Queues")
                                                            .flatMap(key ->
                                                                    policy.get(key).list().stream())
                                                            .anyMatch(whose ->
                                                                    whose.target().equals(name)))
                                            .flatMap(policy ->
                                                    policy
                                                            .at("PolicyDocument/Statement")
                                                            .list()
                                                            .stream())
                                            .anyMatch(statement ->
                                                    statement.get("Effect").text().equals("Deny")
                                                            && statement
                                                                    .at(
                                                                            "Condition/Bool/aws:SecureTransport")
                                                                    .text()
                                                                    .equals("false"));
                            if (!guarded) problems.add(name + " can be reached without TLS");
                        }));
        return problems;
    }

    private static List<String> logs(Template template) {
        var problems = new ArrayList<String>();
        var groups = template.resources("AWS::Logs::LogGroup");
        groups.forEach((name, one) -> {
            if (!one.at("Properties/RetentionInDays").there())
                problems.add(name + " is kept for ever");
        });
        template.functions()
                .forEach((name, one) -> {
                    if (!one.at("Properties/LoggingConfig/LogGroup").target().equals(name + "Logs"))
                        problems.add(name + " logs elsewhere");
                    if (!groups.containsKey(name + "Logs"))
                        problems.add(name + " has no log group");
                });
        template.tasks()
                .forEach((name, one) -> {
                    for (var container : one.at("Properties/ContainerDefinitions").list())
                        if (!container
                                .at("LogConfiguration/Options/awslogs-group")
                                .target()
                                .equals(name + "Logs")) problems.add(name + " logs elsewhere");
                    if (!groups.containsKey(name + "Logs"))
                        problems.add(name + " has no log group");
                });
        template.resources("AWS::CodeBuild::Project")
                .forEach((name, one) -> {
                    if (!one.at("Properties/LogsConfig/CloudWatchLogs/GroupName")
                            .target()
                            .equals(name + "Logs")) problems.add(name + " logs elsewhere");
                });
        return problems;
    }

    private static List<String> functions(Template template) {
        var problems = new ArrayList<String>();
        var globals = template.at("Globals/Function");
        if (!globals.get("Runtime").text().equals("java25")) problems.add("not on java25");
        for (var key :
                List.of(
                        "Architectures",
                        "MemorySize",
                        "Layers",
                        "Tracing",
                        "PropagateTags",
                        "Tags")) if (!globals.get(key).there()) problems.add("Globals lack " + key);
        var builtByMaven = new LinkedHashMap<>(template.functions());
        builtByMaven.putAll(template.resources("AWS::Serverless::LayerVersion"));
        builtByMaven.forEach((name, one) -> {
            if (!one.at("Metadata/SkipBuild").text().equals("true"))
                problems.add(name + " would be built by SAM, alone");
        });
        template.resources("AWS::Serverless::LayerVersion")
                .forEach((name, one) -> {
                    if (!one.at("Properties/RetentionPolicy").there())
                        problems.add(name + " does not say what becomes of old versions");
                });
        template.functions()
                .forEach((name, one) -> {
                    var properties = one.get("Properties");
                    if (!properties.get("Timeout").there()) problems.add(name + " has no timeout");
                    if (!properties.at("LoggingConfig/LogFormat").text().equals("JSON"))
                        problems.add(name + " logs text");
                    var invoke = properties.get("EventInvokeConfig");
                    if (!invoke.get("MaximumRetryAttempts").there()
                            || !invoke.get("MaximumEventAgeInSeconds").there())
                        problems.add(name + " is retried as AWS likes");
                    if (!invoke.at("DestinationConfig/OnFailure/Destination")
                            .target()
                            .equals("InvokeDeadLetters")) problems.add(name + " loses what failed");
                });
        return problems;
    }

    private static List<String> events(Template template) {
        var problems = new ArrayList<String>();
        eachEvent(
                template,
                "ScheduleV2",
                (name, event) -> {
                    if (!event.get("RetryPolicy").there()) problems.add(name + " has no retries");
                    if (!event.at("DeadLetterConfig/Arn").target().equals("TickDeadLetters"))
                        problems.add(name + " loses what it cannot deliver");
                    if (!event.get("RoleArn").target().equals("TickRole"))
                        problems.add(name + " lets SAM make a role");
                    if (!event.get("GroupName").target().equals("TickGroup"))
                        problems.add(name + " is in the group of everybody");
                    if (!event.get("State").target().equals("TickState"))
                        problems.add(name + " cannot be switched off");
                });
        eachEvent(
                template,
                "EventBridgeRule",
                (name, event) -> {
                    if (!event.get("RetryPolicy").there()) problems.add(name + " has no retries");
                    if (!event.at("DeadLetterConfig/Arn").target().equals("EventDeadLetters"))
                        problems.add(name + " loses what it cannot deliver");
                    // No emulator and no eye sees through patterns into arrays of objects.
                    if (!EVENT_DETAILS.contains(event.at("Pattern/detail").map().keySet()))
                        problems.add(
                                name
                                        + " judges by more than whose event it is and what state it says");
                });
        return problems;
    }

    private static final Set<Set<String>> EVENT_DETAILS =
            Set.of(
                    Set.of("lastStatus", "clusterArn", "group"),
                    Set.of("bucket", "object"),
                    Set.of("stack"));

    private interface Look {
        void at(String name, Tree event);
    }

    private static void eachEvent(Template template, String type, Look look) {
        template.functions()
                .forEach((function, one) ->
                        one.at("Properties/Events")
                                .map()
                                .forEach((name, event) -> {
                                    if (event.get("Type").text().equals(type))
                                        look.at(function + name, event.get("Properties"));
                                }));
    }

    private static List<String> tasks(Template template) {
        var problems = new ArrayList<String>();
        template.tasks()
                .forEach((name, one) -> {
                    var properties = one.get("Properties");
                    var containers = properties.get("ContainerDefinitions").list();
                    if (containers.size() != 1
                            || !containers.getFirst().get("Name").text().equals("task"))
                        problems.add(name + " has not the one container task");
                    var container = containers.getFirst();
                    if (!container.get("ReadonlyRootFilesystem").text().equals("true"))
                        problems.add(name + " can write to its root");
                    if (container.get("User").text().matches("|root|0(:.*)?"))
                        problems.add(name + " is root");
                    if (!container.get("StopTimeout").text().equals("120"))
                        problems.add(name + " is killed before it has tidied");
                    if (!container.at("LinuxParameters/InitProcessEnabled").text().equals("true"))
                        problems.add(name + " buries nobody");
                    if (container.get("Secrets").there())
                        problems.add(name + " has secrets in its environment");
                    if (container.get("PortMappings").there()) problems.add(name + " listens");
                    var mounted =
                            container.get("MountPoints").list().stream()
                                    .map(mount -> mount.get("ContainerPath").text())
                                    .toList();
                    if (!mounted.equals(List.of("/work", "/tmp")))
                        problems.add(name + " has not its two places to write");
                    if (!container.at("LogConfiguration/LogDriver").text().equals("awslogs"))
                        problems.add(name + " logs nowhere");
                    if (!properties.at("RuntimePlatform/CpuArchitecture").there())
                        problems.add(name + " runs on any processor");
                    if (!properties.at("EphemeralStorage/SizeInGiB").there())
                        problems.add(name + " does not say how much disk it needs");
                });
        return problems;
    }

    private static List<String> network(Template template) {
        var problems = new ArrayList<String>();
        var groups = template.resources("AWS::EC2::SecurityGroup");
        groups.forEach((name, one) -> {
            var properties = one.get("Properties");
            if (properties.get("GroupDescription").text().isEmpty())
                problems.add(name + " is not described");
            if (!properties.get("SecurityGroupEgress").there())
                problems.add(name + " lets everything out");
            Stream.of("SecurityGroupIngress", "SecurityGroupEgress")
                    .flatMap(key -> properties.get(key).list().stream())
                    .filter(rule -> rule.get("Description").text().isEmpty())
                    .forEach(_ -> problems.add(name + " has a rule that nobody explains"));
        });
        Stream.concat(
                        groups.entrySet().stream()
                                .flatMap(one ->
                                        one
                                                .getValue()
                                                .at("Properties/SecurityGroupIngress")
                                                .list()
                                                .stream()
                                                .map(rule -> Map.entry(one.getKey(), rule))),
                        template.resources("AWS::EC2::SecurityGroupIngress").entrySet().stream()
                                .map(one ->
                                        Map.entry(one.getKey(), one.getValue().get("Properties"))))
                .filter(rule -> !rule.getValue().get("SourceSecurityGroupId").there())
                .forEach(rule -> problems.add(rule.getKey() + " lets addresses in"));
        for (var rule : template.properties("DrillSecurityGroup").get("SecurityGroupEgress").list())
            if (!rule.get("FromPort").text().equals("443")
                    || !rule.get("ToPort").text().equals("443"))
                problems.add("DrillSecurityGroup has a way to the source");
        template.resources("AWS::EC2::SecurityGroupEgress")
                .forEach((name, one) -> {
                    var rule = one.get("Properties");
                    if (rule.get("GroupId").target().equals("DrillSecurityGroup")
                            && !rule.get("DestinationSecurityGroupId")
                                    .target()
                                    .equals("DrillInstanceSecurityGroup"))
                        problems.add(name + " is a way to the source");
                });
        return problems;
    }

    private static List<String> alarms(Template template) {
        var problems = new ArrayList<String>();
        var alarms = template.resources("AWS::CloudWatch::Alarm");
        var watched =
                alarms.values().stream()
                        .flatMap(Tree::everything)
                        .map(Tree::target)
                        .filter(target -> !target.isEmpty())
                        .toList();
        Stream.concat(
                        template.resources("AWS::SQS::Queue").keySet().stream(),
                        template.functions().keySet().stream())
                .filter(name -> !watched.contains(name))
                .forEach(name -> problems.add(name + " has no alarm"));
        alarms.forEach((name, one) -> {
            var properties = one.get("Properties");
            if (properties.get("AlarmDescription").text().isEmpty())
                problems.add(name + " does not say what to do");
            if (!properties.get("TreatMissingData").there())
                problems.add(name + " does not say what silence means");
            for (var key : List.of("AlarmActions", "OKActions"))
                if (properties.get(key).list().stream()
                        .noneMatch(action -> action.target().equals("NotificationTopic")))
                    problems.add(name + " tells nobody: " + key);
        });
        var silence = template.properties("NoBackupAlarm");
        if (!silence.get("TreatMissingData").text().equals("breaching")
                || !silence.get("MetricName").text().equals("BackupsSealed"))
            problems.add("no alarm when no backup comes");
        for (var metric :
                List.of(
                        "DrillsFailed",
                        "RunsFailed",
                        "TemporaryInstanceAgeSeconds",
                        "RetentionStops",
                        "RetentionRuns"))
            if (alarms.values().stream()
                    .noneMatch(one -> one.at("Properties/MetricName").text().equals(metric)))
                problems.add("no alarm on " + metric);
        return problems;
    }

    private static List<String> outputs(Template template) {
        var problems = new ArrayList<String>();
        var outputs = template.at("Outputs").map();
        OUTPUTS.stream()
                .filter(name -> !outputs.containsKey(name))
                .forEach(name -> problems.add("no output " + name));
        outputs.forEach((name, one) -> {
            if (one.get("Description").text().isEmpty()) problems.add(name + " is not described");
            if (one.get("Export").there()) problems.add(name + " ties other stacks to this one");
        });
        return problems;
    }

    private static List<String> application(Template template) {
        var problems = new ArrayList<String>();
        var about = template.at("Metadata/AWS::ServerlessRepo::Application");
        for (var key :
                List.of(
                        "Name",
                        "Description",
                        "Author",
                        "SpdxLicenseId",
                        "LicenseUrl",
                        "ReadmeUrl",
                        "Labels",
                        "SemanticVersion")) if (!about.get(key).there()) problems.add("no " + key);
        if (!SERVERLESS_AUTHOR.matcher(about.get("Author").text()).matches())
            problems.add("not an author: " + about.get("Author").text());
        if (about.everything().anyMatch(one -> one.get("Ref").there()))
            problems.add("the application is described with functions");
        if (template.at("Description").text().isEmpty()) problems.add("no description");
        return problems;
    }
}
