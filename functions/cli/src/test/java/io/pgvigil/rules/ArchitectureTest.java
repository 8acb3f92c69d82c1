package io.pgvigil.rules;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The directions and habits of the design and the house style, checked on the compiled classes.
final class ArchitectureTest {
    private static final String OURS = "io.pgvigil..";

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.pgvigil");

    /// What only wiring may touch: the clock and the environment of the machine.
    private static final Map<String, Set<String>> OUTSIDE =
            Map.of(
                    Instant.class.getName(), Set.of("now"),
                    java.time.Clock.class.getName(), Set.of("systemUTC", "systemDefaultZone"),
                    java.time.InstantSource.class.getName(), Set.of("system"),
                    System.class.getName(), Set.of("getenv", "currentTimeMillis"));

    @Test
    void every_module_is_looked_at() {
        assertThat(parts())
                .contains(
                        "core",
                        "archive",
                        "wire",
                        "local",
                        "postgres",
                        "runtime",
                        "task",
                        "backup",
                        "seal",
                        "verify",
                        "restore",
                        "watch",
                        "retention",
                        "report",
                        "cli");
    }

    /// `functions → {wire, postgres, aws, local} → {core, archive}`; the runtime layer is what the
    /// functions share, and so knows neither databases nor the command.
    @ParameterizedTest
    @CsvSource({
        "core,     core",
        "archive,  archive",
        "wire,     wire core archive",
        "postgres, postgres core archive",
        "aws,      aws core archive",
        "local,    local core archive",
        "runtime,  runtime wire aws local core archive",
        "task,     task runtime wire postgres aws local core archive",
        "backup,   backup runtime wire aws local core archive",
        "seal,     seal runtime wire aws local core archive",
        "verify,   verify runtime wire aws local core archive",
        "restore,  restore runtime wire aws local core archive",
        "watch,    watch runtime wire aws local core archive",
        "retention, retention runtime wire aws local core archive",
        "report,   report runtime wire aws local core archive"
    })
    void dependencies_point_one_way(String part, String allowed) {
        var packages =
                java.util.Arrays.stream(allowed.split(" "))
                        .map(name -> "io.pgvigil." + name + "..")
                        .toArray(String[]::new);

        check(
                noClasses()
                        .that()
                        .resideInAPackage("io.pgvigil." + part + "..")
                        .should()
                        .dependOnClassesThat(
                                resideInAPackage(OURS).and(not(resideInAnyPackage(packages)))));
    }

    @Test
    void rules_and_formats_need_no_library_but_the_hash() {
        check(
                noClasses()
                        .that()
                        .resideInAnyPackage("io.pgvigil.core..", "io.pgvigil.archive..")
                        .should()
                        .dependOnClassesThat(
                                not(
                                        resideInAnyPackage(
                                                OURS,
                                                "java..",
                                                "org.jspecify..",
                                                "com.dynatrace.hash4j.."))));
    }

    @Test
    void nothing_that_is_deployed_uses_the_testkit() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage("io.pgvigil.testkit..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("io.pgvigil.testkit.."));
    }

    @Test
    void only_the_command_parses_command_lines() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage("io.pgvigil.cli..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("picocli.."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "archive", "wire", "postgres"})
    void time_and_environment_are_arguments(String part) {
        check(
                noClasses()
                        .that()
                        .resideInAPackage("io.pgvigil." + part + "..")
                        .should()
                        .accessTargetWhere(reachesOutside()));
    }

    @Test
    void every_package_says_that_null_is_marked() {
        var unmarked =
                CLASSES.stream()
                        .map(JavaClass::getPackage)
                        .distinct()
                        .filter(one -> !one.isAnnotatedWith(NullMarked.class))
                        .map(JavaPackage::getName)
                        .collect(Collectors.toCollection(TreeSet::new));

        assertThat(unmarked).isEmpty();
    }

    @Test
    void no_class_is_a_drawer_for_everything() {
        check(
                classes()
                        .that()
                        .resideInAPackage(OURS)
                        .should()
                        .haveNameNotMatching(".*(Utils?|Helpers?)"));
    }

    // A part that is still empty obeys.
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }

    private static DescribedPredicate<JavaAccess<?>> reachesOutside() {
        return DescribedPredicate.describe(
                "the machine's clock or environment",
                access ->
                        OUTSIDE.getOrDefault(access.getTargetOwner().getName(), Set.of())
                                .contains(access.getName()));
    }

    private static Set<String> parts() {
        return CLASSES.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith("io.pgvigil."))
                .map(name -> name.split("\\.", -1)[2])
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
