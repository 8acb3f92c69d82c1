package io.pgvigil.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.testkit.EventFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the template sets is read by the code that it is set for, and what that code reads is set.
final class EnvironmentTest {
    /// Variables that a stack leaves unset on purpose.
    private static final Map<String, String> NOT_ON_AWS =
            Map.of(
                    "PGVIGIL_TASK_COMMAND", "the child process of a laptop",
                    "PGVIGIL_CLOCK_AHEAD", "only a demo lets time pass by itself",
                    "PGVIGIL_PG_BIN", "the image has the programs where packages put them",
                    "PGVIGIL_SOURCE_PASSWORD", "the command gives it to its child process",
                    "PGVIGIL_TARGET_PASSWORD", "the command gives it to its child process",
                    "PGVIGIL_S3_REGION", "AWS_REGION is set by Lambda and ECS",
                    "PGVIGIL_S3_ENDPOINT", "S3 itself",
                    "PGVIGIL_S3_PATH_STYLE", "S3 itself",
                    "PGVIGIL_S3_KMS_KEY_ID", "the bucket's default key");

    /// Read by what runs inside, not by pgvigil.
    private static final Set<String> OF_OTHERS = Set.of("TMPDIR");

    private static final List<String> LAYERS =
            List.of("core", "archive", "wire", "local", "aws", "postgres", "runtime");
    private static final Pattern CONSTANT = Pattern.compile("\"(PGVIGIL_[A-Z0-9_]+)\"");
    private static final Pattern OF_IMAGE = Pattern.compile("\\b(PGVIGIL_[A-Z0-9_]+)=");

    private static final Template TEMPLATE = Template.load();

    @Test
    void every_variable_of_a_function_is_read_by_its_code() {
        var common = TEMPLATE.at("Globals/Function/Environment/Variables").map().keySet();
        for (var function : TEMPLATE.functions().keySet()) {
            var own = TEMPLATE.properties(function).at("Environment/Variables").map().keySet();

            var read = read(List.of("functions/" + folder(function, "Function")));

            assertThat(Stream.concat(common.stream(), own.stream()))
                    .as(function)
                    .allMatch(name -> read.contains(name) || hasPrefix(read, name));
        }
    }

    @Test
    void every_variable_of_a_task_is_read_by_its_code() {
        for (var task : TEMPLATE.tasks().keySet())
            assertThat(ofTask(task))
                    .as(task)
                    .isSubsetOf(
                            Stream.concat(
                                            read(List.of("functions/task")).stream(),
                                            OF_OTHERS.stream())
                                    .toList());
    }

    /// One that is forgotten here shows on AWS only, as a function that says CONFIG_INVALID.
    @Test
    void every_variable_that_deployed_code_reads_is_set_or_has_a_reason() throws IOException {
        var set = new TreeSet<>(NOT_ON_AWS.keySet());
        set.addAll(TEMPLATE.at("Globals/Function/Environment/Variables").map().keySet());
        for (var function : TEMPLATE.functions().keySet())
            set.addAll(TEMPLATE.properties(function).at("Environment/Variables").map().keySet());
        for (var task : TEMPLATE.tasks().keySet()) set.addAll(ofTask(task));
        set.addAll(ofImage());

        var functions =
                Stream.of(
                                "task",
                                "backup",
                                "seal",
                                "verify",
                                "restore",
                                "watch",
                                "retention",
                                "report")
                        .map(name -> "functions/" + name)
                        .toList();

        assertThat(read(functions))
                .allMatch(name ->
                        name.endsWith("_")
                                ? set.stream().anyMatch(one -> one.startsWith(name))
                                : set.contains(name));
    }

    @Test
    void no_reason_outlives_its_variable() {
        assertThat(read(List.of("functions/task", "functions/backup", "functions/cli")))
                .containsAll(NOT_ON_AWS.keySet());
    }

    @Test
    void every_variable_is_in_the_docs() throws IOException {
        var docs = Files.readString(EventFiles.top().resolve("docs/environment.md"));
        var set =
                new TreeSet<>(TEMPLATE.at("Globals/Function/Environment/Variables").map().keySet());
        for (var function : TEMPLATE.functions().keySet())
            set.addAll(TEMPLATE.properties(function).at("Environment/Variables").map().keySet());

        assertThat(set).allSatisfy(name -> assertThat(docs).contains("`" + name + "`"));
    }

    /// A name that is put together: `"PGVIGIL_FIRST_" + name`.
    private static boolean hasPrefix(Set<String> read, String name) {
        return read.stream().anyMatch(one -> one.endsWith("_") && name.startsWith(one));
    }

    private static Set<String> ofTask(String task) {
        return TEMPLATE.properties(task).at("ContainerDefinitions/0/Environment").list().stream()
                .map(one -> one.get("Name").text())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> ofImage() throws IOException {
        var file = EventFiles.top().resolve("functions/task/Dockerfile");
        return all(OF_IMAGE, Files.readString(file));
    }

    private static String folder(String resource, String ending) {
        return resource.substring(0, resource.length() - ending.length())
                .toLowerCase(java.util.Locale.ROOT);
    }

    /// The constants in the sources of these folders and of all layers.
    private static Set<String> read(List<String> folders) {
        return Stream.concat(folders.stream(), LAYERS.stream().map(layer -> "layers/" + layer))
                .map(folder -> EventFiles.top().resolve(folder).resolve("src/main/java"))
                .flatMap(EnvironmentTest::sources)
                .flatMap(text -> all(CONSTANT, text).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> sources(Path folder) {
        try (var files = Files.walk(folder)) {
            return files
                    .filter(file -> file.toString().endsWith(".java"))
                    .map(EnvironmentTest::text)
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Set<String> all(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
