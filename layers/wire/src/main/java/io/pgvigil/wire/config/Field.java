package io.pgvigil.wire.config;

import io.pgvigil.core.problem.Problem;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/// One value and where it stands. Reading it gives the value, or a complaint and nothing.
///
/// Scalars are taken as they are written: a database called `on` or `2024` stays what it is, and
/// whoever expects a number or a truth says so.
///
/// @param line where it is named: for a group that begins on the next line, the line of its key
record Field(String path, Node node, int line, Complaints complaints) {

    static Field of(String path, Node node, Complaints complaints) {
        return new Field(path, node, lineOf(node), complaints);
    }

    static int lineOf(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    void complain(String text) {
        complaints.add(path, line, text);
    }

    boolean isMapping() {
        return node instanceof MappingNode;
    }

    boolean isList() {
        return node instanceof SequenceNode;
    }

    <T> Optional<T> scalar(Function<String, T> parse) {
        if (!(node instanceof ScalarNode scalar)) {
            complain("is " + shape() + ", a single value is expected");
            return Optional.empty();
        }
        if (isEmpty()) {
            complain("has no value");
            return Optional.empty();
        }
        return attempt(() -> parse.apply(scalar.getValue()));
    }

    /// The elements of a list; each with its own path.
    List<Field> items() {
        if (!(node instanceof SequenceNode list)) {
            complain("is " + shape() + ", a list like [ one, two ] is expected");
            return List.of();
        }
        var nodes = list.getValue();
        return IntStream.range(0, nodes.size())
                .mapToObj(i -> of(path + "[" + i + "]", nodes.get(i), complaints))
                .toList();
    }

    <T> List<T> list(Function<String, T> parse) {
        return items().stream().flatMap(item -> item.scalar(parse).stream()).toList();
    }

    Optional<Section> section(Keys keys) {
        if (!(node instanceof MappingNode mapping)) {
            complain("is " + shape() + ", settings below it are expected");
            return Optional.empty();
        }
        return Optional.of(new Section(this, mapping, keys));
    }

    /// What a constructor or parser refuses becomes a complaint about this field.
    <T> Optional<T> attempt(Supplier<T> made) {
        try {
            return Optional.of(made.get());
        } catch (Problem e) {
            complain(e.what() + "; " + asClause(e.hint()));
        } catch (IllegalArgumentException e) {
            complain(String.valueOf(e.getMessage()));
        }
        return Optional.empty();
    }

    private static String asClause(String sentence) {
        var open = sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
        return open.isEmpty() ? open : Character.toLowerCase(open.charAt(0)) + open.substring(1);
    }

    private boolean isEmpty() {
        return node instanceof ScalarNode scalar
                && scalar.isPlain()
                && scalar.getValue().matches("|~|null|Null|NULL");
    }

    private String shape() {
        if (isEmpty()) return "empty";
        return switch (node) {
            case MappingNode _ -> "a group of settings";
            case SequenceNode _ -> "a list";
            default -> "a single value";
        };
    }
}
