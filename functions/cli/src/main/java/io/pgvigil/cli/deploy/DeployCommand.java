package io.pgvigil.cli.deploy;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.process.Command;
import io.pgvigil.runtime.Version;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
        name = "deploy",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Deploy a stack for the first time, up to a sealed backup. On a terminal, what is missing"
                    + " is asked; everything can be an option.",
            "Repeat the same command after a failure: what is there is not made again. No password"
                    + " is asked for or taken: name the secret that holds it."
        })
public final class DeployCommand implements Callable<Integer> {
    @Option(names = "--stack", paramLabel = "NAME", description = "The stack; default: pgvigil.")
    private String stack = "pgvigil";

    @Option(names = "--region", description = "Default: AWS_REGION, AWS_DEFAULT_REGION.")
    private String region = "";

    @Option(names = "--vpc", paramLabel = "VPC", description = "The VPC of the databases.")
    private String vpc = "";

    @Option(
            names = "--subnets",
            paramLabel = "SUBNET",
            split = ",",
            description = "Its subnets for the tasks, separated by commas.")
    private List<String> subnets = List.of();

    @Option(
            names = "--public-ip",
            description = "Tasks get a public address: for public subnets without NAT.")
    private boolean publicIp;

    @Option(
            names = "--database-group",
            paramLabel = "SG",
            description = "The database's security group, to let the tasks in.")
    private @Nullable String databaseGroup;

    @Option(names = "--host", description = "The first server's host; none: no first server.")
    private String host = "";

    @Option(names = "--port", description = "Its port; default: 5432.")
    private int port = 5432;

    @Option(names = "--user", description = "The role to sign in with.")
    private String user = "";

    @Option(
            names = "--secret",
            paramLabel = "REF",
            description = "The ARN of the secret with its password, or iam.")
    private String secret = "";

    @Option(names = "--server", paramLabel = "NAME", description = "Its name; default: main.")
    private String server = "";

    @Option(names = "--databases", description = "all (default), or names separated by commas.")
    private String databases = "";

    @Option(names = "--profile", description = "production (default), staging, development.")
    private String profile = "";

    @Option(names = "--config", paramLabel = "FILE", description = "A configuration to put.")
    private @Nullable String config;

    @Option(names = "--mail", paramLabel = "ADDRESS", description = "Who hears of failures.")
    private String mail = "";

    @Option(
            names = "--parameter",
            paramLabel = "NAME=VALUE",
            description = "Any other parameter of template.yaml.")
    private Map<String, String> more = Map.of();

    @Option(names = "--with", description = "sam or aws; default: sam where it is installed.")
    private Answers.@Nullable With with;

    @Option(
            names = "--engine",
            description =
                    "docker, podman or codebuild; default: what answers here, else codebuild.")
    private Answers.@Nullable Engine engine;

    @Option(
            names = "--architecture",
            description = "arm64 or x86_64; default: this machine's, with codebuild arm64.")
    private Answers.@Nullable Architecture architecture;

    @Option(names = "--image-tag", description = "The image's tag; default: the version.")
    private String tag = Version.CURRENT;

    @Option(names = "--no-backup", description = "Make no first backup.")
    private boolean noBackup;

    @Option(names = "--yes", description = "Do not ask whether to begin.")
    private boolean yes;

    @Option(names = "--dry-run", description = "Print every command and stop.")
    private boolean dryRun;

    @Override
    public Integer call() {
        var programs = new Programs(home(), System.getenv(), System.err);
        var questions = new Questions(asker());
        var chosen = questions.required("--region", Regions.known(region).orElse(""), "Region");
        programs = programs.with(Regions.environment(chosen));
        var answers = answers(programs, questions, chosen);
        var plan = DeployPlan.of(answers);
        if (dryRun) {
            System.out.print(Script.of(answers.region(), plan));
            return 0;
        }
        Preflight.require(programs, plan);
        if (!yes && questions.canAsk()) {
            System.err.print(Script.of(answers.region(), plan));
            if (!questions.agreed("Begin?")) return 0;
        }
        new Deployer(programs, System.err).carryOut(plan);
        System.out.print(next(answers));
        return 0;
    }

    private Answers answers(Programs programs, Questions questions, String chosen) {
        var network = network(programs, questions);
        var first = first(questions);
        if (!mail.isBlank()) more("NotificationEmail", mail);
        questions.throwIfAnyIsMissing();
        var builds = Optional.ofNullable(engine).orElseGet(() -> Preflight.engine(programs));
        return new Answers(
                stack,
                chosen,
                Optional.ofNullable(with).orElseGet(() -> Preflight.with(programs)),
                new Answers.Image(
                        builds,
                        Optional.ofNullable(architecture)
                                .orElseGet(() -> Preflight.architecture(builds)),
                        tag),
                network,
                first,
                Optional.ofNullable(config),
                more,
                !noBackup && (first.isPresent() || config != null));
    }

    private void more(String name, String value) {
        var longer = new LinkedHashMap<>(more);
        longer.putIfAbsent(name, value);
        more = longer;
    }

    private Answers.Network network(Programs programs, Questions questions) {
        if (vpc.isBlank() && questions.canAsk())
            show(
                    programs,
                    "describe-vpcs",
                    "Vpcs[].[VpcId,CidrBlock,Tags[?Key=='Name']|[0].Value]");
        var inside = questions.required("--vpc", vpc, "VPC of the databases");
        if (subnets.isEmpty() && questions.canAsk())
            show(
                    programs,
                    "describe-subnets",
                    "Subnets[?VpcId=='"
                            + inside
                            + "'].[SubnetId,AvailabilityZone,MapPublicIpOnLaunch,Tags[?Key=='Name']|[0].Value]");
        var given = String.join(",", subnets);
        var places = questions.required("--subnets", given, "Subnets for the tasks, with commas");
        var open =
                publicIp
                        || (given.isBlank()
                                && questions
                                        .optional("", "Are they public, without NAT (y/n)", "n")
                                        .startsWith("y"));
        return new Answers.Network(
                inside,
                List.of(places.split("\\s*,\\s*")).stream().filter(one -> !one.isBlank()).toList(),
                open,
                Optional.ofNullable(databaseGroup));
    }

    /// A list to choose from, where the account lets us see one.
    private static void show(Programs programs, String call, String query) {
        var listed =
                programs.ask(
                        Command.of("aws", "ec2", call).with("--query", query, "--output", "table"));
        if (listed.good()) System.err.print(listed.output());
    }

    private Optional<Answers.FirstServer> first(Questions questions) {
        var where =
                config != null && host.isBlank()
                        ? ""
                        : questions.optional(host, "Host of the first server (empty: none)", "");
        if (where.isBlank()) return Optional.empty();
        return Optional.of(
                new Answers.FirstServer(
                        questions.optional(server, "Its name in the store", "main"),
                        where,
                        port,
                        questions.required("--user", user, "Role to sign in with"),
                        questions.required(
                                "--secret", secret, "ARN of the secret with its password, or iam"),
                        questions.optional(databases, "Databases (all, or names)", "all"),
                        questions.optional(profile, "Profile", "production")));
    }

    private static Optional<Questions.Asker> asker() {
        var console = System.console();
        if (console == null || !console.isTerminal()) return Optional.empty();
        return Optional.of((question, otherwise) -> {
            var suffix = otherwise.isEmpty() ? ": " : " [" + otherwise + "]: ";
            var line = console.readLine("%s%s", question, suffix);
            if (line == null)
                throw new Problem(
                        ErrorCode.USAGE_INVALID,
                        "no answer to: " + question,
                        "Give the answers as options: pgvigil deploy --help.");
            return line;
        });
    }

    /// The folder with `template.yaml`: the launcher's.
    private static Path home() {
        return Optional.ofNullable(System.getProperty("pgvigil.program"))
                .map(program -> Path.of(program).toAbsolutePath().getParent())
                .orElse(Path.of("").toAbsolutePath());
    }

    private static String next(Answers answers) {
        return """
        Deployed. Next:
          what is under way, protected and due    pgvigil status --stack %1$s
          prove the first backup                  pgvigil verify --stack %1$s
          add a server                            pgvigil config get --stack %1$s > pgvigil.yaml
                                                  pgvigil config put pgvigil.yaml --stack %1$s
          take it down, backups stay              pgvigil undeploy --stack %1$s --region %2$s
        """
                .formatted(answers.stack(), answers.region());
    }
}
