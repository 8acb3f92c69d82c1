package io.pgvigil.aws.rds;

import io.pgvigil.aws.TagNames;
import io.pgvigil.core.RunId;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.rds.model.Tag;

/// What a temporary instance says about itself; nothing else decides who may delete it.
///
/// @param stack whose sweeper it belongs to
/// @param expires after this moment it is deleted
/// @param attempt tells this process's instance from one that a killed process left under the same name
record InstanceTags(String stack, RunId run, Instant expires, String attempt) {
    static final String MANAGED = "pgvigil:managed";
    static final String EXPIRES = "pgvigil:expires";
    static final String TEMPORARY = "temporary-instance";

    List<Tag> tags() {
        return List.of(
                tag(MANAGED, TEMPORARY),
                tag(TagNames.STACK, stack),
                tag(TagNames.RUN, run.value()),
                tag(EXPIRES, expires.toString()),
                tag(TagNames.ATTEMPT, attempt));
    }

    static Map<String, String> of(List<Tag> tags) {
        var found = new HashMap<String, String>();
        for (var tag : tags) if (tag.key() != null) found.put(tag.key(), text(tag.value()));
        return found;
    }

    /// Whether an instance with these tags is a temporary one of this stack.
    static boolean isOf(String stack, Map<String, String> tags) {
        return TEMPORARY.equals(tags.get(MANAGED)) && stack.equals(tags.get(TagNames.STACK));
    }

    /// Whether it is the one of a run.
    static boolean isOf(String stack, RunId run, Map<String, String> tags) {
        return isOf(stack, tags) && run.value().equals(tags.get(TagNames.RUN));
    }

    /// Empty where the tag is missing or is no time.
    static Optional<Instant> expiry(Map<String, String> tags) {
        try {
            return Optional.ofNullable(tags.get(EXPIRES)).map(Instant::parse);
        } catch (DateTimeParseException changedBySomebody) {
            return Optional.empty();
        }
    }

    private static Tag tag(String key, String value) {
        return Tag.builder().key(key).value(value).build();
    }

    private static String text(@org.jspecify.annotations.Nullable String value) {
        return value == null ? "" : value;
    }
}
