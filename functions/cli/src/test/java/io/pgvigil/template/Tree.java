package io.pgvigil.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A piece of YAML or JSON that may not be there.
public record Tree(@Nullable Object value) {
    static final Tree NOTHING = new Tree(null);

    boolean there() {
        return value != null;
    }

    public Tree get(String key) {
        if (value instanceof Map<?, ?> map) return new Tree(map.get(key));
        if (value instanceof List<?> list && key.matches("\\d+"))
            return Integer.parseInt(key) < list.size()
                    ? new Tree(list.get(Integer.parseInt(key)))
                    : NOTHING;
        return NOTHING;
    }

    /// Keys and list positions, separated by slashes.
    public Tree at(String path) {
        var found = this;
        for (var key : path.split("/", -1)) found = found.get(key);
        return found;
    }

    /// Empty where there is no scalar.
    public String text() {
        return value == null || value instanceof Map || value instanceof List ? "" : value + "";
    }

    /// A single thing is a list of one, as IAM has it.
    public List<Tree> list() {
        if (value instanceof List<?> list)
            return list.stream().map(one -> new Tree((@Nullable Object) one)).toList();
        return value == null ? List.of() : List.of(this);
    }

    public Map<String, Tree> map() {
        var found = new LinkedHashMap<String, Tree>();
        if (value instanceof Map<?, ?> map)
            map.forEach((key, one) -> found.put(key + "", new Tree((@Nullable Object) one)));
        return found;
    }

    /// This and all that is below.
    Stream<Tree> everything() {
        var below =
                value instanceof Map
                        ? map().values().stream()
                        : value instanceof List ? list().stream() : Stream.<Tree>of();
        return Stream.concat(Stream.of(this), below.flatMap(Tree::everything));
    }

    /// The resource or parameter that `Ref` or `Fn::GetAtt` names; empty otherwise.
    String target() {
        return get("Ref").there() ? get("Ref").text() : at("Fn::GetAtt/0").text();
    }

    /// What a list has, whichever way its conditions go.
    List<Tree> possible() {
        return list().stream().flatMap(Tree::branches).toList();
    }

    /// Both sides of an `Fn::If`, without `AWS::NoValue`.
    Stream<Tree> branches() {
        var choice = get("Fn::If");
        if (!choice.there()) return target().equals("AWS::NoValue") ? Stream.of() : Stream.of(this);
        return Stream.of(choice.get("1"), choice.get("2")).flatMap(Tree::branches);
    }

    /// Independent of this one, and changeable.
    Tree copy() {
        return new Tree(copy(value));
    }

    private static @Nullable Object copy(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            var copied = new LinkedHashMap<Object, @Nullable Object>();
            map.forEach((key, one) -> copied.put(key, copy(one)));
            return copied;
        }
        if (value instanceof List<?> list) {
            var copied = new ArrayList<@Nullable Object>();
            for (var one : list) copied.add(copy(one));
            return copied;
        }
        return value;
    }

    /// Changes what is at the path; null removes it.
    @SuppressWarnings("unchecked")
    void set(String path, @Nullable Object wanted) {
        var cut = path.lastIndexOf('/');
        var key = path.substring(cut + 1);
        var parent = cut < 0 ? this : at(path.substring(0, cut));
        if (parent.value() instanceof Map<?, ?> map) {
            var changed = (Map<Object, @Nullable Object>) map;
            if (wanted == null && !changed.containsKey(key))
                throw new IllegalArgumentException("nothing to remove at " + path);
            if (wanted == null) changed.remove(key);
            else changed.put(key, wanted);
        } else if (parent.value() instanceof List<?> list) {
            var changed = (List<@Nullable Object>) list;
            if (wanted == null) changed.remove(Integer.parseInt(key));
            else if (key.equals("+")) changed.add(wanted);
            else changed.set(Integer.parseInt(key), wanted);
        } else throw new IllegalArgumentException("nothing at " + path);
    }
}
