package io.pgvigil.cli.deploy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Which region is meant.
final class Regions {
    private Regions() {}

    static Optional<String> known(String typed) {
        return Stream.of(
                        typed,
                        System.getenv().getOrDefault("AWS_REGION", ""),
                        System.getenv().getOrDefault("AWS_DEFAULT_REGION", ""))
                .filter(name -> !name.isBlank())
                .findFirst();
    }

    static String chosen(String typed) {
        return known(typed)
                .orElseThrow(() ->
                        new Problem(
                                ErrorCode.USAGE_INVALID,
                                "it is not said in which region",
                                "Add --region, or set AWS_REGION."));
    }

    /// The first for SDKs and version 2 of AWS's command, the second for version 1.
    static Map<String, String> environment(String region) {
        var variables = new LinkedHashMap<String, String>();
        variables.put("AWS_REGION", region);
        variables.put("AWS_DEFAULT_REGION", region);
        return variables;
    }
}
