package io.pgvigil.cli.deploy;

import io.pgvigil.core.process.Command;
import io.pgvigil.runtime.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What a first deployment does, in order. Every step can be done again: what is there stays.
final class DeployPlan {
    private static final String SOURCE = ".pgvigil/source.zip";
    private static final String TASK = "functions/task";
    private static final String JAR = TASK + "/target/pgvigil-task-" + Version.CURRENT + ".jar";
    private static final Duration BUILD_POLL = Duration.ofSeconds(10);

    private final Answers answers;
    private final Amazon amazon;
    private final List<Step> steps = new ArrayList<>();

    private DeployPlan(Answers answers) {
        this.answers = answers;
        this.amazon = Amazon.of(answers.stack(), answers.region(), answers.with());
    }

    static List<Step> of(Answers answers) {
        return new DeployPlan(answers).steps();
    }

    private List<Step> steps() {
        steps.add(amazon.account());
        jars();
        steps.addAll(amazon.prepared());
        // The timetable would order backups before there is an image to make them with.
        steps.add(
                Step.Run.of(
                                "stack",
                                "The stack, its timetable not working yet",
                                amazon.deployed(Parameters.of(answers, false)))
                        .unless(
                                Amazon.aws("cloudformation", "wait", "stack-create-complete")
                                        .with("--stack-name", answers.stack())));
        steps.add(
                amazon.output("repository", "Where the image goes", "REPOSITORY", "RepositoryUri"));
        switch (answers.image().engine()) {
            case DOCKER, PODMAN -> imageHere();
            case CODEBUILD -> imageByCodeBuild();
        }
        steps.add(
                Step.Run.of(
                        "timetable",
                        "The stack with its timetable at work",
                        amazon.deployed(Parameters.of(answers, true))));
        configuration();
        if (answers.backup()) backup();
        return List.copyOf(steps);
    }

    // Maven knows what is up to date; whether a jar is there would not say whether it is the right
    // one.
    private void jars() {
        steps.add(
                Step.Run.of(
                        "jars",
                        "The functions, their layer, and what goes into the image",
                        Command.of("mvn", "-B", "-q", "-DskipTests", "package")));
    }

    private void imageHere() {
        var engine = answers.image().engine().name().toLowerCase(Locale.ROOT);
        var image = "${REPOSITORY}:" + answers.image().tag();
        steps.add(
                Step.Run.of(
                                "image",
                                "The task's image",
                                Command.of(engine, "build", "--platform", platform())
                                        .with("--tag", image, TASK))
                        .unless(imageIsThere()));
        steps.add(
                Step.Run.of(
                                "login",
                                "The registry's password, from one program to the other",
                                Command.of(engine, "login", "--username", "AWS")
                                        .with("--password-stdin", "${REPOSITORY%%/*}"))
                        .reading(Amazon.aws("ecr", "get-login-password"))
                        .unless(imageIsThere()));
        steps.add(
                Step.Run.of("push", "The image, to the registry", Command.of(engine, "push", image))
                        .unless(imageIsThere()));
    }

    private String platform() {
        return switch (answers.image().architecture()) {
            case ARM64 -> "linux/arm64";
            case X86_64 -> "linux/amd64";
        };
    }

    private Command imageIsThere() {
        return Amazon.aws("ecr", "describe-images", "--repository-name", "${REPOSITORY#*/}")
                .with("--image-ids", "imageTag=" + answers.image().tag());
    }

    private void imageByCodeBuild() {
        steps.add(
                amazon.output("project", "What builds the image", "PROJECT", "ImageBuildProject"));
        steps.add(
                amazon.output(
                        "store-bucket", "Where it looks for sources", "BUCKET", "BucketName"));
        steps.add(
                Step.Run.of(
                                "source",
                                "What goes into the image, packed",
                                Command.of("zip", "-q", "-r", SOURCE, TASK + "/Dockerfile")
                                        .with(TASK + "/.dockerignore", TASK + "/image")
                                        .with(TASK + "/target/image", JAR))
                        .unless(imageIsThere()));
        steps.add(
                Step.Run.of(
                                "upload",
                                "What goes into the image, uploaded",
                                Amazon.aws("s3", "cp", SOURCE, "s3://${BUCKET}/image/source.zip"))
                        .unless(imageIsThere()));
        steps.add(
                Step.Learn.of(
                                "build",
                                "The image, built by CodeBuild",
                                "BUILD",
                                Amazon.aws(
                                                "codebuild",
                                                "start-build",
                                                "--project-name",
                                                "${PROJECT}")
                                        .with("--environment-variables-override")
                                        .with("name=IMAGE_TAG,value=" + answers.image().tag())
                                        .with("--query", "build.id", "--output", "text"))
                        .unless(imageIsThere()));
        steps.add(
                new Step.Await(
                        "built",
                        "The build's end",
                        Amazon.aws("codebuild", "batch-get-builds", "--ids", "${BUILD}")
                                .with("--query", "builds[0].buildStatus", "--output", "text"),
                        "SUCCEEDED",
                        Set.of("FAILED", "FAULT", "STOPPED", "TIMED_OUT"),
                        BUILD_POLL,
                        Optional.of(imageIsThere())));
    }

    private void configuration() {
        var stack = answers.stack();
        answers.config()
                .ifPresent(file ->
                        steps.add(
                                Step.Run.of(
                                        "config",
                                        "The configuration, checked",
                                        Command.of("./pgvigil", "config", "put", file)
                                                .with("--stack", stack))));
        if (answers.config().isPresent() || answers.first().isPresent())
            steps.add(
                    Step.Run.of(
                            "accept",
                            "The configuration, taken by the functions",
                            Command.of("./pgvigil", "config", "accept", "--stack", stack)));
    }

    private void backup() {
        var server = answers.first().map(Answers.FirstServer::name);
        var backup = Command.of("./pgvigil", "backup", "--stack", answers.stack());
        var there = Command.of("./pgvigil", "show", "latest", "--stack", answers.stack());
        steps.add(
                Step.Run.of(
                                "backup",
                                "The first backup, until it is sealed",
                                server.map(name -> backup.with("--server", name)).orElse(backup))
                        .unless(server.map(name -> there.with("--server", name)).orElse(there)));
    }
}
