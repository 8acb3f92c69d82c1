package io.pgvigil.core.drill;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import java.util.Optional;

/// Which temporary instance a server's drills use, and where one in RDS would be made.
///
/// @param rds may be there although the sandbox is chosen: then a single request may ask for RDS
public record InstanceRules(InstanceKind kind, Optional<RdsPlacement> rds) {
    public static final InstanceRules SANDBOX =
            new InstanceRules(InstanceKind.SANDBOX, Optional.empty());

    public InstanceRules {
        if (kind == InstanceKind.RDS && rds.isEmpty())
            throw new IllegalArgumentException(
                    "instance: rds needs to know where; write rds: { subnet_group: …,"
                            + " security_groups: [ … ] } beside it");
    }

    /// Where in RDS this drill is to be done; empty: in the sandbox.
    ///
    /// @param asked what this one request wants instead of the rule
    public Optional<RdsPlacement> chosen(Optional<InstanceKind> asked) {
        if (asked.orElse(kind) == InstanceKind.SANDBOX) return Optional.empty();
        if (rds.isEmpty())
            throw new Problem(
                    ErrorCode.CONFIG_INVALID,
                    "a drill in rds was asked for, and the server's profile does not say where",
                    "Add drill.rds with subnet_group and security_groups to the profile, and name the"
                            + " configuration.");
        return rds;
    }
}
