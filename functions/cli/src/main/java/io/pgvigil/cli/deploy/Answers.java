package io.pgvigil.cli.deploy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Everything a deployment has to know, none of it secret.
///
/// @param first the first server; empty: the configuration brings them, or they come later
/// @param config a YAML document to put as the configuration
/// @param more further parameters of the template
/// @param backup whether a first backup is made at the end
record Answers(
        String stack,
        String region,
        With with,
        Image image,
        Network network,
        Optional<FirstServer> first,
        Optional<String> config,
        Map<String, String> more,
        boolean backup) {

    /// What deploys the template.
    enum With {
        SAM,
        AWS
    }

    /// What builds the image.
    enum Engine {
        DOCKER,
        PODMAN,
        CODEBUILD
    }

    /// What tasks run on.
    enum Architecture {
        ARM64,
        X86_64
    }

    record Image(Engine engine, Architecture architecture, String tag) {}

    /// @param publicIp whether tasks get a public address, which subnets without NAT and endpoints need
    /// @param databaseGroup the database's security group, to let the tasks in
    record Network(
            String vpc, List<String> subnets, boolean publicIp, Optional<String> databaseGroup) {
        Network {
            subnets = List.copyOf(subnets);
        }
    }

    /// @param secret a Secrets Manager ARN, or `iam`
    record FirstServer(
            String name,
            String host,
            int port,
            String user,
            String secret,
            String databases,
            String profile) {}

    private static final Pattern STACK = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,127}");
    private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-[0-9]");
    private static final Pattern VPC = Pattern.compile("vpc-[0-9a-f]{8,17}");
    private static final Pattern SUBNET = Pattern.compile("subnet-[0-9a-f]{8,17}");
    private static final Pattern GROUP = Pattern.compile("sg-[0-9a-f]{8,17}");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");
    private static final Pattern SECRET =
            Pattern.compile(
                    "iam|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:"
                            + "[A-Za-z0-9/_+=.@!-]+");
    private static final int HIGHEST_PORT = 65_535;

    /// More do not fit into the policies of a role, with a key and a secret each.
    static final int FURTHER_STORES = 14;

    private static final List<String> OF_FURTHER_STORES =
            List.of("CopyBucketArns", "CopyKmsKeyArns", "CopySecretArns");

    Answers {
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
        var wrong = new ArrayList<String>();
        require(wrong, "--stack", stack, STACK);
        require(wrong, "--region", region, REGION);
        require(wrong, "--vpc", network.vpc(), VPC);
        if (network.subnets().isEmpty()) wrong.add("--subnets names none");
        network.subnets().forEach(subnet -> require(wrong, "--subnets", subnet, SUBNET));
        network.databaseGroup()
                .ifPresent(group -> require(wrong, "--database-group", group, GROUP));
        require(wrong, "--image-tag", image.tag(), TAG);
        first.ifPresent(server -> require(wrong, server));
        for (var name : OF_FURTHER_STORES) requireThatItFits(wrong, name, more);
        if (!wrong.isEmpty())
            throw new Problem(
                    ErrorCode.USAGE_INVALID,
                    String.join("; ", wrong),
                    "pgvigil deploy --help describes each.");
    }

    // What was typed for a host or a secret is not repeated: people paste URLs and passwords there.
    private static void require(List<String> wrong, FirstServer server) {
        require(wrong, "--server", server.name(), NAME);
        if (!HOST.matcher(server.host()).matches()) wrong.add("--host takes a host's name alone");
        if (server.port() < 1 || server.port() > HIGHEST_PORT) wrong.add("--port is 1 to 65535");
        if (server.user().isBlank()) wrong.add("--user names no role");
        if (!SECRET.matcher(server.secret()).matches())
            wrong.add("--secret takes the ARN of a secret, or iam; never a password");
    }

    /// Said before anything is started: CloudFormation says it of a role, minutes later.
    private static void requireThatItFits(
            List<String> wrong, String parameter, Map<String, String> more) {
        var count = more.getOrDefault(parameter, "").split(",", -1).length;
        if (count > FURTHER_STORES)
            wrong.add(
                    "%s has %d entries, and %d fit into the policies of a role: give several further stores one bucket, each a prefix of its own, or one key or secret"
                            .formatted(parameter, count, FURTHER_STORES));
    }

    private static void require(List<String> wrong, String option, String value, Pattern form) {
        if (!form.matcher(value).matches()) wrong.add(option + " cannot be '" + value + "'");
    }
}
