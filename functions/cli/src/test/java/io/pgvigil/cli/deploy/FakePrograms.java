package io.pgvigil.cli.deploy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/// An account, a registry and an engine, as far as a deployment needs them: scripts named `aws`,
/// `sam`, `docker` and so on that keep what they are told in files, answer from those files, and
/// write down how they were called.
final class FakePrograms {
    /// What the registry hands out; it must be seen nowhere but in a pipe.
    static final String PASSWORD = "hush-registry-password";

    private static final String COMMON =
            """
            #!/bin/sh
            state=%s
            program=$(basename "$0")
            printf '%%s' "$program" >> "$state/calls"
            printf ' %%s' "$@" >> "$state/calls"
            printf '\\n' >> "$state/calls"
            tr '\\0' ' ' < /proc/$$/cmdline >> "$state/argv"
            for name in $(cat "$state/failing" 2>/dev/null); do
                case "$program $*" in *"$name"*) echo "no luck with $name" >&2; exit 9 ;; esac
            done
            """;

    private static final String AWS =
            """
            case "$*" in
                "sts get-caller-identity"*) echo 123456789012 ;;
                "s3api head-bucket"*) test -f "$state/bucket" ;;
                "s3 mb"*) touch "$state/bucket" ;;
                "s3 cp"*) cp "$3" "$state/uploaded" ;;
                "cloudformation package"*) test -f "$state/bucket" && touch "$state/packaged" ;;
                "cloudformation deploy"*) touch "$state/stack"; echo "$*" > "$state/parameters" ;;
                "cloudformation wait stack-create-complete"*) test -f "$state/stack" ;;
                "cloudformation describe-stacks"*)
                    test -f "$state/stack" || { echo "Stack does not exist" >&2; exit 254; }
                    case "$*" in
                        *RepositoryUri*) echo 123456789012.dkr.ecr.eu-west-1.amazonaws.com/prod-repository-1a2b ;;
                        *ImageBuildProject*) echo ImageBuild-1a2b ;;
                        *BucketName*) echo prod-backupbucket-1a2b ;;
                        *) echo None ;;
                    esac ;;
                "ecr get-login-password"*) echo hush-registry-password ;;
                "ecr describe-images"*) test -f "$state/image" ;;
                "codebuild start-build"*) test -f "$state/uploaded" && echo ImageBuild-1a2b:1 ;;
                "codebuild batch-get-builds"*)
                    if test -f "$state/built"; then touch "$state/image"; echo SUCCEEDED
                    else touch "$state/built"; echo IN_PROGRESS; fi ;;
                *) echo "aws: what is $*?" >&2; exit 2 ;;
            esac
            """;

    private static final String SAM =
            """
            case "$*" in
                deploy*) touch "$state/stack"; echo "$*" > "$state/parameters" ;;
                *) exit 2 ;;
            esac
            """;

    private static final String DOCKER =
            """
            case "$*" in
                info) ;;
                build*) touch "$state/local-image" ;;
                login*) read -r password; test "$password" = hush-registry-password && touch "$state/login" ;;
                push*) test -f "$state/login" && test -f "$state/local-image" && touch "$state/image" ;;
                *) exit 2 ;;
            esac
            """;

    private static final String PGVIGIL =
            """
            case "$*" in
                "config put"*) touch "$state/config" ;;
                "config accept"*) touch "$state/accepted" ;;
                show*) test -f "$state/backup" ;;
                backup*) test -f "$state/image" && touch "$state/backup" ;;
                *) exit 2 ;;
            esac
            """;

    private final Path state;
    private final Path home;
    private final Path bin;
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    FakePrograms(Path folder) {
        state = folder.resolve("state");
        home = folder.resolve("home");
        bin = folder.resolve("bin");
        try {
            for (var one : List.of(state, bin, home.resolve(".pgvigil")))
                Files.createDirectories(one);
            write(bin.resolve("aws"), AWS);
            write(bin.resolve("sam"), SAM);
            write(bin.resolve("docker"), DOCKER);
            write(bin.resolve("mvn"), "touch \"$state/jars\"\n");
            write(bin.resolve("zip"), "touch \"$3\"\n");
            write(home.resolve("pgvigil"), PGVIGIL);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Path program, String script) throws IOException {
        Files.writeString(program, COMMON.formatted(state) + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    Programs programs() {
        return new Programs(
                home,
                Map.of("PATH", bin + ":/usr/bin:/bin"),
                new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    void carryOut(List<Step> plan) {
        new Deployer(programs(), new PrintStream(said, true, StandardCharsets.UTF_8))
                .carryOut(plan);
    }

    /// Runs a script as a person's shell would, in the project's folder.
    int shell(String script) {
        try {
            var builder =
                    new ProcessBuilder("/bin/sh", "-eu", "-c", script)
                            .directory(home.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(state.resolve("shell").toFile());
            builder.environment().put("PATH", bin + ":/usr/bin:/bin");
            return builder.start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// From now on every call that has these words in it fails.
    void fail(String words) {
        write("failing", words);
    }

    void work() {
        write("failing", "");
    }

    private void write(String name, String text) {
        try {
            Files.writeString(state.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read(String name) {
        try {
            var file = state.resolve(name);
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean has(String name) {
        return Files.exists(state.resolve(name));
    }

    /// Every call so far, and forgets them.
    List<String> calls() {
        var calls = read("calls").lines().toList();
        write("calls", "");
        return calls;
    }

    /// The parameters that the stack was last deployed with.
    String parameters() {
        return read("parameters");
    }

    /// Everything that anybody could have read: what was printed, and the processes' arguments.
    String seen() {
        return said.toString(StandardCharsets.UTF_8) + read("argv") + read("calls");
    }
}
