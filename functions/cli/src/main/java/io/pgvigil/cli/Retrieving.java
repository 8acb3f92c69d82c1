package io.pgvigil.cli;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.RetrievalSpeed;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Consent to bring a backup back from an archive class.
final class Retrieving {
    @Option(
            names = "--retrieve",
            paramLabel = "SPEED",
            description =
                    "Bring a backup back from an archive class first: expedited, standard or bulk. Without"
                            + " it, what each takes and costs is said, and nothing is begun.")
    private @Nullable String speed;

    Optional<RetrievalSpeed> speed() {
        try {
            return Optional.ofNullable(speed).map(RetrievalSpeed::parse);
        } catch (IllegalArgumentException e) {
            throw new Problem(
                    ErrorCode.USAGE_INVALID, String.valueOf(e.getMessage()), "See --help.", e);
        }
    }
}
