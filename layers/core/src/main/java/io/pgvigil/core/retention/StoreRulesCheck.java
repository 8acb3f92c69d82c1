package io.pgvigil.core.retention;

import io.pgvigil.core.config.Tiers;
import io.pgvigil.core.layout.Layout;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.core.store.StoreRules.Rule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Whether the rules of a bucket do what the profiles say, and nothing that they do not say.
public final class StoreRulesCheck {
    /// The tag that the rules of the template move objects by.
    public static final String CLASS_TAG = "pgvigil:class";

    /// The tag that tells people what an object stands for.
    public static final String TIER_TAG = "pgvigil:tier";

    /// What lasts about a run, and may go by age.
    private static final List<String> PASSING =
            List.of(Layout.RUNS, Layout.LEASES, "report/", "schedule/");

    private final StoreRules rules;
    private final String prefix;
    private final String top;
    private final List<String> notes = new ArrayList<>();

    /// @param prefix of the store in the bucket, without a slash at its end; empty: the whole bucket
    private StoreRulesCheck(StoreRules rules, String prefix) {
        this.rules = rules;
        this.prefix = prefix;
        this.top = prefix.isEmpty() ? "" : prefix + "/";
    }

    /// Where they disagree, in sentences; empty when they do not.
    public static List<String> notes(StoreRules rules, String prefix, Collection<Tiers> tiers) {
        var check = new StoreRulesCheck(rules, prefix);
        check.moves(tiers);
        check.others();
        check.versions();
        return List.copyOf(check.notes);
    }

    /// Whether backups go by themselves, whatever is kept here.
    public static boolean deletesBackups(StoreRules rules, String prefix) {
        var check = new StoreRulesCheck(rules, prefix);
        return rules.rules().stream()
                .anyMatch(rule -> rule.deletes().isPresent() && check.reaches(rule));
    }

    /// After how many days what was deleted is gone for good; empty when nothing says so.
    public static Optional<Integer> undoDays(StoreRules rules, String prefix) {
        var top = prefix.isEmpty() ? "" : prefix + "/";
        return rules.rules().stream()
                .filter(rule -> rule.tags().isEmpty() && top.startsWith(rule.prefix()))
                .flatMap(rule -> rule.forgets().stream())
                .min(Integer::compare);
    }

    private void moves(Collection<Tiers> tiers) {
        var wanted = EnumSet.noneOf(StorageClass.class);
        for (var one : tiers)
            Stream.of(one.daily(), one.weekly(), one.monthly(), one.yearly()).forEach(wanted::add);
        wanted.remove(StorageClass.STANDARD);
        for (var to : wanted) {
            var rule =
                    rules.rules().stream()
                            .filter(one -> top.startsWith(one.prefix()))
                            .filter(one -> one.tags().equals(Map.of(CLASS_TAG, to.name())))
                            .filter(one -> one.moves().containsKey(to))
                            .findFirst();
            if (rule.isEmpty())
                notes.add(
                        ("no rule of the bucket moves what is tagged %s=%s to %s: it stays where it"
                                        + " is, and costs as much")
                                .formatted(CLASS_TAG, to, to));
            else if (rule.get().moves().getOrDefault(to, 0) > to.waits().toDays())
                notes.add(
                        "rule %s of the bucket moves objects to %s only after %d days"
                                .formatted(rule.get().id(), to, rule.get().moves().get(to)));
        }
    }

    private void others() {
        for (var rule : rules.rules()) {
            if (!reaches(rule)) continue;
            rule.deletes()
                    .ifPresent(days ->
                            notes.add(
                                    ("rule %s of the bucket deletes backups %d days after they were"
                                                    + " written, whatever is kept here")
                                            .formatted(rule.id(), days)));
            var tagged = Optional.ofNullable(rule.tags().get(CLASS_TAG));
            for (var to : rule.moves().keySet())
                if (tagged.isEmpty() && rule.tags().isEmpty())
                    notes.add(
                            ("rule %s of the bucket moves every object to %s, manifests among them,"
                                            + " whatever the profiles say")
                                    .formatted(rule.id(), to));
                else if (tagged.isPresent() && !tagged.get().equals(to.name()))
                    notes.add(
                            "rule %s of the bucket moves what is tagged %s=%s to %s"
                                    .formatted(rule.id(), CLASS_TAG, tagged.get(), to));
        }
    }

    private void versions() {
        if (undoDays(rules, prefix).isEmpty())
            notes.add(
                    "no rule of the bucket lets go of old versions: what is deleted is paid for, for"
                            + " ever");
        if (rules.rules().stream()
                .noneMatch(rule -> top.startsWith(rule.prefix()) && rule.aborts().isPresent()))
            notes.add("no rule of the bucket ends uploads that nobody completes");
    }

    /// Whether it is about backups at all.
    private boolean reaches(Rule rule) {
        var prefix = rule.prefix();
        if (top.startsWith(prefix)) return true;
        if (!prefix.startsWith(top)) return false;
        var below = prefix.substring(top.length());
        return Set.copyOf(PASSING).stream().noneMatch(below::startsWith);
    }
}
