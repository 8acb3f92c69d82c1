package io.pgvigil.cli.deploy;

import io.pgvigil.core.process.Command;
import java.util.List;
import java.util.Map;

/// Commands of AWS and of SAM for one stack.
///
/// @param bucket for what is deployed, not for backups
record Amazon(String stack, Answers.With with, String bucket) {
    private static final String PACKAGED = ".pgvigil/packaged.yaml";

    static Amazon of(String stack, String region, Answers.With with) {
        return new Amazon(stack, with, "pgvigil-deploy-${ACCOUNT}-" + region);
    }

    static Command aws(String... arguments) {
        return Command.of("aws").with(arguments);
    }

    Step account() {
        return Step.Learn.of(
                "account",
                "Which account this is, and that its credentials work",
                "ACCOUNT",
                aws("sts", "get-caller-identity", "--query", "Account", "--output", "text"));
    }

    Step output(String name, String title, String variable, String output) {
        return Step.Learn.of(
                name,
                title,
                variable,
                aws("cloudformation", "describe-stacks", "--stack-name", stack)
                        .with("--query", query(output), "--output", "text"));
    }

    private static String query(String output) {
        return "Stacks[0].Outputs[?OutputKey=='" + output + "'].OutputValue";
    }

    /// What has to be there before the template can be deployed. SAM does it by itself.
    List<Step> prepared() {
        if (with == Answers.With.SAM) return List.of();
        return List.of(
                Step.Run.of(
                                "bucket",
                                "A bucket for what is deployed (not for backups)",
                                aws("s3", "mb", "s3://" + bucket))
                        .unless(aws("s3api", "head-bucket", "--bucket", bucket)),
                Step.Run.of(
                        "package",
                        "The functions, uploaded, and the template that names them",
                        aws("cloudformation", "package")
                                .with("--template-file", "template.yaml")
                                .with("--s3-bucket", bucket, "--s3-prefix", stack)
                                .with("--output-template-file", PACKAGED)));
    }

    /// Parameters that are not given stay as they are.
    Command deployed(Map<String, String> parameters) {
        var words = Parameters.words(parameters).toArray(String[]::new);
        var command =
                switch (with) {
                    case SAM ->
                            Command.of("sam", "deploy")
                                    .with("--template-file", "template.yaml")
                                    .with("--stack-name", stack)
                                    .with("--resolve-s3", "--no-confirm-changeset");
                    case AWS ->
                            aws("cloudformation", "deploy")
                                    .with("--template-file", PACKAGED)
                                    .with("--stack-name", stack)
                                    .with("--s3-bucket", bucket, "--s3-prefix", stack);
                };
        return command.with("--no-fail-on-empty-changeset")
                .with("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
                .with("--parameter-overrides")
                .with(words);
    }
}
