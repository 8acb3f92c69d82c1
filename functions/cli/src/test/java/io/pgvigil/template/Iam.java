package io.pgvigil.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// As much of IAM's evaluation as the policies of this template use: wildcards, `NotResource`, a few
/// condition operators, and that a denial wins.
final class Iam {
    private Iam() {}

    /// @param context condition keys of the request; what is missing is missing for IAM too
    record Request(String action, String resource, Map<String, String> context) {
        Request with(String key, String value) {
            var more = new LinkedHashMap<>(context);
            more.put(key, value);
            return new Request(action, resource, more);
        }
    }

    enum Answer {
        ALLOWED,
        DENIED,
        /// Nobody said yes.
        NOT_ALLOWED
    }

    /// @param statements resolved ones, of all policies that apply
    static Answer answer(List<Tree> statements, Request request) {
        var applying = statements.stream().filter(one -> applies(one, request)).toList();
        if (applying.stream().anyMatch(one -> one.get("Effect").text().equals("Deny")))
            return Answer.DENIED;
        return applying.isEmpty() ? Answer.NOT_ALLOWED : Answer.ALLOWED;
    }

    private static boolean applies(Tree statement, Request request) {
        for (var key : statement.map().keySet())
            if (!List.of(
                            "Sid",
                            "Effect",
                            "Principal",
                            "Action",
                            "Resource",
                            "NotResource",
                            "Condition")
                    .contains(key))
                throw new IllegalArgumentException("this evaluator does not know " + key);
        var resources =
                statement.get("NotResource").there()
                        ? !any(statement.get("NotResource"), request.resource())
                        : any(statement.get("Resource"), request.resource());
        return any(statement.get("Action"), request.action())
                && resources
                && statement.get("Condition").map().entrySet().stream()
                        .allMatch(one -> holds(one.getKey(), one.getValue(), request.context()));
    }

    private static boolean any(Tree patterns, String text) {
        return patterns.list().stream().anyMatch(pattern -> like(pattern.text(), text));
    }

    private static boolean holds(String operator, Tree keys, Map<String, String> context) {
        return keys.map().entrySet().stream()
                .allMatch(entry -> {
                    var value = context.get(entry.getKey());
                    var wanted = entry.getValue().list().stream().map(Tree::text);
                    return switch (operator) {
                        case "Null" ->
                                entry.getValue().text().equals(value == null ? "true" : "false");
                        case "StringEquals", "Bool" ->
                                value != null && wanted.anyMatch(value::equals);
                        case "StringLike", "ArnLike", "ArnEquals" ->
                                value != null && wanted.anyMatch(pattern -> like(pattern, value));
                        default ->
                                throw new IllegalArgumentException(
                                        "this evaluator does not know " + operator);
                    };
                });
    }

    static boolean like(String pattern, String text) {
        var regex = new StringBuilder();
        for (var c : pattern.toCharArray())
            regex.append(
                    switch (c) {
                        case '*' -> ".*";
                        case '?' -> ".";
                        default -> Pattern.quote(c + "");
                    });
        return text.matches(regex.toString());
    }
}
