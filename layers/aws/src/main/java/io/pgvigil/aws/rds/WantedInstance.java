package io.pgvigil.aws.rds;

import io.pgvigil.core.RunId;
import io.pgvigil.core.Sha256;
import io.pgvigil.core.drill.RdsPlacement;
import java.time.Instant;
import java.util.Locale;

/// A temporary instance as it is to be made. The password is not part of it: this may be printed.
///
/// @param id see [#idOf]
/// @param engineVersion one that the service offers
/// @param storageGib at least 20
/// @param user the master user's name
/// @param attempt new for each process that makes an instance
public record WantedInstance(
        String id,
        String stack,
        RunId run,
        Instant expires,
        String attempt,
        String engineVersion,
        int storageGib,
        String user,
        RdsPlacement place) {
    /// What every identifier of ours begins with.
    public static final String PREFIX = "pgvigil-";

    public static final int SMALLEST_STORAGE_GIB = 20;
    private static final int OWNER_DIGITS = 8;

    public WantedInstance {
        if (!id.startsWith(PREFIX) || !id.matches("[a-z][a-z0-9-]{0,62}") || id.contains("--"))
            throw new IllegalArgumentException("'" + id + "' is not an identifier of ours");
        if (storageGib < SMALLEST_STORAGE_GIB)
            throw new IllegalArgumentException("RDS gives 20 GiB at least, was " + storageGib);
    }

    /// The identifier of a run's instance: the same at every attempt, and never that of another stack or
    /// store, whose runs may have the same names.
    public static String idOf(String stack, String store, RunId run) {
        return PREFIX
                + Sha256.hex(stack + "\n" + store).substring(0, OWNER_DIGITS)
                + "-"
                + run.value().toLowerCase(Locale.ROOT);
    }

    InstanceTags tags() {
        return new InstanceTags(stack, run, expires, attempt);
    }
}
