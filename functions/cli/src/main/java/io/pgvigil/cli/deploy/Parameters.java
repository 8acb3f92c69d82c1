package io.pgvigil.cli.deploy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The parameters of `template.yaml` that a deployment sets; a test keeps the names equal.
final class Parameters {
    /// Whether the timetable works.
    static final String TICK_STATE = "TickState";

    private Parameters() {}

    static Map<String, String> of(Answers answers, boolean ticking) {
        var parameters = new LinkedHashMap<String, String>();
        var network = answers.network();
        parameters.put("VpcId", network.vpc());
        parameters.put("SubnetIds", String.join(",", network.subnets()));
        parameters.put("AssignPublicIp", network.publicIp() ? "ENABLED" : "DISABLED");
        network.databaseGroup()
                .ifPresent(group -> parameters.put("DatabaseSecurityGroupId", group));
        parameters.put(
                "Architecture", answers.image().architecture().name().toLowerCase(Locale.ROOT));
        parameters.put("ImageTag", answers.image().tag());
        answers.first()
                .ifPresent(server -> {
                    parameters.put("FirstServer", server.name());
                    parameters.put("FirstHost", server.host());
                    parameters.put("FirstPort", server.port() + "");
                    parameters.put("FirstUser", server.user());
                    parameters.put("FirstSecret", server.secret());
                    parameters.put("FirstDatabases", server.databases());
                    parameters.put("FirstProfile", server.profile());
                });
        parameters.putAll(answers.more());
        parameters.put(TICK_STATE, ticking ? "ENABLED" : "DISABLED");
        return parameters;
    }

    static List<String> words(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList();
    }
}
