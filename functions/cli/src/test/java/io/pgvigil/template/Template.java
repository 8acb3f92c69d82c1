package io.pgvigil.template;

import io.pgvigil.testkit.EventFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.AbstractConstruct;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/// `template.yaml` with its short forms (`!Ref x`) written out (`{Ref: x}`).
public record Template(Tree tree) {
    static Path file() {
        return EventFiles.top().resolve("template.yaml");
    }

    public static Template load() {
        return load(file());
    }

    static Template load(Path file) {
        try (var text = Files.newBufferedReader(file)) {
            var options = new LoaderOptions();
            options.setAllowDuplicateKeys(false);
            Object read = new Yaml(new ShortForms(options)).load(text);
            return new Template(new Tree(read));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Template copy() {
        return new Template(tree.copy());
    }

    public Tree at(String path) {
        return tree.at(path);
    }

    Map<String, Tree> parameters() {
        return tree.get("Parameters").map();
    }

    Map<String, Tree> resources() {
        return tree.get("Resources").map();
    }

    Map<String, Tree> resources(String type) {
        var found = new LinkedHashMap<String, Tree>();
        resources()
                .forEach((name, one) -> {
                    if (one.get("Type").text().equals(type)) found.put(name, one);
                });
        return found;
    }

    public Tree properties(String resource) {
        return at("Resources/" + resource + "/Properties");
    }

    Map<String, Tree> functions() {
        return resources("AWS::Serverless::Function");
    }

    Map<String, Tree> tasks() {
        return resources("AWS::ECS::TaskDefinition");
    }

    Map<String, Tree> roles() {
        return resources("AWS::IAM::Role");
    }

    /// The documents of a role's policies, as they are written.
    List<Tree> policies(String role) {
        var inline =
                properties(role).get("Policies").possible().stream()
                        .map(policy -> policy.get("PolicyDocument"));
        var attached =
                resources("AWS::IAM::RolePolicy").values().stream()
                        .map(policy -> policy.get("Properties"))
                        .filter(policy -> policy.get("RoleName").target().equals(role))
                        .map(policy -> policy.get("PolicyDocument"));
        return Stream.concat(inline, attached).toList();
    }

    /// The statements of a role, whichever way the conditions go.
    List<Tree> statements(String role) {
        return policies(role).stream()
                .flatMap(document -> document.get("Statement").possible().stream())
                .toList();
    }

    private static final class ShortForms extends SafeConstructor {
        ShortForms(LoaderOptions options) {
            super(options);
            yamlMultiConstructors.put("!", new ShortForm());
        }

        private final class ShortForm extends AbstractConstruct {
            @Override
            public Object construct(Node node) {
                var name = node.getTag().getValue().substring(1);
                var key = List.of("Ref", "Condition").contains(name) ? name : "Fn::" + name;
                var value =
                        switch (node) {
                            case ScalarNode scalar -> constructScalar(scalar);
                            case SequenceNode sequence -> constructSequence(sequence);
                            case MappingNode mapping -> constructMapping(mapping);
                            default -> throw new IllegalArgumentException("unknown YAML " + node);
                        };
                if (key.equals("Fn::GetAtt") && value instanceof String path)
                    value = List.of(path.split("\\.", 2));
                return Map.of(key, value);
            }
        }
    }
}
