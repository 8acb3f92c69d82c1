package io.pgvigil.wire.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.ScalarNode;

/// A mapping whose keys are known. Unknown and repeated keys are complained about once, here.
final class Section {
    /// What people call a password that they are about to write in clear.
    private static final Set<String> SECRETS =
            Set.of(
                    "password",
                    "passwd",
                    "pass",
                    "pwd",
                    "pgpassword",
                    "secret_value",
                    "token",
                    "access_key",
                    "secret_key",
                    "aws_secret_access_key",
                    "credentials",
                    "url",
                    "uri",
                    "dsn");

    private final Field whole;
    private final String path;
    private final Complaints complaints;
    private final Keys keys;
    private final Map<String, Field> fields;

    Section(Field whole, MappingNode node, Keys keys) {
        this.whole = whole;
        this.path = whole.path();
        this.complaints = whole.complaints();
        this.keys = keys;
        this.fields = entries(path, node, complaints);
        fields.forEach((key, field) -> {
            if (!keys.knows(key)) complainAboutUnknown(key, field);
        });
    }

    /// The entries of a mapping whose keys are names of the operator's own.
    static Map<String, Field> entries(String path, MappingNode node, Complaints complaints) {
        var entries = new LinkedHashMap<String, Field>();
        for (var tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                complaints.add(
                        path, Field.lineOf(tuple.getKeyNode()), "has a key that is not a name");
                continue;
            }
            var name = key.getValue();
            var at = path.isEmpty() ? name : path + "." + name;
            var first = entries.get(name);
            if (first == null) {
                entries.put(
                        name, new Field(at, tuple.getValueNode(), Field.lineOf(key), complaints));
            } else {
                complaints.add(
                        at, Field.lineOf(key), "is there twice, first in line " + first.line());
            }
        }
        return entries;
    }

    String path() {
        return path;
    }

    Optional<Field> field(String key) {
        if (!keys.knows(key)) throw new IllegalStateException(keys + " does not list " + key);
        return Optional.ofNullable(fields.get(key));
    }

    Optional<Field> required(String key) {
        var field = field(key);
        if (field.isEmpty())
            complaints.add(path.isEmpty() ? key : path + "." + key, whole.line(), "is missing");
        return field;
    }

    boolean has(String key) {
        return fields.containsKey(key);
    }

    /// The section as one field, for complaints about its parts together.
    Field whole() {
        return whole;
    }

    private void complainAboutUnknown(String key, Field field) {
        var plain = key.toLowerCase(Locale.ROOT).replace('-', '_');
        var prefix = path.isEmpty() ? "" : path + ".";
        if (SECRETS.contains(plain)) {
            complaints.add(
                    prefix + plain,
                    field.line(),
                    "secrets are not written here; name where one lives with secret: the ARN of a"
                            + " secret, env:NAME, passfile:/path or iam");
            return;
        }
        if (key.equals("<<")) {
            complaints.add(
                    path,
                    field.line(),
                    "merge keys (<<) are not read; use a profile to share settings");
            return;
        }
        var near = keys.near(key);
        // { password: se,cret } makes a key of half a password, so what stands near one is shown
        // only where it is close to a word of ours.
        var shown = keys == Keys.CONNECT && near.isEmpty() ? path : prefix + key;
        complaints.add(
                shown,
                field.line(),
                near.map(meant -> "is not a setting; did you mean " + meant + "?")
                        .orElse(
                                (keys == Keys.CONNECT
                                                ? "has an unknown setting"
                                                : "is not a setting")
                                        + "; known are "
                                        + String.join(", ", keys.names())));
    }
}
