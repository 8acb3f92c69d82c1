package io.pgvigil.wire.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.config.ConfigCheck;
import io.pgvigil.core.config.Finding;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigCheckTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @Test
    void the_default_profiles_contradict_nothing() {
        for (var profile : List.of("production", "staging"))
            assertThat(check("", profile).findings())
                    .as(profile)
                    .extracting(Finding::severity)
                    .containsOnly(Finding.Severity.NOTE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    production  | rpo: 30m                                  | PROBLEM | rpo 30m is promised and the newest backup can be 1h old
                    production  | wal: none                                 | PROBLEM | rpo 1h is promised and the newest backup can be 1d old
                    production  | physical: none                            | PROBLEM | rpo 1h is promised and the newest backup can be 1d old
                    production  | physical: none                            | WARNING | wal is harvested and there is no physical backup
                    staging     | rpo: 12h                                  | PROBLEM | rpo 12h is promised and the newest backup can be 1d old
                    staging     | { rpo: 1d, logical: "cron 0 3 * * 1-5" }  | PROBLEM | rpo 1d is promised and the newest backup can be 3d old
                    staging     | { rpo: 1h, logical: none }                | PROBLEM | rpo 1h is promised and there is no backup
                    staging     | { logical: none }                         | WARNING | no backup is ever due
                    staging     | { rto: 1h, drill: none }                  | WARNING | rto 1h is promised and never measured
                    staging     | { drill: none }                           | WARNING | no drill is scheduled
                    staging     | { keep: { daily: 7, weekly: 0 } }         | WARNING | backups are kept 7d and drills are 28d apart
                    staging     | { lock: compliance }                      | NOTE    | nobody can delete a backup under a compliance lock
                    staging     | { logical: { cron: "0 0 30 2 *" } }       | PROBLEM | 'cron 0 0 30 2 * UTC' never falls due
                    staging     | { wal: "cron */10 * * * * Europe/Paris" } | WARNING | pauses while an hour repeats
                    staging     | { logical: daily 02:30 Europe/Paris }     | NOTE    | does not exist on 2027-03-28 and falls due at 03:00 that day
                    staging     | { logical: daily 02:10 Australia/Lord_Howe } | NOTE | does not exist on 2027-10-03 and falls due at 02:30 that day
                    staging     | { drill: { accept: [ { object: x, reason: y, expires: 2026-11-21 } ] } } | WARNING | x was accepted until 2026-11-21
                    """)
    void finds(String profile, String overrides, Finding.Severity severity, String what) {
        assertThat(check(overrides, profile).findings())
                .filteredOn(finding -> finding.severity() == severity)
                .extracting(Finding::what)
                .anyMatch(found -> found.contains(what));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    staging | { wal: "cron */10 * * * * UTC", physical: weekly } | pauses
                    staging | { logical: daily 03:00 Europe/Paris }              | does not exist
                    staging | { logical: daily 02:30 Asia/Tokyo }                | does not exist
                    staging | { drill: { accept: [ { object: x, reason: y, expires: 2026-11-22 } ] } } | accepted until
                    staging | { keep: { last: 1, daily: 0, weekly: 0 } }         | are kept
                    production | rpo: 1h                                         | is promised
                    """)
    void finds_nothing_where_nothing_is_wrong(String profile, String overrides, String what) {
        assertThat(check(overrides, profile).findings())
                .extracting(Finding::what)
                .noneMatch(found -> found.contains(what));
    }

    @Test
    void a_connection_that_anybody_can_answer_is_a_warning() {
        var configuration =
                ConfigurationReader.read(
                        """
                        store: file:///backups
                        servers:
                          one:
                            connect: { host: db.internal, user: b, secret: iam, sslmode: prefer }
                            profile: production
                        """,
                        "test");

        var check = ConfigCheck.of(configuration, NOW);

        assertThat(check.findings())
                .extracting(Finding::what)
                .contains(
                        "sslmode prefer does not check who answers",
                        "an IAM token needs an encrypted connection, sslmode is prefer",
                        "in a directory pgvigil itself keeps the lock: it does not protect from who"
                                + " owns the files");
        assertThat(check.hasProblems()).isTrue();
    }

    private static ConfigCheck check(String overrides, String profile) {
        var text = overrides.startsWith("{") ? overrides : "{ " + overrides + " }";
        var configuration =
                ConfigurationReader.read(
                        """
                        store: s3://acme-backups/pg
                        servers:
                          one:
                            connect: { host: db.internal, user: backup, secret: iam }
                            profile: %s
                            overrides: %s
                        """
                                .formatted(profile, text),
                        "test");
        return ConfigCheck.of(configuration, NOW);
    }
}
