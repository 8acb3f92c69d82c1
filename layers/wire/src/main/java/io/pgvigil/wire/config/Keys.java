package io.pgvigil.wire.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The keys that one kind of section knows; the single list that reading, suggestions and the
/// reference page are checked against.
enum Keys {
    TOP("store", "servers", "profiles"),
    SERVER("connect", "databases", "except", "profile", "logical", "limits", "overrides"),
    CONNECT("host", "port", "user", "secret", "sslmode", "sslrootcert"),
    SELECTION("schemas", "exclude_schemas", "tables", "exclude_tables", "exclude_table_data"),
    LIMITS("lock_timeout", "longest", "at_once", "catch_up"),
    PROFILE(
            "kind",
            "logical",
            "physical",
            "wal",
            "drill",
            "rpo",
            "rto",
            "keep",
            "tiers",
            "lock",
            "checks",
            "copies",
            "notify",
            "timezone"),
    CRON("cron"),
    DRILL("schedule", "accept", "cron", "instance", "rds"),
    RDS("subnet_group", "security_groups", "class", "parameter_group", "kms_key", "longest"),
    ACCEPT("object", "reason", "expires"),
    KEEP("last", "within", "daily", "weekly", "monthly", "yearly", "compliance", "wal"),
    TIERS("daily", "weekly", "monthly", "yearly"),
    COPY("to", "keep"),
    CHECK("sql", "database", "name");

    /// Words people bring from other tools, and what we call it.
    private static final Map<String, String> ELSEWHERE =
            Map.ofEntries(
                    Map.entry("hostname", "host"),
                    Map.entry("username", "user"),
                    Map.entry("ssl_mode", "sslmode"),
                    Map.entry("ca", "sslrootcert"),
                    Map.entry("dbname", "databases"),
                    Map.entry("database", "databases"),
                    Map.entry("exclude", "except"),
                    Map.entry("retention", "keep"),
                    Map.entry("policy", "profile"),
                    Map.entry("timeout", "longest"),
                    Map.entry("tz", "timezone"),
                    Map.entry("zone", "timezone"),
                    Map.entry("verify", "drill"),
                    Map.entry("base", "physical"),
                    Map.entry("dump", "logical"),
                    Map.entry("bucket", "store"));

    private static final int LARGEST_DISTANCE = 2;

    private final List<String> names;

    Keys(String... names) {
        this.names = List.of(names);
    }

    List<String> names() {
        return names;
    }

    boolean knows(String key) {
        return names.contains(key);
    }

    /// The key that was probably meant.
    Optional<String> near(String key) {
        var plain = key.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
        if (knows(plain)) return Optional.of(plain);
        var elsewhere = ELSEWHERE.get(plain);
        if (elsewhere != null && knows(elsewhere)) return Optional.of(elsewhere);
        return nearest(plain, names);
    }

    /// The candidate that is at most two letters away, or one where the word is short.
    static Optional<String> nearest(String word, Iterable<String> candidates) {
        String best = "";
        var bestDistance = word.length() <= 4 ? LARGEST_DISTANCE : LARGEST_DISTANCE + 1;
        for (var candidate : candidates) {
            var distance = distance(word, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? Optional.empty() : Optional.of(best);
    }

    /// Insertions, removals, replacements and swaps of neighbours between two short words.
    private static int distance(String one, String other) {
        if (Math.abs(one.length() - other.length()) > LARGEST_DISTANCE) return Integer.MAX_VALUE;
        var table = new int[one.length() + 1][other.length() + 1];
        for (var i = 0; i <= one.length(); i++) {
            for (var j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                    continue;
                }
                var same = one.charAt(i - 1) == other.charAt(j - 1);
                table[i][j] =
                        Math.min(
                                table[i - 1][j - 1] + (same ? 0 : 1),
                                1 + Math.min(table[i - 1][j], table[i][j - 1]));
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1))
                    table[i][j] = Math.min(table[i][j], table[i - 2][j - 2] + 1);
            }
        }
        return table[one.length()][other.length()];
    }
}
