package io.pgvigil.aws.s3;

import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.Tag;

/// The lifecycle configuration of a bucket in our words; rules that are switched off are left out.
final class LifecycleRules {
    private LifecycleRules() {}

    static StoreRules of(List<LifecycleRule> rules) {
        return new StoreRules(
                rules.stream()
                        .filter(rule -> rule.status() == ExpirationStatus.ENABLED)
                        .map(LifecycleRules::rule)
                        .toList());
    }

    // The SDK gives null for what the document does not have.
    @SuppressWarnings("deprecation")
    private static StoreRules.Rule rule(LifecycleRule rule) {
        var tags = new ArrayList<Tag>();
        @Nullable String prefix = rule.prefix();
        var filter = rule.filter();
        if (filter != null) {
            if (filter.prefix() != null) prefix = filter.prefix();
            if (filter.tag() != null) tags.add(filter.tag());
            if (filter.and() != null) {
                if (filter.and().prefix() != null) prefix = filter.and().prefix();
                tags.addAll(filter.and().tags());
            }
        }
        var moves = new HashMap<StorageClass, Integer>();
        for (var transition : rule.transitions())
            StorageClass.find(transition.storageClassAsString())
                    .ifPresent(
                            to -> moves.put(to, transition.days() == null ? 0 : transition.days()));
        return new StoreRules.Rule(
                rule.id() == null ? "without a name" : rule.id(),
                prefix == null ? "" : prefix,
                named(tags),
                moves,
                Optional.ofNullable(rule.expiration()).map(expiration -> expiration.days()),
                Optional.ofNullable(rule.noncurrentVersionExpiration())
                        .map(expiration -> expiration.noncurrentDays()),
                Optional.ofNullable(rule.abortIncompleteMultipartUpload())
                        .map(abort -> abort.daysAfterInitiation()));
    }

    private static Map<String, String> named(List<Tag> tags) {
        var named = new HashMap<String, String>();
        tags.forEach(tag -> named.put(tag.key(), tag.value()));
        return named;
    }
}
