package io.pgvigil.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RestoreLogTest {
    @Test
    void an_error_is_read_with_its_entry_its_words_and_its_statement() {
        var log =
                read(
                        """
                        pg_restore: connecting to database for restore
                        pg_restore: creating TABLE "app.owned"
                        pg_restore: while PROCESSING TOC:
                        pg_restore: from TOC entry 228; 1259 16438 TABLE owned app_owner
                        pg_restore: error: could not execute query: ERROR:  role "app_owner" does not exist
                        Command was: ALTER TABLE app.owned OWNER TO app_owner;

                        pg_restore: processing data for table "app.owned"
                        pg_restore: warning: errors ignored on restore: 1
                        """);

        assertThat(log.errors()).hasSize(1);
        var error = log.errors().getFirst();
        assertThat(error.entry()).isEqualTo(228);
        assertThat(error.first()).endsWith("ERROR:  role \"app_owner\" does not exist");
        assertThat(error.command()).startsWith("ALTER TABLE app.owned OWNER TO app_owner;");
        assertThat(log.ignored()).hasValue(1);
        assertThat(log.warnings()).isEmpty();
    }

    @Test
    void words_of_parallel_jobs_that_ran_together_are_told_apart() {
        var log =
                read(
                        """
                        pg_restore:pg_restore: creating ACL "app.TABLE owned"
                         from TOC entry 2215; 826 16616 DEFAULT ACL DEFAULT PRIVILEGES FOR TABLES x
                        pg_restore: error: could not execute query: ERROR:  role "r" does not exist
                        Command was: ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT SELECT ON TABLES TO r;


                        pg_restore:pg_restore: finished item 3564 TABLE DATA idn
                         error: COPY failed for table "t": ERROR:  out of range
                        CONTEXT:  COPY t, line 1
                        pg_restore: finished main parallel loop
                        """);

        assertThat(log.errors()).extracting(RestoreLog.Said::entry).containsExactly(2215, 2215);
        assertThat(log.errors().getLast().body()).containsExactly("CONTEXT:  COPY t, line 1");
        assertThat(log.ignored()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pg_restore: error: ",
                "pg_restore: error: pg_restore: error: ",
                "pg_restore: pg_restore: error: error: ",
                "pg_restore: error: pg_restore: pg_restore: error: ",
                "pg_restore: error: pg_restore:"
            })
    void jobs_that_are_turned_away_in_one_breath_are_still_understood(String beginning) {
        var log =
                read(
                        """
                        pg_restore: processing item 215 TABLE t
                        pg_restore: entering main parallel loop
                        pg_restore: launching item 3350 TABLE DATA t
                        %sreconnection failed: connection to server at "127.0.0.1", port 5432 failed: FATAL:  password authentication failed for user "mover"
                        pg_restore: error: a worker process died unexpectedly
                        """
                                .formatted(beginning));

        assertThat(log.errors().getFirst().first()).startsWith("reconnection failed");
        assertThat(log.jobsWereTurnedAway()).isTrue();
    }

    @Test
    void progress_is_one_line_for_each_object() {
        var log = new RestoreLog();

        assertThat(log.line("pg_restore: creating TABLE \"a.b\"")).isTrue();
        assertThat(log.line("pg_restore: processing data for table \"a.b\"")).isTrue();
        assertThat(log.line("pg_restore: processing item 7 SCHEMA app")).isFalse();
        assertThat(log.line("pg_restore: launching item 7 SCHEMA app")).isFalse();
    }

    @Test
    void a_statement_of_any_length_is_kept_in_part() {
        var log = new RestoreLog();
        log.line("pg_restore: from TOC entry 1; 1 1 FUNCTION f x");
        log.line("pg_restore: error: could not execute query: ERROR:  no");
        log.line("Command was: CREATE FUNCTION f()");
        for (var i = 0; i < 100_000; i++) log.line("  select " + i);

        assertThat(log.errors().getFirst().command()).hasSizeLessThan(100);
    }

    private static RestoreLog read(String text) {
        var log = new RestoreLog();
        text.lines().forEach(log::line);
        return log;
    }
}
