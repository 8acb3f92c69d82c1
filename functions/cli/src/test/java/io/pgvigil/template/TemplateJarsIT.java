package io.pgvigil.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.runtime.Version;
import java.io.IOException;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the template deploys is what the build leaves.
final class TemplateJarsIT {
    private static final Template TEMPLATE = Template.load();

    static Stream<String> functions() {
        return TEMPLATE.functions().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void the_handler_is_in_the_jar(String function) throws IOException {
        var properties = TEMPLATE.properties(function);
        var file = Template.file().resolveSibling(properties.get("CodeUri").text());
        var handler = properties.get("Handler").text();

        assertThat(file).exists();
        assertThat(file.toString()).endsWith("-" + Version.CURRENT + ".jar");
        try (var jar = new JarFile(file.toFile())) {
            assertThat(jar.getEntry(handler.replace('.', '/') + ".class")).as(handler).isNotNull();
        }
    }

    @Test
    void the_layer_has_its_libraries_where_the_runtime_looks() throws IOException {
        var file =
                Template.file()
                        .resolveSibling(
                                TEMPLATE.properties("RuntimeLayer").get("ContentUri").text());

        assertThat(file).exists();
        try (var zip = new ZipFile(file.toFile())) {
            assertThat(zip.stream().map(entry -> entry.getName()))
                    .anyMatch(name -> name.matches("java/lib/pgvigil-runtime-.*\\.jar"));
        }
    }
}
