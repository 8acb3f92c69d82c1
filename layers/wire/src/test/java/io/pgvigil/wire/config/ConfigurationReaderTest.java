package io.pgvigil.wire.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgvigil.core.DatabaseName;
import io.pgvigil.core.ServerName;
import io.pgvigil.core.config.Configuration;
import io.pgvigil.core.config.Connect;
import io.pgvigil.core.config.CopyPlace;
import io.pgvigil.core.config.Databases;
import io.pgvigil.core.config.Keep;
import io.pgvigil.core.config.KindChoice;
import io.pgvigil.core.config.Limits;
import io.pgvigil.core.config.Lock;
import io.pgvigil.core.config.Profile;
import io.pgvigil.core.config.SecretReference;
import io.pgvigil.core.config.ServerConfig;
import io.pgvigil.core.connect.SslMode;
import io.pgvigil.core.drill.InstanceKind;
import io.pgvigil.core.drill.RdsPlacement;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.schedule.Schedule;
import io.pgvigil.core.store.StoreUri;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationReaderTest {

    @Test
    void the_designs_example_is_read_as_it_says() {
        var configuration = read("the-designs-example.yaml");

        assertThat(configuration.store()).isEqualTo(StoreUri.parse("s3://acme-backups/pg"));
        var server = server(configuration, "orders-prod");
        assertThat(server.connect().sslmode()).isEqualTo(SslMode.VERIFY_FULL);
        assertThat(server.databases())
                .isEqualTo(
                        new Databases.Listed(
                                List.of(new DatabaseName("orders"), new DatabaseName("billing"))));
        assertThat(server.logical().excludeTableData()).containsExactly("audit.raw_*");
        assertThat(server.limits()).isEqualTo(Limits.DEFAULT);
        assertThat(server.policy().logical())
                .map(Object::toString)
                .contains("daily 04:30 Europe/Paris");
        assertThat(server.policy().rpo()).contains(Duration.ofHours(1));
        assertThat(server.policy().keep())
                .isEqualTo(Keep.tiers(30, 12, 12, 7).wal(Duration.ofDays(14)));
        assertThat(server.policy().lock()).isEqualTo(Lock.GOVERNANCE);
        assertThat(server.policy().copies())
                .containsExactly(
                        new CopyPlace(StoreUri.parse("s3://acme-offsite/pg"), Optional.empty()));
        assertThat(server.policy().zone().getId()).isEqualTo("Europe/Paris");
        assertThat(configuration.profiles())
                .containsOnlyKeys("production", "staging", "development");
    }

    @Test
    void a_copy_is_an_address_or_a_group_with_what_stays_there() {
        var configuration =
                ConfigurationReader.read(
                        """
                        store: s3://acme-backups/pg
                        servers:
                          orders:
                            connect: { host: orders.internal, user: backup, secret: "env:SECRET" }
                            databases: [orders]
                            profile: copied
                        profiles:
                          copied:
                            logical: "daily 02:30 UTC"
                            keep: { daily: 30, weekly: 12 }
                            copies: [ s3://near/pg, { to: s3://far/pg, keep: { daily: 0, monthly: 24 } } ]
                        """,
                        "test");

        var far = StoreUri.parse("s3://far/pg");
        assertThat(configuration.server(new ServerName("orders")).orElseThrow().policy().copies())
                .containsExactly(
                        new CopyPlace(StoreUri.parse("s3://near/pg"), Optional.empty()),
                        new CopyPlace(far, Optional.of(Keep.tiers(0, 12, 24, 0))));
        assertThat(ConfigurationReader.read(ConfigurationPrinter.print(configuration), "again"))
                .isEqualTo(configuration);
        var there = configuration.in(far).server(new ServerName("orders")).orElseThrow().policy();
        assertThat(there.keep()).isEqualTo(Keep.tiers(0, 12, 24, 0));
        assertThat(configuration.in(StoreUri.parse("s3://near/pg")).servers().values())
                .allMatch(server -> server.policy().keep().equals(Keep.tiers(30, 12, 0, 0)));
        assertThat(configuration.in(StoreUri.parse("s3://nowhere/pg"))).isEqualTo(configuration);
    }

    @Test
    void the_three_profiles_exist_without_being_written() {
        var configuration = read("the-smallest-on-a-laptop.yaml");

        assertThat(configuration.profiles()).isEqualTo(Profile.defaults());
        var server = server(configuration, "laptop");
        assertThat(server.databases()).isEqualTo(Databases.all());
        assertThat(server.connect().port()).isEqualTo(5432);
        assertThat(server.connect().sslmode()).isEqualTo(SslMode.PREFER);
        assertThat(server.policy()).isEqualTo(Profile.defaults().get("development"));
    }

    @Test
    void a_profile_is_overridden_field_by_field_and_so_are_its_tiers() {
        var ledger = server(read("own-profile-and-overrides.yaml"), "ledger").policy();

        var production = Objects.requireNonNull(Profile.defaults().get("production"));
        assertThat(ledger.logical()).isEqualTo(production.logical());
        assertThat(ledger.drill()).isEqualTo(production.drill());
        assertThat(ledger.wal()).map(Object::toString).contains("every 15m");
        assertThat(ledger.physical())
                .map(Object::toString)
                .contains("cron 30 4 * * 0 Europe/Paris");
        assertThat(ledger.rto()).isEmpty();
        assertThat(ledger.keep()).isEqualTo(Keep.tiers(60, 12, 12, 0).wal(Duration.ofDays(14)));
        assertThat(ledger.lock()).isEqualTo(Lock.NONE);
        assertThat(ledger.notified()).isEmpty();
    }

    @Test
    void an_own_profile_starts_from_nothing() {
        var server = server(read("own-profile-and-overrides.yaml"), "orders");

        var gold = server.policy();
        assertThat(gold.kind()).isEqualTo(KindChoice.PHYSICAL);
        assertThat(gold.logical()).isEmpty();
        assertThat(gold.keep()).isEqualTo(new Keep(3, Duration.ofDays(14), 0, 0, 0, 0, 0));
        assertThat(gold.zone().getId()).isEqualTo("Europe/Paris");
        assertThat(gold.drill().accept()).hasSize(1);
        assertThat(gold.checks().getFirst().name()).isEqualTo("orders arrive");
        assertThat(server.connect().secret()).isEqualTo(new SecretReference.IamToken());
        assertThat(server.limits())
                .isEqualTo(
                        new Limits(
                                Duration.ofSeconds(30),
                                Duration.ofHours(3),
                                2,
                                Duration.ofHours(6)));
        assertThat(server.databases().includes(new DatabaseName("orders"))).isTrue();
        assertThat(server.databases().includes(new DatabaseName("test_1"))).isFalse();
        assertThat(server.databases().includes(new DatabaseName("rdsadmin"))).isFalse();
    }

    @Test
    void names_that_yaml_takes_for_something_else_stay_names() {
        var ledger = server(read("own-profile-and-overrides.yaml"), "ledger");

        assertThat(ledger.databases())
                .isEqualTo(
                        new Databases.Listed(
                                List.of(
                                        new DatabaseName("on"),
                                        new DatabaseName("2024"),
                                        new DatabaseName("Ledger"))));
    }

    @Test
    void everything_that_is_wrong_is_said_at_once_with_path_and_line() {
        var problem = refused(text("everything-wrong-at-once.yaml"));

        assertThat(problem.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
        assertThat(problem.what()).isEqualTo(text("everything-wrong-at-once.expected.txt").strip());
    }

    @Test
    void a_secret_in_clear_is_refused_with_a_hint_and_never_repeated() {
        var problem = refused(text("secrets-written-in-clear.yaml"));

        assertThat(problem.getMessage())
                .doesNotContain("HUNTER2")
                .contains("servers.one.connect.password (line 4): secrets are not written here")
                .contains("servers.two.connect.secret (line 7): is not a reference to a secret")
                .contains("servers.three.connect.host (line 10): is not a host")
                .contains("servers.four.connect.secret (line 13): does not name an environment")
                .contains("servers.five.connect.pgpassword (line 16): secrets are not written here")
                .contains("servers.six.connect.secret (line 19): is a group of settings")
                .contains("servers.seven.connect (line 22): is a single value")
                .contains("servers.eight.connect.port (line 25): is not a port");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "connect: { password: *HUNTER2 }",
                "connect: { password: @HUNTER2 }",
                "connect: { password: HUNTER2: x",
                "password: 'HUNTER2",
                "password: !HUNTER2 x",
                "password: !<HUNTER2> x",
                "%HUNTER2 x\n---\na: b",
                "password: \"\\HUNTER2\"",
                "? HUNTER2\n: - x\n y",
                "a: |HUNTER2",
                "\u0007HUNTER2: x"
            })
    void a_document_that_is_not_yaml_is_refused_without_quoting_it(String yaml) {
        var problem = refused(yaml);

        assertThat(problem.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
        // Nor in the cause, which a log would print.
        assertThat(problem).hasNoCause();
        if (!yaml.startsWith("?")) assertThat(problem.getMessage()).doesNotContain("HUNTER2");
    }

    @Test
    void every_line_indented_with_a_tab_is_named() {
        assertThat(refused(text("indented-with-tabs.yaml")).what())
                .isEqualTo(
                        """
                        test.yaml has 3 problems:
                          line 3: is indented with a tab; YAML wants spaces
                          line 4: is indented with a tab; YAML wants spaces
                          line 5: is indented with a tab; YAML wants spaces\
                        """);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    ``                             | line 1: the document is empty
                    `# only a comment`             | line 1: the document is empty
                    `just words`                   | is a single value, settings below it are expected
                    `[ a, b ]`                     | is a list, settings below it are expected
                    `a: 1\\n---\\nb: 2`            | a second document begins
                    `store:`                       | store (line 1): has no value
                    `store: s3://acme`             | servers (line 1): is missing
                    `store: backups`               | 'backups' is not a store
                    `store: s3://A`                | store (line 1): 's3://A' is not a store
                    `servers: {}`                  | servers (line 1): is empty
                    `servers: [ a ]`               | servers (line 1): is a list
                    `[1, 2]: x`                    | has a key that is not a name
                    `<<: { store: x }`             | merge keys (<<) are not read
                    `Store: s3://acme`             | Store (line 1): is not a setting; did you mean store?
                    `profiles: { Gold: {} }`       | profiles.Gold (line 1): cannot be a profile's name
                    `profiles: { gold: { logical: daily } }` | profiles.gold (line 1): backups are scheduled but keep has no rule
                    `profiles: { gold: { drill: { schedule: weekly, cron: 1 2 3 4 5 } } }` | has both schedule and cron
                    `profiles: { gold: { drill: { cron: 1 2 3 4 } } }` | write five fields and a zone
                    `profiles: { gold: { logical: { cron: 0 5 * * * Europe/Rom } } }` | 'Europe/Rom' is not a time zone
                    """)
    void is_refused_with_the_reason(String yaml, String reason) {
        assertThat(refused(yaml.replace("\\n", "\n")).what()).contains(reason);
    }

    @Test
    void a_copy_inside_the_store_is_refused() {
        var yaml =
                text("the-designs-example.yaml")
                        .replace("s3://acme-offsite/pg", "s3://acme-backups/pg/copy");

        assertThat(refused(yaml).what())
                .contains("the copy s3://acme-backups/pg/copy lies in the store");
    }

    @Test
    void a_document_nested_without_end_is_refused() {
        assertThat(refused("a: ".repeat(1) + "[".repeat(5_000)).code())
                .isEqualTo(ErrorCode.CONFIG_INVALID);
    }

    @Test
    void a_document_that_refers_to_itself_is_refused() {
        assertThat(refused("&a { store: *a, servers: *a, profiles: *a }").code())
                .isEqualTo(ErrorCode.CONFIG_INVALID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "the-designs-example.yaml",
                "the-smallest-on-a-laptop.yaml",
                "own-profile-and-overrides.yaml"
            })
    void what_is_printed_reads_back_to_the_same(String file) {
        var configuration = read(file);

        var printed = ConfigurationPrinter.print(configuration);

        assertThat(ConfigurationReader.read(printed, "printed")).isEqualTo(configuration);
    }

    @Test
    void the_effective_configuration_is_printed_with_every_default() {
        assertThat(ConfigurationPrinter.print(read("the-smallest-on-a-laptop.yaml")))
                .isEqualTo(text("the-smallest-on-a-laptop.printed.yaml"));
    }

    @Test
    void one_server_from_a_url_has_nothing_scheduled() {
        var name = ServerName.of("db.internal", 5432);
        var connect =
                new Connect(
                        "db.internal",
                        5432,
                        "backup",
                        new SecretReference.None(),
                        SslMode.VERIFY_FULL,
                        Optional.empty());

        var configuration =
                ConfigurationReader.oneServer(
                        StoreUri.parse("file:///backups"), name, connect, Databases.all());

        assertThat(configuration.timetable().entries()).isEmpty();
        assertThat(configuration.server(name)).map(ServerConfig::connect).contains(connect);
        assertThat(ConfigurationReader.read(ConfigurationPrinter.print(configuration), "printed"))
                .isEqualTo(configuration);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    30 4 * * * Europe/Paris      | 2027-03-27T12:00:00Z | 2027-03-28T02:30:00Z
                    30 2 * * * Europe/Paris      | 2027-03-27T12:00:00Z | 2027-03-28T01:00:00Z
                    30 2 * * * Europe/Paris      | 2027-10-31T00:30:00Z | 2027-11-01T01:30:00Z
                    15 2 * * * Australia/Lord_Howe | 2027-10-02T12:00:00Z | 2027-10-02T15:30:00Z
                    0 12 * * *                   | 2027-03-27T12:00:00Z | 2027-03-28T12:00:00Z
                    */20 * * * * UTC             | 2027-03-27T12:05:00Z | 2027-03-27T12:20:00Z
                    0 5 13 * 5 UTC               | 2027-08-01T00:00:00Z | 2027-08-06T05:00:00Z
                    0 5 * * 0 UTC                | 2026-11-22T05:00:00Z | 2026-11-29T05:00:00Z
                    0 5 * * 7 UTC                | 2026-11-22T05:00:00Z | 2026-11-29T05:00:00Z
                    0 5 * * sun UTC              | 2026-11-22T05:00:00Z | 2026-11-29T05:00:00Z
                    0 5 29 2 * UTC               | 2027-01-01T00:00:00Z | 2028-02-29T05:00:00Z
                    0 5 31 * * UTC               | 2027-04-01T00:00:00Z | 2027-05-31T05:00:00Z
                    """)
    void cron_follows_the_same_daylight_saving_rules(String cron, Instant after, Instant next) {
        assertThat(Schedules.cron(cron).next(after)).contains(next);
        assertThat(Schedules.parse(Schedules.cron(cron).toString()))
                .isEqualTo(Schedules.cron(cron));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    */10 * * * *     | PT10M   | PT10M
                    * 8-18 * * 1-5   | PT1M    | PT61H1M
                    0 3 * * 1-5      | PT24H   | PT72H
                    0 3 1 * *        | PT672H  | PT744H
                    0 3 1 1 *        | PT8760H | PT8760H
                    0 3 29 2 *       | PT35064H | PT35064H
                    """)
    void how_far_apart_the_runs_of_a_cron_are(String cron, Duration shortest, Duration longest) {
        assertThat(Schedules.cron(cron).rhythm()).contains(new Schedule.Rhythm(shortest, longest));
    }

    @Test
    void a_cron_date_that_does_not_exist_never_falls_due_and_is_answered_at_once() {
        assertThat(Schedules.cron("0 0 30 2 *").next(Instant.parse("2027-01-01T00:00:00Z")))
                .isEmpty();
        assertThat(Schedules.cron("0 0 30 2 *").rhythm()).isEmpty();
    }

    private static Configuration drilling(String profile, String overrides) {
        return ConfigurationReader.read(
                """
                store: s3://bucket/pg
                servers:
                  a:
                    connect: { host: h, user: u, secret: "env:PW" }
                    profile: p
                    overrides: { drill: %s }
                profiles:
                  p: { drill: %s }
                """
                        .formatted(overrides, profile),
                "test.yaml");
    }

    @Test
    void where_drills_in_rds_go_is_inherited_part_by_part() {
        var profile =
                "{ schedule: weekly, rds: { subnet_group: drills, security_groups: [ sg-0a1b2c3d ],"
                        + " class: db.m7g.xlarge } }";

        var plain = server(drilling(profile, "monthly"), "a").policy().drill().instance();
        var chosen =
                server(drilling(profile, "{ instance: rds, rds: { longest: 2d } }"), "a")
                        .policy()
                        .drill()
                        .instance();

        assertThat(plain.kind()).isEqualTo(InstanceKind.SANDBOX);
        assertThat(plain.rds()).map(RdsPlacement::longest).contains(RdsPlacement.DEFAULT_LONGEST);
        assertThat(chosen.kind()).isEqualTo(InstanceKind.RDS);
        assertThat(chosen.rds())
                .contains(
                        new RdsPlacement(
                                "drills",
                                List.of("sg-0a1b2c3d"),
                                "db.m7g.xlarge",
                                Optional.empty(),
                                Optional.empty(),
                                Duration.ofDays(2)));
    }

    @Test
    void every_mistake_about_rds_is_named_with_its_place() {
        var problem =
                Objects.requireNonNull(
                        catchThrowableOfType(
                                Problem.class,
                                () ->
                                        drilling(
                                                "{ instance: rds }",
                                                "{ instance: aurora, rds: { security_groups: [],"
                                                        + " class: big } }")));

        assertThat(problem.getMessage())
                .contains("profiles.p.drill")
                .contains("instance: rds needs to know where")
                .contains("servers.a.overrides.drill.instance")
                .contains("'aurora' is not a temporary instance; write sandbox or rds")
                .contains("servers.a.overrides.drill.rds.subnet_group")
                .contains("is missing");
    }

    private static Configuration read(String file) {
        return ConfigurationReader.read(text(file), file);
    }

    private static ServerConfig server(Configuration configuration, String name) {
        return configuration.server(new ServerName(name)).orElseThrow();
    }

    private static Problem refused(String yaml) {
        return Objects.requireNonNull(
                catchThrowableOfType(
                        Problem.class, () -> ConfigurationReader.read(yaml, "test.yaml")),
                "was accepted");
    }

    static String text(String file) {
        try (var in = ConfigurationReaderTest.class.getResourceAsStream("/config/" + file)) {
            return new String(
                    Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
