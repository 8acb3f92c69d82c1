package io.pgvigil.lambda;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import io.pgvigil.runtime.Version;
import io.pgvigil.testkit.EventFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One function as AWS would run it: its thin jar, the layer, the Lambda runtime client, and an
/// environment that holds only what it was given.
public final class DeployedFunction implements AutoCloseable {
    private static final long ANSWER_SECONDS = 90;

    private static final String NATIVE_PROPERTY =
            "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI";

    private final RuntimeApi api;
    private final Process process;
    private final Path log;

    private DeployedFunction(RuntimeApi api, Process process, Path log) {
        this.api = api;
        this.process = process;
        this.log = log;
    }

    /// @param name for example `backup`
    public static DeployedFunction start(String name, Map<String, String> environment, Path folder)
            throws IOException {
        var api = new RuntimeApi();
        var handler =
                "io.pgvigil."
                        + name
                        + "."
                        + name.substring(0, 1).toUpperCase(Locale.ROOT)
                        + name.substring(1)
                        + "Handler";
        var log = folder.resolve(name + ".log");
        var builder =
                new ProcessBuilder(
                                java(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx256m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-D" + NATIVE_PROPERTY + "=" + nativeLibrary(name, folder),
                                "-cp",
                                String.join(
                                        ":", jar(name).toString(), layer() + "/*", runtimeClient()),
                                AWSLambda.class.getName(),
                                handler)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        builder.environment().clear();
        builder.environment().putAll(lambdaVariables(name, handler, api));
        builder.environment().putAll(environment);
        return new DeployedFunction(api, builder.start(), log);
    }

    /// The client's native library in a file of this function's own. Left to itself, every client unpacks
    /// it over the same file in /tmp, under the feet of those that have it mapped: SIGBUS.
    private static Path nativeLibrary(String name, Path folder) throws IOException {
        var machine =
                System.getProperty("os.arch").equals("aarch64") ? "linux-aarch_64" : "linux-x86_64";
        var library = Files.createTempFile(folder, name + "-", ".so");
        try (var packed =
                AWSLambda.class.getResourceAsStream("/jni/libaws-lambda-jni." + machine + ".so")) {
            Files.copy(
                    Objects.requireNonNull(packed, "the runtime client lacks " + machine),
                    library,
                    StandardCopyOption.REPLACE_EXISTING);
        }
        return library;
    }

    private static Map<String, String> lambdaVariables(
            String name, String handler, RuntimeApi api) {
        var variables = new LinkedHashMap<String, String>();
        variables.put("PATH", System.getenv("PATH"));
        variables.put("LANG", "en_US.UTF-8");
        variables.put("TZ", ":UTC");
        variables.put("AWS_LAMBDA_RUNTIME_API", api.address());
        variables.put("_HANDLER", handler);
        variables.put("LAMBDA_TASK_ROOT", "/var/task");
        variables.put("LAMBDA_RUNTIME_DIR", "/var/runtime");
        variables.put("AWS_REGION", "eu-west-1");
        variables.put("AWS_LAMBDA_FUNCTION_NAME", name);
        variables.put("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
        variables.put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512");
        variables.put("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + name);
        variables.put("AWS_LAMBDA_LOG_STREAM_NAME", "test");
        variables.put("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
        return variables;
    }

    /// Invokes the function and waits for what it says.
    public RuntimeApi.Answer invoke(String event) throws IOException, InterruptedException {
        return invoke(UUID.randomUUID().toString(), event);
    }

    public RuntimeApi.Answer invoke(String request, String event)
            throws IOException, InterruptedException {
        var answer = api.send(request, event);
        process.onExit()
                .thenAccept(gone ->
                        answer.completeExceptionally(
                                new IllegalStateException("exit " + gone.exitValue())));
        try {
            return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("no answer; the log says:\n" + log(), e);
        }
    }

    /// What CloudWatch would have got.
    public String log() throws IOException {
        return Files.readString(log);
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static Path jar(String function) {
        return EventFiles.top()
                .resolve("functions")
                .resolve(function)
                .resolve("target/pgvigil-" + function + "-" + Version.CURRENT + ".jar");
    }

    static Path layer() {
        return EventFiles.top().resolve("layers/runtime/target/layer/java/lib");
    }

    static List<String> layerJars() throws IOException {
        try (var jars = Files.list(layer())) {
            return jars.map(jar -> jar.getFileName().toString()).sorted().toList();
        }
    }

    // The client alone: what it needs besides is in the layer, as it is in AWS.
    /// What AWS's runtime has on its class path by itself: the client, and what turns events into objects.
    private static String runtimeClient() {
        return Stream.of(AWSLambda.class, LambdaEventSerializers.class)
                .map(one -> one.getProtectionDomain().getCodeSource().getLocation().getPath())
                .collect(Collectors.joining(":"));
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
        api.close();
    }
}
