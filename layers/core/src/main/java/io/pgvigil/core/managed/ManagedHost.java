package io.pgvigil.core.managed;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// A server of Amazon RDS, told by its host name: the service gives nobody a server's files or its
/// replication protocol, and makes physical backups of its own.
///
/// Whoever reaches such a server by a name of their own is told by the server itself, once asked.
///
/// @param host in lower case
/// @param cluster whether the name is of a cluster: Aurora, or a Multi-AZ DB cluster
public record ManagedHost(String host, boolean cluster) {
    // orders.c9akciq32rga.eu-west-1.rds.amazonaws.com, orders.cluster-ro-c9akciq32rga.…
    private static final Pattern NAME =
            Pattern.compile(
                    "[a-z0-9-]+\\.((cluster(-ro|-custom)?-)?)[a-z0-9]+\\.[a-z0-9-]+\\.rds\\.amazonaws\\.com(\\.cn)?");

    /// Empty when the name is not one of RDS.
    public static Optional<ManagedHost> of(String host) {
        var name = host.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
        var found = NAME.matcher(name);
        return found.matches()
                ? Optional.of(new ManagedHost(name, !found.group(1).isEmpty()))
                : Optional.empty();
    }

    /// Why nothing physical is made here.
    public String why() {
        return host
                + " is Amazon RDS, which gives nobody a server's files or its WAL; its own automated"
                + " backups take their place, and watch looks after them";
    }
}
