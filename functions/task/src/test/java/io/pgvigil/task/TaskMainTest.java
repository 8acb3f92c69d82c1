package io.pgvigil.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgvigil.core.problem.Problem;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TaskMainTest {
    @Test
    void stopping_may_take_as_long_as_ecs_waits_unless_told_otherwise() {
        assertThat(TaskMain.stopLimit(Map.of())).isEqualTo(Duration.ofSeconds(25));
        assertThat(TaskMain.stopLimit(Map.of("PGVIGIL_STOP_SECONDS", "110")))
                .isEqualTo(Duration.ofSeconds(110));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "2m", "100000", "1.5"})
    void a_stop_limit_that_is_no_number_of_seconds_is_quoted(String text) {
        assertThatThrownBy(() -> TaskMain.stopLimit(Map.of("PGVIGIL_STOP_SECONDS", text)))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("PGVIGIL_STOP_SECONDS=" + text);
    }
}
