package io.pgvigil.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What CloudFormation makes of a piece of the template for given parameters, with made-up names for
/// what it would create.
public final class Resolver {
    public static final String REGION = "eu-west-1";
    public static final String ACCOUNT = "123456789012";
    public static final String STACK = "pgvigil";
    public static final String BUCKET = "backups";

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]+)}");
    private static final Map<String, String> PSEUDO =
            Map.of(
                    "AWS::Region", REGION,
                    "AWS::AccountId", ACCOUNT,
                    "AWS::StackName", STACK,
                    "AWS::Partition", "aws",
                    "AWS::URLSuffix", "amazonaws.com");

    private final Template template;
    private final Map<String, String> parameters;

    /// @param given instead of the defaults
    public Resolver(Template template, Map<String, String> given) {
        this.template = template;
        this.parameters = given;
    }

    /// Empty where a condition says that there is nothing.
    public Optional<Tree> resolve(Tree tree) {
        return Optional.ofNullable(resolved(tree)).map(Tree::new);
    }

    boolean condition(String name) {
        return holds(template.at("Conditions").get(name));
    }

    /// Whether it exists at all.
    boolean exists(String resource) {
        var condition = template.at("Resources/" + resource + "/Condition").text();
        return condition.isEmpty() || condition(condition);
    }

    private @Nullable Object resolved(Tree tree) {
        var value = tree.value();
        if (value instanceof List<?>) {
            var found = new ArrayList<Object>();
            for (var one : tree.list()) {
                var each = resolved(one);
                if (each != null) found.add(each);
            }
            return found;
        }
        if (!(value instanceof Map<?, ?> map)) return value;
        if (map.size() == 1) {
            var name = map.keySet().iterator().next() + "";
            var argument = tree.get(name);
            if (name.equals("Ref") || name.startsWith("Fn::")) return called(name, argument);
        }
        var found = new LinkedHashMap<String, Object>();
        tree.map()
                .forEach((key, one) -> {
                    var each = resolved(one);
                    if (each != null) found.put(key, each);
                });
        return found;
    }

    private @Nullable Object called(String function, Tree argument) {
        return switch (function) {
            case "Ref" -> ref(argument.text());
            case "Fn::GetAtt" -> attribute(argument.get("0").text(), argument.get("1").text());
            case "Fn::Sub" -> substituted(argument);
            case "Fn::If" ->
                    resolved(argument.get(condition(argument.get("0").text()) ? "1" : "2"));
            case "Fn::Join" -> String.join(argument.get("0").text(), texts(argument.get("1")));
            case "Fn::Split" ->
                    List.of(
                            (resolved(argument.get("1")) + "")
                                    .split(Pattern.quote(argument.get("0").text()), -1));
            case "Fn::Select" ->
                    texts(argument.get("1")).get(Integer.parseInt(argument.get("0").text()));
            case "Fn::FindInMap" -> {
                var keys = texts(argument);
                yield template.at("Mappings")
                        .get(keys.get(0))
                        .get(keys.get(1))
                        .get(keys.get(2))
                        .value();
            }
            default -> throw new IllegalArgumentException("not a function: " + function);
        };
    }

    private List<String> texts(Tree tree) {
        return new Tree(resolved(tree)).list().stream().map(Tree::text).toList();
    }

    private @Nullable Object ref(String name) {
        if (name.equals("AWS::NoValue")) return null;
        if (PSEUDO.containsKey(name)) return PSEUDO.get(name);
        var parameter = template.parameters().get(name);
        if (parameter == null) return reference(name);
        var value = parameters.getOrDefault(name, parameter.get("Default").text());
        var type = parameter.get("Type").text();
        return type.startsWith("List<") || type.equals("CommaDelimitedList")
                ? List.of(value.split(",", -1))
                : value;
    }

    private String reference(String resource) {
        return switch (type(resource)) {
            case "AWS::S3::Bucket" -> BUCKET;
            case "AWS::SNS::Topic", "AWS::ECS::TaskDefinition" -> attribute(resource, "Arn");
            case "" -> throw new IllegalArgumentException("nothing is called " + resource);
            default -> resource;
        };
    }

    private String attribute(String resource, String name) {
        if (!name.equals("Arn")) return resource + "." + name;
        return switch (type(resource)) {
            case "AWS::S3::Bucket" -> "arn:aws:s3:::" + BUCKET;
            case "AWS::ECS::Cluster" -> arn("ecs", "cluster/" + resource);
            case "AWS::IAM::Role" -> "arn:aws:iam::" + ACCOUNT + ":role/" + resource;
            case "AWS::Logs::LogGroup" -> arn("logs", "log-group:" + resource + ":*");
            // A resource that the SAM translator makes is called in events only.
            default -> arn("any", resource);
        };
    }

    public static String arn(String service, String resource) {
        return "arn:aws:" + service + ":" + REGION + ":" + ACCOUNT + ":" + resource;
    }

    private String type(String resource) {
        return template.at("Resources/" + resource + "/Type").text();
    }

    private String substituted(Tree argument) {
        var pair = argument.value() instanceof List;
        var text = pair ? argument.get("0").text() : argument.text();
        var own = pair ? argument.get("1") : Tree.NOTHING;
        return VARIABLE.matcher(text)
                .replaceAll(found -> {
                    var name = found.group(1);
                    var cut = name.indexOf('.');
                    var value =
                            own.get(name).there()
                                    ? resolved(own.get(name))
                                    : cut < 0
                                            ? ref(name)
                                            : attribute(
                                                    name.substring(0, cut),
                                                    name.substring(cut + 1));
                    return Matcher.quoteReplacement(value + "");
                });
    }

    private boolean holds(Tree condition) {
        var only = condition.map().entrySet().iterator().next();
        var argument = only.getValue();
        return switch (only.getKey()) {
            case "Condition" -> condition(argument.text());
            case "Fn::Equals" -> texts(argument.get("0")).equals(texts(argument.get("1")));
            case "Fn::Not" -> !holds(argument.get("0"));
            case "Fn::And" -> argument.list().stream().allMatch(this::holds);
            case "Fn::Or" -> argument.list().stream().anyMatch(this::holds);
            default -> throw new IllegalArgumentException("not a condition: " + condition);
        };
    }
}
